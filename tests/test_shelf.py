"""Prepared pages are kept between starts, and drawn anew when anything that we wrote has changed."""

import os
from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment

from app.site import Site, quiz_of
from app.store.store import open_store
from app.web.page import Prepared, prepare
from app.web.shelf import Shelf, compiled_templates, digest_of


class Painter:
    """Draws a page and counts how often."""

    def __init__(self) -> None:
        self.drawn = 0

    def __call__(self) -> dict[str, Prepared]:
        self.drawn += 1
        return {"/": prepare("page")}


def test_the_same_state_is_drawn_once(tmp_path: Path) -> None:
    painter = Painter()

    first = Shelf(tmp_path / "shelf", "a").kept("pages", dict, painter)
    second = Shelf(tmp_path / "shelf", "a").kept("pages", dict, painter)

    assert first == second
    assert painter.drawn == 1


def test_a_check_draws_anew_and_keeps_what_it_drew(tmp_path: Path) -> None:
    painter = Painter()
    Shelf(tmp_path, "a").kept("pages", dict, painter)

    Shelf(tmp_path, "a", anew=True).kept("pages", dict, painter)
    Shelf(tmp_path, "a").kept("pages", dict, painter)

    assert painter.drawn == 2


def test_compiled_templates_are_kept_where_the_shelf_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file where the folder should be")
    compiled = compiled_templates(tmp_path / "shelf")
    loader = DictLoader({"page": "{{ 1 + 1 }}"})

    assert Environment(loader=loader, autoescape=True, bytecode_cache=compiled).get_template("page").render() == "2"
    assert list((tmp_path / "shelf" / "templates").iterdir())
    assert compiled_templates(tmp_path / "file") is None


def test_another_state_is_drawn_anew_and_the_old_one_is_thrown_away(tmp_path: Path) -> None:
    painter = Painter()
    Shelf(tmp_path, "a").kept("pages", dict, painter)

    Shelf(tmp_path, "b").kept("pages", dict, painter)

    assert painter.drawn == 2
    assert [path.name for path in tmp_path.iterdir()] == ["pages-b.pickle"]


def test_what_was_there_in_another_state_can_be_compared_with(tmp_path: Path) -> None:
    Shelf(tmp_path, "a").kept("pages", dict, Painter())

    before = Shelf(tmp_path, "b", anew=True).before("pages", dict)

    assert before == {"/": prepare("page")}
    assert Shelf(tmp_path, "b").before("pages", Site) is None
    assert Shelf(tmp_path / "none", "b").before("pages", dict) is None


def test_what_is_known_is_not_compressed_again() -> None:
    etag = prepare("page").etag
    known = {(etag, 5): (b"gzip", b"brotli")}

    page = prepare("page", quality=5, known=known)

    assert (page.gzip, page.brotli, page.identity, page.etag) == (b"gzip", b"brotli", b"page", etag)
    assert prepare("page", quality=11, known=known).brotli != b"brotli"
    assert prepare("other", quality=5, known=known).brotli != b"brotli"


@pytest.mark.parametrize("rubbish", [b"", b"rubbish", b"\x80\x04K\x01."], ids=["empty", "rubbish", "a-number"])
def test_a_broken_file_is_done_without(tmp_path: Path, rubbish: bytes) -> None:
    painter = Painter()
    (tmp_path / "pages-a.pickle").write_bytes(rubbish)

    assert Shelf(tmp_path, "a").kept("pages", dict, painter)["/"].identity == b"page"
    assert painter.drawn == 1


def test_a_shelf_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "shelf").write_text("a file where the folder should be")

    assert Shelf(tmp_path / "shelf", "a").kept("pages", dict, Painter())["/"].identity == b"page"


def test_a_changed_file_changes_the_digest(tmp_path: Path) -> None:
    (tmp_path / "lesson.md").write_text("one")
    before = digest_of([tmp_path])

    os.utime(tmp_path / "lesson.md", ns=(1, 1))

    assert digest_of([tmp_path]) != before
    assert digest_of([tmp_path]) == digest_of([tmp_path])


def test_a_start_from_the_shelf_compresses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Style sheets and scripts were compressed as well as can be at every start, which took half of it."""

    def made() -> tuple[Site, dict[str, Prepared]]:
        site = Site()
        with open_store("sqlite://") as store:
            return site, site.pages(quiz_of(site, store))

    first, pages = made()
    monkeypatch.setattr("app.web.page.brotli.compress", lambda *_, **__: pytest.fail("compresses"))
    monkeypatch.setattr("app.web.page.gzip.compress", lambda *_, **__: pytest.fail("compresses"))

    again, pages_again = made()

    assert again.assets.url("css/site.css") == first.assets.url("css/site.css")
    assert pages_again[again.assets.url("css/site.css")] == pages[first.assets.url("css/site.css")]
