"""Records are read by name: a column that a table gets, or another order, shifts nothing."""

from dataclasses import dataclass

from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, insert, select

from app.store.rows import columns_of, reads


@dataclass(frozen=True)
class Note:
    """A record whose fields stand in another order than its table's columns."""

    text: str
    seen: bool
    at_ms: int


NOTE = Table(
    "note",
    MetaData(),
    Column("at_ms", Integer),
    Column("new_here", String, server_default="later"),
    Column("seen", Integer),
    Column("text", String),
)


def test_a_record_is_read_by_the_names_of_its_fields() -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as tx:
        NOTE.metadata.create_all(tx)
        tx.execute(insert(NOTE).values(at_ms=7, seen=1, text="a"))

        selected = tx.execute(select(*columns_of(NOTE, Note))).one()
        everything = tx.execute(select(NOTE)).one()

    assert set(selected._mapping) == {"text", "seen", "at_ms"}
    assert [reads(Note)(row) for row in (selected, everything)] == [Note("a", True, 7)] * 2
