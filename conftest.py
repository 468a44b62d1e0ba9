"""For every test: Hypothesis judges what holds, not how fast this machine is today; what starts a program is slow."""

import gc
from collections.abc import Generator

import pytest
from hypothesis import settings

settings.register_profile("podscope", deadline=None)
settings.load_profile("podscope")

# Fixtures that start a server, a browser or a PostgreSQL, and the parameter that asks for the last.
PROGRAMS = frozenset(("server", "own_server", "pair", "browser", "open_page", "postgres", "new_database"))
POSTGRESQL = "postgresql"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        parameters = getattr(item, "callspec", None)
        asks_for_postgres = parameters is not None and POSTGRESQL in parameters.params.values()
        if asks_for_postgres or PROGRAMS.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected stays to the end: no search for garbage goes through it, neither meanwhile nor during tests."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
