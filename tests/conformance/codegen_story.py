"""The story as a client plays it that ariadne-codegen has generated: every answer is a typed object."""

import asyncio
import json
import os

from generated import Client
from generated.input_types import (
    AcknowledgePortfolioInput,
    ApprenticeFilter,
    DecideGatewayInput,
    FileGatewayItemInput,
    PostResultInput,
)

URL, STORY = os.environ["HUB_GRAPHQL"], json.loads(os.environ["HUB_STORY"])


def client(party: str) -> Client:
    """One party's client."""
    return Client(url=URL, headers={"Authorization": f"Bearer {os.environ[f'HUB_{party.upper()}']}"})


async def main() -> None:
    """Each party's main act."""
    async with client("provider") as provider:
        filed = (await provider.file_item(FileGatewayItemInput(**STORY["file"]["input"]))).file_gateway_item
    assert filed and filed.item and not filed.errors, filed
    async with client("employer") as employer:
        cohort = (await employer.readiness(ApprenticeFilter(**STORY["cohort"]["filter"]))).cohort
        assert (cohort.ready, cohort.not_ready) == (1, 0), cohort
        decided = (await employer.decide(DecideGatewayInput(**STORY["decide"]["input"]))).decide_gateway
    assert decided and decided.apprentice and decided.apprentice.gateway.passed, decided
    given = STORY["post"]
    acknowledgement = AcknowledgePortfolioInput(**given["acknowledgement"])
    async with client("epao") as epao:
        posted = await epao.post_result(acknowledgement, PostResultInput(**given["result"]))
    assert posted.post_result and posted.post_result.result and posted.post_result.result.grade == "PASS", posted
    print("ariadne-codegen: filed, read, decided; epao posts a result")  # noqa: T201  (its result, for whoever started it)


asyncio.run(main())
