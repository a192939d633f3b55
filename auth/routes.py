"""The HTTP face of the authority."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from auth.authority import Authority
from auth.keys import PUBLISHED_SECONDS
from auth.metadata import INTROSPECT_PATH, KEYS_PATH, METADATA_PATH, REVOKE_PATH, TOKEN_PATH


def routes(authority: Authority) -> list[Route]:
    """The endpoints of the authorization server, its public keys and its metadata."""
    public = {"Cache-Control": f"public, max-age={PUBLISHED_SECONDS}"}

    async def keys(_: Request) -> Response:
        return JSONResponse(await authority.key_set(), headers=public)

    async def metadata(_: Request) -> Response:
        return JSONResponse(authority.metadata(), headers=public)

    return [
        Route(TOKEN_PATH, authority.token, methods=["POST"]),
        Route(REVOKE_PATH, authority.revoke, methods=["POST"]),
        Route(INTROSPECT_PATH, authority.introspect, methods=["POST"]),
        Route(KEYS_PATH, keys, methods=["GET"]),
        Route(METADATA_PATH, metadata, methods=["GET"]),
    ]
