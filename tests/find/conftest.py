"""The index and what it is made of, once for all tests."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from app.content.language import Lang
from app.content.terms import Term
from app.lessons.search.entry import Entry
from app.lessons.search.index import Search, build
from app.site import Site


@pytest.fixture(scope="session")
def made() -> Site:
    return Site()


@pytest.fixture(scope="session")
def entries(made: Site) -> Mapping[Lang, tuple[Entry, ...]]:
    return made.entries()


@pytest.fixture(scope="session")
def search(
    made: Site, entries: Mapping[Lang, tuple[Entry, ...]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Search]:
    path = tmp_path_factory.mktemp("search") / "index"
    build(path, entries, made.terms)
    search = Search(path)
    yield search
    search.close()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Callable[..., Search]]:
    """Makes the index of a few English entries."""
    opened: list[Search] = []

    def make(entries: tuple[Entry, ...], *terms: Term) -> Search:
        path = tmp_path / str(len(opened))
        build(path, {"en": entries, "zh": ()}, terms)
        opened.append(Search(path))
        return opened[-1]

    yield make
    for each in opened:
        each.close()
