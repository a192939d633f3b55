"""Makes the key of a machine client: `python key.py hr` writes hr.key.json, which stays, and hr.jwks.json, which goes out."""

import json
import os
import sys
from uuid import uuid4

from joserfc.jwk import ECKey


def main(name: str) -> None:
    """Write both files; the private one is for its owner's eyes alone, and neither takes the place of another."""
    key = ECKey.generate_key("P-256", parameters={"kid": f"key-{uuid4()}", "use": "sig", "alg": "ES256"})
    with os.fdopen(os.open(f"{name}.key.json", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as private:
        json.dump(key.as_dict(private=True), private)
    with open(f"{name}.jwks.json", "x", encoding="utf-8") as public:
        json.dump({"keys": [key.as_dict(private=False)]}, public)


if __name__ == "__main__":
    main(sys.argv[1])
