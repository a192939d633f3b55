"""What the audit calls what was read, and who is told of it: every cell of the classes is flipped in turn."""

from datetime import UTC, datetime
from time import monotonic
from uuid import UUID

from hub.slices import classes
from hub.store import chain
from hub.store.pools import Database
from hub.store.recorder import Recorder, What
from tests.slices import fields as told
from tests.slices import openings
from tests.slices.land import Land, apprentice_of, relay
from tests.slices.test_cells import report

EVERY = (*openings.TOLD, None)
HEARD = "select distinct audience from hub.audit_access where party_id = $1 and apprentice_id = $2 and classes = $3"
RELEASE = (
    "insert into hub.audit (id, party_id, client, act, subjects, fingerprint, at, kind, classes)"
    " values (gen_random_uuid(), $1, 'c', 'releaseGrade', array[$2::uuid], '', $3, 'act', '{grade}')"
)


def class_of(kinds: str, scope: str | None) -> str | None:
    """The class of a field of the matrix."""
    if scope is None:
        return None
    return openings.RESULTS if (kinds, scope) == ("A", told.RR) else openings.CLASSES[scope.partition(":")[0]]


def classes_are_right() -> bool:
    """Whether every field and act has the class that is written by hand, alone and together with all others."""
    expected = {coordinate: class_of(*row) for coordinate, row in told.flat().items()}
    every = tuple(sorted({each for each in expected.values() if each is not None}))
    return classes.classes_of(expected) == every and all(
        classes.classes_of([coordinate]) == (() if each is None else (each,)) for coordinate, each in expected.items()
    )


def test_b8_every_flipped_cell_of_the_classes_is_noticed(monkeypatch) -> None:
    """B8: each noun's class is taken away and changed into every other one."""
    assert classes_are_right()
    survivors, tried, began = [], 0, monotonic()
    for noun in openings.CLASSES:
        for other in EVERY:
            if other == classes.OF_NOUN.get(noun):
                continue
            tried += 1
            with monkeypatch.context() as changed:
                if other is None:
                    changed.delitem(classes.OF_NOUN, noun)
                else:
                    changed.setitem(classes.OF_NOUN, noun, other)
                if classes_are_right():
                    survivors.append((noun, str(other)))
    report("cells of the classes of reads", tried, survivors, began)


async def heard(land: Land, database: Database) -> dict[str, tuple[str, ...]]:
    """To whom a read of each class is told, of each of those who read."""
    connection = await land.superuser(database)
    employer, _, assessing = (party.viewer for party in land.cast["posted"][:3])
    early = land.cast["accepted"][2].viewer
    open_to = {name: apprentice_of(land, name) for name in ("accepted", "posted", "decided")}
    reads = ((early, open_to["accepted"]), (assessing, open_to["decided"]), (assessing, open_to["posted"]))
    reads = (*reads, (employer, open_to["posted"]))
    recorder = Recorder(database, lambda: datetime.now(UTC))
    for viewer, apprentice in reads:
        for each in openings.TOLD:
            await recorder.record(viewer, What("Look", b"f" * 32, (each,)), (apprentice,))
    await recorder.close()
    await connection.execute(RELEASE, assessing.party, open_to["posted"], datetime.now(UTC))
    await relay(database)

    async def of(party: UUID, apprentice: UUID, class_: str) -> str:
        return " ".join(sorted(row[0] for row in await connection.fetch(HEARD, party, apprentice, [class_])))

    try:
        return {each: tuple([await of(viewer.party, who, each) for viewer, who in reads]) for each in openings.TOLD}
    finally:
        await connection.close()


async def test_epa_107_every_flipped_cell_of_what_is_untold_is_noticed(land: Land, monkeypatch) -> None:
    """EPA-107, d7: each class toggled among those whose reads an EPAO keeps to itself, and employers among themselves."""
    async with land.clone() as database:
        assert await heard(land, database) == openings.TOLD
    survivors, tried, began = [], 0, monotonic()
    for each in openings.TOLD:
        tried += 1
        with monkeypatch.context() as changed:
            changed.setattr(chain, "UNTOLD", tuple({*classes.UNTOLD} ^ {each}))
            async with land.clone() as database:
                if await heard(land, database) == openings.TOLD:
                    survivors.append((each,))
    report("cells of what is told of reads", tried, survivors, began)
