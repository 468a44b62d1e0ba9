"""What the driver runs itself is what SQLAlchemy would run, and what goes wrong is said as SQLAlchemy says it."""

import pytest
from sqlalchemy import bindparam, event, insert, select
from sqlalchemy.exc import IntegrityError

from app.store import answer
from app.store.direct import Direct
from app.store.store import Store, Transaction
from app.store.tables import ANSWER, DEVICE, LEARNER
from app.store.upsert import per_dialect
from tests.store.cast import answer_to, new_learner, rows

MADE = select(LEARNER.c.made_ms, LEARNER.c.id, bindparam("said", "always").label("said"))
OF = Direct(MADE.where(LEARNER.c.id == bindparam("of")))


def test_a_row_is_the_values_in_the_order_of_its_columns(store: Store) -> None:
    owner = new_learner(store)

    def look(tx: Transaction, of: int) -> tuple[object, ...] | None:
        return OF.row(tx, {"of": of})

    assert store.read(look, owner) == (rows(store, LEARNER)[0].made_ms, owner, "always")
    assert store.read(look, owner + 1) is None


def test_what_is_run_says_how_many_rows_it_has_changed(store: Store) -> None:
    adding = Direct(per_dialect(lambda insert: insert(LEARNER).on_conflict_do_nothing()))

    def add(tx: Transaction) -> int:
        return adding.run(tx, {"id": 77, "made_ms": 5})

    assert [store.write(add), store.write(add)] == [1, 0]
    assert [row.id for row in rows(store, LEARNER)] == [77]


def test_a_fault_is_sqlalchemys_and_names_nothing_that_was_given(store: Store) -> None:
    adding = Direct(insert(DEVICE))

    with pytest.raises(IntegrityError) as caught:
        store.write(lambda tx: adding.run(tx, {"key_hash": b"secret", "learner_id": 12345678, "sent_ms": 1}))

    if store.engine.dialect.name == "sqlite":
        assert "secret" not in str(caught.value)
        assert "12345678" not in str(caught.value)
    assert rows(store, DEVICE) == []
    assert store.write(lambda tx: tx.execute(select(1)).scalar_one()) == 1


def test_an_answer_on_sqlite_is_the_drivers_work_alone(store: Store) -> None:
    """Each statement by SQLAlchemy is ten times what it costs, and 32 who answer at once wait for all of them."""
    owner, seen = new_learner(store), []
    event.listen(store.engine, "before_cursor_execute", lambda *given: seen.append(given[2]))

    store.write(answer.record, owner, answer_to())

    assert len(rows(store, ANSWER)) == 1
    seen = [sql for sql in seen if "answer" in sql and not sql.startswith("SELECT answer.learner_id")]
    assert bool(seen) is (store.engine.dialect.name == "postgresql")
