"""One party's client: a token by client credentials, documents by POST."""

import time
from dataclasses import dataclass
from typing import Any

import httpx2
import orjson

from hub.errors import HubError

RENEW_SECONDS = 30
ERRORS = "errors { code field message rule }"


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer of the graph."""

    status: int
    body: bytes
    json: Any

    @property
    def data(self) -> Any:
        """The data; raises HubError TOUR_DIFFERS when there is none."""
        if self.status != 200 or self.json.get("data") is None:
            raise HubError("TOUR_DIFFERS", f"HTTP {self.status}: {self.body[:300].decode(errors='replace')}")
        return self.json["data"]

    @property
    def codes(self) -> list[str]:
        """The codes of top-level errors, each once."""
        return list(dict.fromkeys(each["extensions"]["code"] for each in self.json.get("errors", ())))


class Client:
    """Asks and acts as one party of the demonstration."""

    def __init__(self, name: str, held: dict[str, Any], urls: dict[str, str], http: httpx2.AsyncClient):
        self.name, self.graphql = name, urls["graphql"]
        self.organisation: str = held["organisation"]
        self._held, self._token_url, self._http = held, urls["token_url"], http
        self._token, self._until = "", 0.0

    async def token(self) -> str:
        """An access token, renewed before it runs out."""
        if time.monotonic() >= self._until:
            answer = await self._http.post(
                self._token_url,
                data={"grant_type": "client_credentials"},
                auth=(self._held["client_id"], self._held["client_secret"]),
            )
            if answer.status_code != 200:
                raise HubError("TOUR_DIFFERS", f"{self.name} was given no token: {answer.text[:200]}")
            found = answer.json()
            self._token, self._until = found["access_token"], time.monotonic() + found["expires_in"] - RENEW_SECONDS
        return self._token

    async def credentials(self, method: str = "POST") -> dict[str, str]:  # noqa: ARG002  (a bound client's proof names it)
        """What shows the graph who asks by a method: the headers of a request, or the first message of a socket (GET)."""
        return {"Authorization": f"Bearer {await self.token()}"}

    async def ask(self, document: str, **variables: Any) -> Reply:
        """The answer to a document."""
        return await self.post({"query": document, "variables": variables})

    async def post(self, body: Any, token: str | None = None) -> Reply:
        """The answer to any JSON body; `token` instead of the client's own, none at all when empty."""
        given = {"Authorization": f"Bearer {token}"} if token else {}
        headers = {"Content-Type": "application/json"} | (await self.credentials() if token is None else given)
        answer = await self._http.post(self.graphql, content=orjson.dumps(body), headers=headers)
        return Reply(answer.status_code, answer.content, answer.json())

    async def attempt(self, act: str, select: str = "apprentice { id }", /, **given: Any) -> Reply:
        """The whole answer to one mutation."""
        model = f"{act[0].upper()}{act[1:]}Input"
        document = f"mutation Tour($input: {model}!) {{ {act}(input: $input) {{ {select} replayed {ERRORS} }} }}"
        return await self.ask(document, input=given)

    async def act(self, act: str, select: str = "apprentice { id }", /, **given: Any) -> Any:
        """The payload of one mutation, done or refused."""
        return (await self.attempt(act, select, **given)).data[act]

    async def do(self, act: str, select: str = "apprentice { id }", /, **given: Any) -> Any:
        """The payload of a mutation that must not be refused."""
        payload = await self.act(act, select, **given)
        if payload["errors"]:
            raise HubError("TOUR_DIFFERS", f"{act} by {self.name} was refused: {payload['errors']}")
        return payload

    async def refusal(self, act: str, **given: Any) -> str:
        """The code with which a mutation is refused, as data or before it ran; empty when it was done."""
        reply = await self.attempt(act, **given)
        if reply.codes:
            return reply.codes[0]
        errors = reply.data[act]["errors"]
        return str(errors[0]["code"]) if errors else ""
