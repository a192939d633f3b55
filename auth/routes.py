"""The HTTP face of the authority."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from auth.authority import Authority
from auth.keys import PUBLISHED_SECONDS

TOKEN_PATH = "/oauth/token"  # noqa: S105  (a path, not a password)
KEYS_PATH = "/oauth/jwks"
METADATA_PATH = "/.well-known/oauth-authorization-server"


def routes(authority: Authority) -> list[Route]:
    """The token endpoint, the public keys and the metadata of the authorization server."""
    public = {"Cache-Control": f"public, max-age={PUBLISHED_SECONDS}"}

    async def keys(_: Request) -> Response:
        return JSONResponse(await authority.key_set(), headers=public)

    async def metadata(_: Request) -> Response:
        return JSONResponse(authority.metadata(), headers=public)

    return [
        Route(TOKEN_PATH, authority.token, methods=["POST"]),
        Route(KEYS_PATH, keys, methods=["GET"]),
        Route(METADATA_PATH, metadata, methods=["GET"]),
    ]
