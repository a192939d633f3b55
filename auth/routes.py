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

    async def revoke(request: Request) -> Response:
        return await authority.revoke(request)

    async def introspect(request: Request) -> Response:
        return await authority.introspect(request)

    return [
        Route(TOKEN_PATH, authority.token, methods=["POST"]),
        Route(REVOKE_PATH, revoke, methods=["POST"]),
        Route(INTROSPECT_PATH, introspect, methods=["POST"]),
        Route(KEYS_PATH, keys, methods=["GET"]),
        Route(METADATA_PATH, metadata, methods=["GET"]),
    ]
