"""Reading a token request strictly, before the library sees it: bounded, a form, each parameter once, plain text."""

import base64
import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

from starlette.requests import Request

MAX_BODY_BYTES = 64 * 1024
MAX_FIELDS = 32
FORM = "application/x-www-form-urlencoded"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_READ = frozenset({"client_id", "client_secret", "client_assertion", "client_assertion_type"})
_PRINTABLE = re.compile(r"[\x20-\x7e]+")


class FormRefused(Exception):
    """A request refused as it stands, with the OAuth error and the HTTP status that say so."""

    def __init__(self, description: str, error: str = "invalid_request", status: int = 400):
        self.description, self.error, self.status = description, error, status
        super().__init__(description)


@dataclass(frozen=True, slots=True)
class TokenForm:
    """The parameters of one request, the Basic credentials it came with, and its proof of possession."""

    fields: dict[str, str]
    authorization: str | None
    proof: str | None = None


async def read_form(request: Request, needed: str, also: str) -> TokenForm:
    """The checked form of a request that cannot do without one parameter, and may have another; raises FormRefused."""
    if request.url.query:
        raise FormRefused("Parameters belong in the body, never in the URL.")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise FormRefused(f"The body must be {FORM}.")
    fields = _fields(await _body(request), _READ | {needed, also})
    form = TokenForm(fields, _single(request, "Authorization"), _single(request, "DPoP"))
    _check_one_method(form)
    if needed not in form.fields:
        raise FormRefused(f"The parameter {needed} is missing.")
    return form


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise FormRefused(f"The body is larger than {MAX_BODY_BYTES} bytes.", status=413)
    return bytes(body)


def _fields(body: bytes, wanted: frozenset[str]) -> dict[str, str]:
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise FormRefused("The body is not a form in percent-encoded UTF-8.") from error
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise FormRefused("A parameter is given more than once.")
    # RFC 6749 §3.2: what is empty counts as absent, what is unknown is not looked at.
    read = {name: value for name, value in pairs if name in wanted and value}
    if not all(_PRINTABLE.fullmatch(value) for value in read.values()):
        raise FormRefused("A parameter holds characters that are not printable ASCII.")
    return read


def _single(request: Request, name: str) -> str | None:
    headers = request.headers.getlist(name)
    if len(headers) > 1:
        raise FormRefused(f"There is more than one {name} header.")
    return headers[0] if headers else None


def _check_one_method(form: TokenForm) -> None:
    """Exactly one way of authenticating (RFC 6749 §2.3), and no public clients or secrets in the body."""
    asserts = "client_assertion" in form.fields or "client_assertion_type" in form.fields
    if (form.authorization is not None) + asserts + ("client_secret" in form.fields) > 1:
        raise FormRefused("A client authenticates by one method only.")


def basic_credentials(authorization: str | None) -> tuple[str, str] | None:
    """The client id and secret of a well-formed Basic header, or None for anything else."""
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        name, password = unquote(name, errors="strict"), unquote(password, errors="strict")
    except ValueError:
        return None
    if not colon or not _PRINTABLE.fullmatch(name) or not _PRINTABLE.fullmatch(password):
        return None
    return name, password
