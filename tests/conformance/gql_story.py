"""The story as Python's gql plays it: documents checked against the schema it has fetched, and a subscription."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

from gql import Client, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.aiohttp_websockets import AIOHTTPWebsocketsTransport

URL, STORY = os.environ["HUB_GRAPHQL"], json.loads(os.environ["HUB_STORY"])


def document(name: str, **variables: Any) -> Any:
    """A request by its name."""
    request = gql(Path(os.environ["HUB_DOCUMENTS"], f"{name}.graphql").read_text())
    request.variable_values = variables
    return request


async def send(party: str, name: str) -> Any:
    """The data of one answer."""
    headers = {"Authorization": f"Bearer {os.environ[f'HUB_{party.upper()}']}"}
    transport = AIOHTTPTransport(url=URL, headers=headers)
    async with Client(transport=transport, fetch_schema_from_transport=True, execute_timeout=30) as session:
        return await session.execute(document(name, **STORY[name]))


async def listen(ready: asyncio.Event) -> Any:
    """The event that tells of the decision."""
    token = {"Authorization": f"Bearer {os.environ['HUB_PROVIDER']}"}
    transport = AIOHTTPWebsocketsTransport(url=URL.replace("http", "ws"), init_payload=token)
    async with Client(transport=transport) as session:
        async for told in session.subscribe(document("progress")):
            ready.set()
            event = told["progress"]["event"]
            if event and event["type"] == "gateway.passed":
                return event
    raise EOFError


async def main() -> None:
    """Each party's main act, and an ear beside it."""
    ready = asyncio.Event()
    listening = asyncio.ensure_future(asyncio.wait_for(listen(ready), 60))
    await asyncio.wait_for(ready.wait(), 20)
    filed = (await send("provider", "file"))["fileGatewayItem"]
    assert filed["errors"] == [] and filed["item"]["requirement"] == "PQIP", filed
    cohort = (await send("employer", "cohort"))["cohort"]
    assert (cohort["ready"], cohort["notReady"]) == (1, 0), cohort
    decided = (await send("employer", "decide"))["decideGateway"]
    assert decided["errors"] == [] and decided["apprentice"]["gateway"]["passed"] is True, decided
    posted = await send("epao", "post")
    assert posted["acknowledgePortfolio"]["errors"] == posted["postResult"]["errors"] == [], posted
    event = await listening
    assert event["apprentice"]["id"] == STORY["decide"]["input"]["apprenticeId"], event
    print("gql: filed, read, decided, posted; provider hears gateway.passed")  # noqa: T201  (its result, for whoever started it)


asyncio.run(main())
