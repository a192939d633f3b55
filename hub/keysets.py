"""The public keys of clients: which kinds are taken, how a set is read, and how one follows another."""

from collections.abc import Collection, Mapping
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, KeySet, OKPKey, RSAKey

from hub.errors import HubError

ALGORITHMS = ("ES256", "PS256", "EdDSA", "Ed25519")
MAX_KEYS = 10
_KEPT = ("kty", "kid", "alg", "crv", "x", "y", "n", "e")

Jwks = dict[str, Any]


def fits(key: Key, algorithm: str) -> bool:
    """Whether a key is of the type and strength that an algorithm of ours needs."""
    if algorithm == "ES256":
        return isinstance(key, ECKey) and key.curve_name == "P-256"
    if algorithm == "PS256":
        return isinstance(key, RSAKey) and 2048 <= key.public_key.key_size <= 4096
    return isinstance(key, OKPKey) and key.curve_name == "Ed25519"


def _verifies(key: Key) -> bool:
    algorithms = [name for name in ALGORITHMS if fits(key, name) and key.alg in (None, name)]
    return bool(algorithms) and key.get("use") in (None, "sig") and "verify" in (key.get("key_ops") or ["verify"])


def public_keys(jwks: Mapping[str, Any]) -> Jwks:
    """A client's key set reduced to what verifies its assertions; raises INPUT_INVALID for any key we would not take.

    Taken are P-256, RSA of 2048 to 4096 bits and Ed25519, public parts only, each with its own `kid`.
    """
    keys = _read(jwks)
    if not all(_verifies(key) for key in keys):
        raise HubError("INPUT_INVALID", "Keys are P-256, RSA of 2048 to 4096 bits or Ed25519.", field="jwks")
    if len({key.kid for key in keys}) != len(keys):
        raise HubError("INPUT_INVALID", "Two keys of the set have the same kid.", field="jwks")
    return {"keys": [_kept(key) for key in keys]}


def usable_keys(jwks: Mapping[str, Any]) -> Jwks:
    """The keys of a published set that we take, the others left out: it may serve others than us; raises INPUT_INVALID."""
    listed = jwks.get("keys")
    if not isinstance(listed, list) or len(listed) > 5 * MAX_KEYS:
        raise HubError("INPUT_INVALID", "This is no JWK set.", field="jwks")
    found: dict[str | None, dict[str, Any]] = {}
    for one in listed:
        try:
            kept = public_keys({"keys": [one]})["keys"][0]
        except HubError:
            continue
        found.setdefault(kept.get("kid"), kept)
    return {"keys": list(found.values())[: 2 * MAX_KEYS]}


def followed(held: Mapping[str, Any], added: Mapping[str, Any] | None, retired: Collection[str]) -> Jwks:
    """A key set with keys added and others retired, so that old and new overlap; raises INPUT_INVALID.

    A `kid` names one key for ever: another key under a held one is refused, and so is a set left without any.
    """
    keys = {key["kid"]: key for key in held["keys"]}
    for key in public_keys(added)["keys"] if added is not None else ():
        if keys.setdefault(key["kid"], key) != key:
            raise HubError("INPUT_INVALID", "Another key has this kid already.", field="jwks")
    if not set(retired) <= keys.keys():
        raise HubError("INPUT_INVALID", "The client has no such key.", field="retire")
    left = [key for kid, key in keys.items() if kid not in set(retired)]
    if not 1 <= len(left) <= MAX_KEYS:
        raise HubError("INPUT_INVALID", f"A client has 1 to {MAX_KEYS} keys.", field="jwks")
    return {"keys": left}


def keys_of(jwks: Mapping[str, Any]) -> list[Key]:
    """The keys of a set, which may be empty; raises what the library does for one that cannot be read."""
    # One by one: of a set read whole, the library leaves out what it does not understand.
    return [key for one in jwks["keys"] for key in KeySet.import_key_set({"keys": [one]})]


def _read(jwks: Mapping[str, Any]) -> list[Key]:
    listed = jwks.get("keys")
    if not isinstance(listed, list) or not 1 <= len(listed) <= MAX_KEYS or not all(isinstance(k, dict) for k in listed):
        raise HubError("INPUT_INVALID", f"A key set holds 1 to {MAX_KEYS} keys.", field="jwks")
    try:
        keys = keys_of(jwks)
        if any(key.is_private for key in keys):
            raise HubError("INPUT_INVALID", "The key set holds a private key: send the public part only.", field="jwks")
    except (JoseError, ValueError, TypeError, LookupError) as error:
        raise HubError("INPUT_INVALID", "A key of the set cannot be read.", field="jwks") from error
    return keys


def _kept(key: Key) -> dict[str, Any]:
    return {name: value for name, value in key.as_dict().items() if name in _KEPT}
