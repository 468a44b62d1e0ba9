"""Prepared pages are kept between starts, and drawn anew when anything that we wrote has changed."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment

from app.site import Site, quiz_of
from app.store.store import open_store
from app.web.laid import LONG, Laid
from app.web.page import Prepared, prepare
from app.web.shelf import Later, Shelf, compiled_templates, digest_of
from tests.conftest import ROOT


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


class Long:
    """Makes a page that is long enough to lie apart."""

    drawn = 0

    def __call__(self) -> dict[str, Prepared]:
        self.drawn += 1
        return {"/": prepare("page " * LONG)}


def test_what_is_long_stays_in_the_file_and_is_the_same(tmp_path: Path) -> None:
    made = Long()
    first = Shelf(tmp_path, "a").kept("pages", dict, made, apart=True)
    second = Shelf(tmp_path, "a").kept("pages", dict, made, apart=True)

    assert first == second == made()
    assert {type(page.identity) for page in (first["/"], second["/"])} == {Laid}
    assert len(first["/"].identity) == 5 * LONG
    assert made.drawn == 2


def test_equal_bytes_lie_in_the_file_once(tmp_path: Path) -> None:
    Shelf(tmp_path, "a").kept("pages", list, lambda: [bytes(100_000), bytes(100_000)], apart=True)

    assert (tmp_path / "pages-a.pickle").stat().st_size < 101_000


def test_a_file_that_was_cut_off_anywhere_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "pages-a.pickle"
    Shelf(tmp_path, "a").kept("pages", dict, Long(), apart=True)
    whole = path.read_bytes()

    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        made = Long()
        assert Shelf(tmp_path, "a").kept("pages", dict, made, apart=True)["/"] == made()["/"], length
        assert made.drawn == 2, length
    assert path.read_bytes() == whole


def test_pages_are_read_on_when_the_file_is_gone(tmp_path: Path) -> None:
    page = Shelf(tmp_path, "a").kept("pages", dict, Long(), apart=True)["/"]
    Shelf(tmp_path, "b").kept("pages", dict, Long(), apart=True)

    assert [path.name for path in tmp_path.iterdir()] == ["pages-b.pickle"]
    assert bytes(page.identity) == b"page " * LONG


def test_two_processes_read_one_file(tmp_path: Path) -> None:
    Shelf(tmp_path, "a").kept("pages", dict, Long(), apart=True)
    read = (
        "from pathlib import Path; from app.web.shelf import Shelf; import sys;"
        "page = Shelf(Path(sys.argv[1]), 'a').kept('pages', dict, dict, apart=True)['/'];"
        "sys.stdout.buffer.write(bytes(page.identity))"
    )
    workers = [
        subprocess.Popen([sys.executable, "-c", read, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE) for _ in "ab"
    ]

    assert [worker.communicate(timeout=60)[0] for worker in workers] == [b"page " * LONG] * 2


APART = """
import os, sys
from pathlib import Path

import app.site as module

class Drawing:
    def __init__(self, content, public_url):
        self.drawn = public_url

    def pages(self, quiz):
        module.Shelf(module.SHELF, module.digest_of([])).kept("pages", dict, lambda: {"by": os.getpid()})

    def search(self):
        raise ValueError("a mistake")

module.SHELF, module.Site, module.quiz_of, module.digest_of = Path(sys.argv[1]), Drawing, lambda *_: None, lambda _: "a"
for _ in range(2):
    module.draw_apart()
    print(module.Shelf(module.SHELF, "a").kept("pages", dict, dict).get("by") not in (None, os.getpid()))
"""


def test_what_is_missing_is_drawn_by_a_process_that_ends(tmp_path: Path) -> None:
    """Once, and a mistake is told by whoever makes the site, not by that process."""
    drawn = subprocess.run(
        [sys.executable, "-c", APART, str(tmp_path / "shelf")], cwd=ROOT, capture_output=True, check=True, text=True
    )

    assert (drawn.stdout, drawn.stderr) == ("True\nTrue\n", "")


def test_where_nothing_can_be_kept_nothing_is_drawn_apart(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    drawn = subprocess.run(
        [sys.executable, "-c", APART, str(tmp_path / "file")], cwd=ROOT, capture_output=True, check=True, text=True
    )

    assert drawn.stdout == "False\nFalse\n"


def test_what_is_seldom_asked_for_comes_off_the_shelf_when_it_is(tmp_path: Path) -> None:
    Shelf(tmp_path, "a").kept("told", Later, lambda: Later(["lesson"] * LONG), apart=True)
    later = Shelf(tmp_path, "a").kept("told", Later, lambda: Later(["other"]), apart=True)

    assert later._made is None
    assert later.get() == ["lesson"] * LONG
    assert later.get() is later.get()
    assert pickle.loads(pickle.dumps(later)).get() == later.get()


def text_file(path: Path) -> None:
    path.write_text("whole")


def is_whole(path: Path) -> bool:
    return path.exists() and path.read_text() == "whole"


def test_a_file_is_kept_until_it_is_not_whole_or_its_state_has_changed(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, "a")
    path = shelf.file("search", text_file, is_whole)

    assert shelf.file("search", lambda _: pytest.fail("makes it again"), is_whole) == path
    path.write_text("who")
    assert is_whole(shelf.file("search", text_file, is_whole))
    Shelf(tmp_path, "b").file("search", text_file, is_whole)
    assert [each.name for each in tmp_path.iterdir()] == ["search-b.file"]


def test_a_file_that_cannot_be_kept_ends_with_the_site(tmp_path: Path) -> None:
    (tmp_path / "shelf").write_text("a file where the folder should be")
    shelf = Shelf(tmp_path / "shelf", "a")
    path = shelf.file("search", text_file, is_whole)

    assert is_whole(path)
    del shelf
    assert not path.parent.exists()


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


def test_the_pages_of_each_address_are_kept_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They say by which one readers reach the site."""
    monkeypatch.setattr(Site, "_drawn", lambda site, *_: {"/": prepare(site.public_url)})
    addresses = ("", "https://a.example", "https://b.example")

    def drawn(address: str) -> bytes:
        site = Site(public_url=address)
        monkeypatch.setattr(site, "_shelf", Shelf(tmp_path, "state"))
        with open_store("sqlite://") as store:
            return bytes(site.pages(quiz_of(site, store))["/"].identity)

    assert [drawn(address) for address in (*addresses, *addresses)] == [each.encode() for each in (*addresses,) * 2]
