"""Issue 4 item 6, UK GDPR Art. 5(1)(e): data goes when its time is over, and nothing that is held goes."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from hub.acts.operating import Operator
from hub.acts.retention import STEPS, Over, Retention, over, retain_until
from hub.slices.uses import KEEPS, periods
from hub.store.lifetimes import Life
from hub.store.plans import load_library
from hub.words import add_months
from tests.hub.acts.dumps import differences, dump, everything, told
from tests.hub.acts.test_custody import over as released
from tests.hub.acts.test_custody import restrict
from tests.world import BY, SEAL, Story, World, new_story

DAYS = st.dates(date(2015, 1, 1), date(2060, 1, 1))
MONTHS = st.fixed_dictionaries({name: st.integers(0, 200) for name, keep in KEEPS.items() if keep.months is not None})
LIVES = st.builds(
    Life, st.uuids(), st.none() | DAYS, st.none() | DAYS, st.booleans(), st.sets(st.sampled_from(STEPS)).map(frozenset)
)
CLASSES = {
    "CONTACT": ("apprentices.contact",),
    "REASONS": ("gateway.basis",),
    "EVIDENCE": ("portfolios.evidence", "portfolios.coverage"),
    "RECORD": ("apprentices.identity", "gateway.item", "apprentices.tie"),
    "RESULT": ("apprentices.apprentice",),
}


def retention(world: World, **months: int) -> Retention:
    return Retention(Operator(world.database, load_library(), SEAL, lambda: world.today), periods(months))


async def left(world: World, story: Story) -> set[str]:
    """The classes of which anything is left about an apprentice."""
    found = set()
    for name, tables in CLASSES.items():
        for table in tables:
            key = "id" if table == "apprentices.apprentice" else "apprentice_id"
            if await world.rows(f"select 1 from {table} where {key} = $1 limit 1", story.apprentice):
                found.add(name)
    return found


@given(LIVES, MONTHS, DAYS)
def test_nothing_is_over_before_its_time_and_everything_is_at_it(life: Life, months: dict[str, int], today: date) -> None:
    """A virtual clock: each class is over from one day on and for ever, and never without an end."""
    due = {each.keep: each for each in over([life], periods(months), today)}
    assert life.ended_on is not None or not due
    for name in life.has if life.ended_on else ():
        since = max(life.ended_on, life.released_on or life.ended_on) if name == "RESULT" else life.ended_on
        until = add_months(since, months[name])
        if name == "RESULT":
            until = max(until, add_months(life.ended_on, months["RECORD"]))
        assert (name in due) == (until <= today)
        if name in due:
            assert due[name] == Over(name, life.apprentice, until, life.held)
            assert name in {each.keep for each in over([life], periods(months), today + timedelta(days=1))}


@given(LIVES, MONTHS, st.sampled_from(STEPS))
def test_a_longer_period_never_ends_sooner(life: Life, months: dict[str, int], name: str) -> None:
    longer = periods({**months, name: months[name] + 1})
    before, after = retain_until(life, periods(months)), retain_until(life, longer)
    assert all(after[each] >= before[each] for each in before)


async def withdrawn(story: Story, on: str) -> Story:
    await (await story.register(startOn="2023-09-04")).confirm()
    await story.file_items()
    await story.world.do(story.provider, "setContact", apprenticeId=story.id, email="a@example.invalid")
    piece = {"type": "CLIENT_FEEDBACK", "ksbs": ["K1"], "sha256": "a" * 64, "link": "https://evidence.example/1"}
    await story.world.do(story.provider, "fileEvidence", apprenticeId=story.id, **piece)
    await story.world.do(story.provider, "changeStatus", apprenticeId=story.id, status="WITHDRAWN", on=on)
    return story


async def test_each_class_goes_at_its_time_and_what_is_held_or_restricted_stays(own: World) -> None:
    """The clock runs for years; who withdrew goes step by step, who goes on, is held or is restricted loses nothing."""
    gone, held, limited = [await withdrawn(await new_story(own), "2026-01-31") for _ in range(3)]
    going = await (await (await new_story(own)).register(plannedEndOn="2031-01-01")).confirm()
    passed = await released(await new_story(own))
    hold = {"apprenticeId": held.id, "reason": "CLAIM", "by": BY}
    await own.do(held.employer, "setHold", held=True, **hold)
    await restrict(limited, limited.provider)
    every, whole = set(CLASSES), await left(own, gone)
    kept = {held.apprentice: await left(own, held), limited.apprentice: await left(own, limited)}
    expected = [
        (date(2026, 4, 29), whole, every),
        (date(2026, 4, 30), whole - {"CONTACT"}, every),
        (date(2026, 8, 1), whole - {"CONTACT"}, every - {"CONTACT"}),
        (date(2027, 1, 31), {"RECORD", "RESULT"}, every - {"CONTACT"}),
        (date(2027, 5, 1), {"RECORD", "RESULT"}, {"RECORD", "RESULT"}),
        (date(2032, 1, 30), {"RECORD", "RESULT"}, {"RECORD", "RESULT"}),
        (date(2032, 1, 31), set(), {"RECORD", "RESULT"}),
        (date(2032, 5, 1), set(), set()),
    ]
    for own.today, of_gone, of_passed in expected:
        before = await dump(own.database)
        due = {(each.keep, each.apprentice) for each in await retention(own).over() if not each.held}
        assert await dump(own.database) == before, "looking changes nothing"
        done = await retention(own).run()
        assert sum(done[name] for name in STEPS) >= len({apprentice for _, apprentice in due})
        assert (await left(own, gone), await left(own, passed)) == (of_gone, of_passed), own.today
        for story in (held, limited):
            assert await left(own, story) == kept[story.apprentice], own.today
        assert await left(own, going) >= {"RECORD", "RESULT"}
    assert (await told(own, gone.provider))[-1] == ("apprentice.erased", str(gone.apprentice))
    found = "".join(row for table, rows in (await dump(own.database)).items() for row in rows)
    assert gone.uln not in found and passed.uln not in found and held.uln in found
    await own.do(held.employer, "setHold", held=False, **hold)
    await retention(own).run()
    assert await left(own, held) == set()


async def test_running_twice_removes_nothing_more_and_every_step_is_audited(own: World) -> None:
    story = await withdrawn(await new_story(own), "2026-01-31")
    own.today = date(2027, 6, 1)
    first = await retention(own).run()
    assert {name for name, count in first.items() if count} == {"CONTACT", "REASONS", "EVIDENCE"}
    before = await dump(own.database)
    assert not any((await retention(own).run()).values())
    assert differences(before, await dump(own.database)) == {}
    async with everything(own.database) as connection:
        rows = await connection.fetch("select act, subjects, client from hub.audit where act like 'retention.%' order by act")
    assert [(row["act"], row["subjects"], row["client"]) for row in rows] == [
        (f"retention.{name}", [story.apprentice], "operator") for name in ("CONTACT", "EVIDENCE", "REASONS")
    ]


async def test_results_that_outlive_the_record_stay_without_a_name(own: World) -> None:
    """A period set by the parties' officers: the record goes first, and the import that follows does not bring it back."""
    story = await released(await new_story(own))
    own.today = date(2028, 5, 1)
    done = await retention(own, RECORD=24, RESULT=72).run()
    assert done["RECORD"] == 1 and done["RESULT"] == 0
    assert await left(own, story) == {"RESULT"}
    assert len(await own.rows("select 1 from grades.result where apprentice_id = $1", story.apprentice)) == 2
    found = await dump(own.database)
    assert not any(story.uln in row or "zz-canary" in row.lower() for rows in found.values() for row in rows)
    assert [row["ground"] for row in await own.rows("select ground from apprentices.erasure")] == ["RETENTION"]
    own.today = date(2034, 5, 1)
    done = await retention(own, RECORD=24, RESULT=72).run()
    assert done["RESULT"] == 1 and await left(own, story) == set()


async def test_copies_of_leavers_kept_answers_and_events_go_by_their_age(own: World) -> None:
    """A stream keeps no gap: what is held stops it there, and its last event stays, so that cursors go on."""
    story = await (await (await new_story(own)).register()).confirm()
    new = await own.party("employer")
    given = {"apprenticeId": story.id, "employer": new.identifier, "on": "2026-03-01", "by": BY, "idempotencyKey": "k"}
    await own.do(story.employer, "transferApprentice", **given)
    party, other, third = uuid4(), uuid4(), uuid4()
    held = await (await (await new_story(own)).register()).confirm()
    await own.do(held.employer, "setHold", apprenticeId=held.id, held=True, reason="CLAIM", by=BY)
    old, young = datetime(2026, 3, 1, tzinfo=UTC), datetime(2027, 3, 5, tzinfo=UTC)
    rows: list[tuple[UUID, int, UUID | None, datetime]] = [
        (party, 1, story.apprentice, old), (party, 2, story.apprentice, old), (party, 3, None, young), (party, 4, None, old),
        (other, 1, story.apprentice, old), (other, 2, held.apprentice, old), (other, 3, story.apprentice, old),
        (third, 1, None, old), (third, 2, None, old),
    ]  # fmt: skip
    async with everything(own.database) as connection:
        for to, seq, apprentice, at in rows:
            await connection.execute(
                "insert into hub.event (party_id, seq, id, type, apprentice_id, facts, at) "
                "values ($1, $2, gen_random_uuid(), 'x', $3, '{}', $4)", to, seq, apprentice, at,
            )  # fmt: skip
        await connection.execute("update hub.idempotency set at = '2027-03-01'")
    own.today = date(2027, 4, 2)
    assert await retention(own).aged() == {"EVENTS": 4, "COPY": 0, "REPLAYS": 1}
    done = await retention(own).run()
    assert (done["EVENTS"], done["COPY"], done["REPLAYS"]) == (4, 0, 1)
    kept = await own.rows("select party_id, array_agg(seq order by seq) as seq from hub.event group by party_id")
    assert {row["party_id"]: row["seq"] for row in kept} == {party: [3, 4], other: [2, 3], third: [2]}
    own.today = date(2032, 3, 2)
    assert (await retention(own).aged())["COPY"] == 1
    assert (await retention(own).run())["COPY"] == 1
    assert await own.rows("select 1 from apprentices.leaver_record") == []
