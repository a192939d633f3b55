"""The look for unreleased grades finds what stands where it is hard to see."""

from hub.store.pools import Database
from infra.postgres import EmbeddedPostgres
from tests.hub.acts.dumps import everything
from tests.infra.sealing.lookout import found_in, logged_since, place_in_log

ROWS = 1_500


async def test_d4_a_word_that_begins_on_one_page_of_the_log_and_ends_on_the_next_is_found(
    world: Database, cluster: EmbeddedPostgres
) -> None:
    """Some hundred kilobytes of the write-ahead log, in which a score of words stand on two pages."""
    words = [f"QZ{number:04d}{'x' * 100}ZQ" for number in range(ROWS)]
    async with everything(world) as connection:
        # A segment of its own, which the server keeps while it writes it.
        await connection.execute("select pg_switch_wal()")
        begun = await place_in_log(connection)
        await connection.execute("create table public.word (word text)")
        await connection.copy_records_to_table("word", schema_name="public", records=[(word,) for word in words])
        held = await logged_since(connection, cluster.folder, begun)
    assert [word for word in words if not found_in(held, [word])] == []
