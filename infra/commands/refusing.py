"""How a command says that the hub does not take a document: each error with its place and its code."""

from pathlib import Path

from hub.errors import CODES, HubError
from infra.commands.frame import err
from schema.answers import error_of
from schema.reader.document import Refused


def not_taken(refused: Refused, file: Path) -> HubError:
    """Writes every error on the error stream as FILE:LINE:COLUMN, and answers with the refusal to raise."""
    codes = []
    for error in refused.errors:
        said = error_of(error)
        codes.append(said["extensions"]["code"])
        at = f":{error.locations[0].line}:{error.locations[0].column}" if error.locations else ""
        err.print(f"{file}{at}: {codes[-1]}: {said['message']}", markup=False, soft_wrap=True)
    if codes[0] in CODES:
        return HubError(codes[0])
    return HubError("ARGUMENT_INVALID", "The hub does not take this document.")
