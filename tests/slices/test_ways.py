"""Ids, filters, orders, counts and cards of the matrix: no way around the fields tells more than they do."""

from hub.store.tables import metadata
from hub.words import id_text
from tests.counting import counted
from tests.slices import shown
from tests.slices.corpus import ORDERS, PREFIXED
from tests.slices.land import IDENTITY, Land, apprentice_of
from tests.slices.looking import LEAST, Table
from tests.slices.matrix import KINDS, ROWS
from tests.slices.truth import holds
from tests.world import Party


async def test_d7_b1_every_id_finds_its_row_for_those_alone_who_may_see_it(table: Table) -> None:
    """B1, d7: every row of every type with ids × twelve parties, by `node` and by `_entities`."""
    prefixes, tried = table.front.prefixes(), 0
    entities = {each.name for each in table.front.graph.schema.get_type("_Entity").types}
    assert set(prefixes) == {*PREFIXED, "apr"}, "a new id prefix needs its table in PREFIXED in tests/slices/corpus.py"
    for party in table.parties:
        kind = party.viewer.kind.value
        for prefix, relation in PREFIXED.items():
            word = ROWS[relation][KINDS.index(kind)]
            if word == "-":
                continue
            connection = await table.rolled.take("")
            seen = f"({holds(relation, word)}) and $1::uuid is not null as seen"
            sql = f"select id, {seen} from {relation} t order by md5(id::text) limit 60"
            rows = await connection.fetch(sql, party.viewer.party)
            ids = [id_text(prefix, row["id"]) for row in rows]
            expected = [each if row["seen"] else None for each, row in zip(ids, rows, strict=True)]
            assert await by_node(table, party, ids) == expected, (kind, relation)
            if prefixes[prefix] in entities:
                assert await by_entities(table, party, prefixes[prefix], ids) == expected, (kind, relation)
            tried += len(ids)
    counted(f"ids: {tried} rows asked by node and by _entities, for {len(table.parties)} parties")


async def by_node(table: Table, party: Party, ids: list[str]) -> list[str | None]:
    """What `node` finds, at most so many at once as a document may ask for."""
    found = []
    for start in range(0, len(ids), 40):
        part = ids[start : start + 40]
        given = ", ".join(f"$n{n}: ID!" for n in range(len(part)))
        document = f"query N({given}) {{ {' '.join(f'n{n}: node(id: $n{n}) {{ id }}' for n in range(len(part)))} }}"
        _, body = await table.front.ask(party, document, **{f"n{n}": each for n, each in enumerate(part)})
        found += [each and each["id"] for each in body["data"].values()]
    return found


async def by_entities(table: Table, party: Party, type_: str, ids: list[str]) -> list[str | None]:
    """What `_entities` finds."""
    document = f"query E($r: [_Any!]!) {{ _entities(representations: $r) {{ ... on {type_} {{ id }} }} }}"
    _, body = await table.front.ask(party, document, r=[{"__typename": type_, "id": each} for each in ids])
    return [each and each["id"] for each in body["data"]["_entities"]]


async def test_d7_b2_filters_orders_and_counts_tell_no_more_than_the_fields(table: Table) -> None:
    """B2, d7: every filter finds an apprentice only once the card opens what it asks about; every order lists the same."""
    arguments = set(table.front.schema.get_type("ApprenticeFilter").fields)
    assert arguments == set(shown.FILTERS), "a new filter needs its line in FILTERS in tests/slices/shown.py"
    connection = await table.rolled.take("")
    standards = {
        row["id"]: row["standard_id"] for row in await connection.fetch("select id, standard_id from apprentices.apprentice")
    }
    shown_ = "{ totalCount nodes { id } }"
    document = (
        f"query F($f: ApprenticeFilter, $o: ApprenticeOrder!) {{ apprentices(first: 100, filter: $f, orderBy: $o) {shown_}"
        " cohort(filter: $f) { total } }"
    )
    for party in table.parties:
        for argument, (least, value) in shown.FILTERS.items():
            for number, (name, story) in enumerate(table.land.stories.items()):
                subject = apprentice_of(table.land, name)
                own = {"uln": story.uln, "myReference": f"mine-{subject}", "standard": id_text("std", standards[subject])}
                if argument not in own and number:
                    break
                order = ORDERS[number % len(ORDERS)]
                _, body = await table.front.ask(party, document, f={argument: own.get(argument, value)}, o=order)
                found = [each["id"] for each in body["data"]["apprentices"]["nodes"]]
                same = [
                    each for each in table.land.stories
                    if argument not in own or each == name
                    or (argument == "standard" and standards[apprentice_of(table.land, each)] == standards[subject])
                ]  # fmt: skip
                open_ = {each: table.reach(party, each) for each in same}
                expected = {
                    table.land.stories[each].id for each, reach in open_.items() if reach is not None and reach >= LEAST[least]
                }
                assert (set(found), len(found)) == (expected, len(expected)), (party.viewer.kind, argument, name)
                assert body["data"]["apprentices"]["totalCount"] == body["data"]["cohort"]["total"] == len(expected)


async def test_x20_a_card_holds_nothing_that_it_does_not_open(land: Land) -> None:
    """X-20, X-16: as acts leave them, the columns behind lists, filters and orders are empty until the card opens so far."""
    columns = {column.name for column in metadata.tables["hub.card"].columns}
    known = {*shown.CARD, *shown.KEYS, *shown.OPEN_TO_ALL}
    assert columns == known, "a column of hub.card needs its place in CARD, KEYS or OPEN_TO_ALL in tests/slices/shown.py"
    async with land.clone() as database:
        connection = await land.superuser(database)
        empty = [f"{name} is not null and reach < {LEAST[word]}" for name, word in shown.CARD.items()]
        empty += [f"{name} <> {value} and reach < {IDENTITY}" for name, value in shown.KEYS.items()]
        by_hand = [apprentice_of(land, name) for name in ("barely", "between")]
        rows = await connection.fetch("select distinct reach from hub.card where apprentice_id <> all($1::uuid[])", by_hand)
        assert {row["reach"] for row in rows} == {0, 1, 2, 3}
        for condition in empty:
            sql = f"select party_id, apprentice_id from hub.card where {condition} and apprentice_id <> all($1::uuid[])"
            assert await connection.fetch(sql, by_hand) == [], condition
        await connection.close()
