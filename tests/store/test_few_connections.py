"""Each connection to SQLite has a cache of its own: what few readers need is done on few of them."""

from pathlib import Path

from app.store.engine import CACHE_KIB, create_store_engine


def test_the_connection_that_was_used_last_is_used_next(tmp_path: Path) -> None:
    engine = create_store_engine(f"sqlite:///{tmp_path}/store.db")
    first, second = engine.connect(), engine.connect()
    last = second.connection.dbapi_connection
    first.close()
    second.close()

    used = []
    for _ in range(3):
        with engine.connect() as connection:
            used.append(connection.connection.dbapi_connection)
            assert connection.exec_driver_sql("PRAGMA cache_size").scalar() == -CACHE_KIB
    engine.dispose()

    assert used == [last] * 3
