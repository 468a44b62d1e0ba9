"""The index and what it is made of, once for all tests."""

from collections.abc import Iterator, Mapping

import pytest

from app.content.language import LANGUAGES, Lang
from app.lessons.search.entry import Entry, Findable, entries_of
from app.lessons.search.index import Search, build
from app.site import Site


@pytest.fixture(scope="session")
def made() -> Site:
    return Site()


@pytest.fixture(scope="session")
def entries(made: Site) -> Mapping[Lang, tuple[Entry, ...]]:
    parts = Findable(made.lessons, made.rooms, made.bank, made.interviews, made.terms)
    return {lang: entries_of(parts, lang) for lang in LANGUAGES}


@pytest.fixture(scope="session")
def search(
    made: Site, entries: Mapping[Lang, tuple[Entry, ...]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Search]:
    path = tmp_path_factory.mktemp("search") / "index"
    build(path, entries, made.terms)
    search = Search(path)
    yield search
    search.close()
