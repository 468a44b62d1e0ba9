"""The static copy: every link leads to a file and a place in it, nothing needs a server, and a browser opens it."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser, sync_playwright

from app.content.language import LANGUAGES
from app.drawn import copied
from app.kube.frame import Sequence
from app.lessons.export import MARKER, NotEmpty, Source, export
from app.site import Site, quiz_of
from app.store.store import open_store
from tests.browser.conftest import FLAGS
from tests.conftest import find_browser

_LINK = re.compile(r'\s(?:href|src)="([^"]+)"')
_ID = re.compile(r'\sid="([^"]+)"')


@pytest.fixture(scope="module")
def source(made: Site) -> Iterator[Source]:
    with open_store("sqlite://") as store:
        yield copied(made, quiz_of(made, store))


@pytest.fixture(scope="module")
def copy(source: Source, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copy")
    export(source, folder)
    return folder


def test_every_link_leads_to_a_file_and_a_place_in_it(copy: Path) -> None:
    pages = {path: path.read_text(encoding="utf-8") for path in copy.rglob("*.html")}
    ids = {path: set(_ID.findall(text)) for path, text in pages.items()}
    lost = []
    for path, text in pages.items():
        for link in map(unescape, _LINK.findall(text)):
            if link.startswith(("https://", "data:")):
                continue
            page, _, place = link.partition("#")
            target = (path.parent / unquote(page)).resolve() if page else path
            if not target.is_file() or (place and target in ids and unquote(place) not in ids[target]):
                lost.append(f"{path.relative_to(copy)}: {link}")

    assert len(pages) > 400
    assert lost == []


def test_nothing_asks_a_server(copy: Path) -> None:
    for path in copy.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r'\shx-[a-z]+=|<form(?! class="search-form")|\s(?:href|src|action)="/', text), path


def test_every_kind_of_page_is_there(copy: Path, made: Site) -> None:
    for lang in LANGUAGES:
        for lesson in made.lessons:
            for place in ("lessons/{}.html", "lessons/{}.md", "cheat/{}.html", "quiz/{}.html"):
                assert (copy / lang / place.format(lesson.slug)).is_file()
        for room in made.rooms.values():
            for example in room.widget.examples:
                assert (copy / lang / "widgets" / room.slug / f"{example.name}.html").is_file()


def test_a_preset_leads_to_its_page(copy: Path) -> None:
    page = (copy / "en" / "widgets" / "oom-score.html").read_text(encoding="utf-8")

    assert 'href="oom-score/sidecar.html"' in page


def test_a_sequence_stands_as_all_of_its_steps(copy: Path, made: Site) -> None:
    """Each example's page has a picture and a sentence of every step, and no control that would do nothing."""
    sequences = [room for room in made.rooms.values() if room.widget.kind == "sequence"]
    wrong = []
    for room in sequences:
        for example in room.widget.examples:
            told = room.run(room.inputs(example))
            assert isinstance(told, Sequence)
            steps = [str(frame.step) for frame in told.frames]
            for lang in LANGUAGES:
                page = (copy / lang / "widgets" / room.slug / f"{example.name}.html").read_text(encoding="utf-8")
                boards = re.findall(rf'<li id="w-{room.slug}-board-(\d+)">\s*<svg class="drawing.*?<p><b', page, re.S)
                wrong += [] if boards == steps else [(lang, room.slug, example.name, boards)]
                wrong += re.findall(r"<(?:select|input|button)\b[^>]*>", page.partition("<main")[2])

    assert len(sequences) > 5
    assert wrong == []


def test_a_step_that_a_lesson_speaks_of_leads_to_its_picture(copy: Path) -> None:
    page = (copy / "en" / "lessons" / "pod-creation.html").read_text(encoding="utf-8")
    links = re.findall(r'href="(\.\./widgets/pod-birth/[\w-]+\.html#w-pod-birth-board-\d+)"', page)

    assert len(links) > 5


def test_the_copy_stays_small(copy: Path) -> None:
    """All of it below 40 MB, and no page of a model above 150 kB."""
    sizes = {path: path.stat().st_size for path in copy.rglob("*") if path.is_file()}

    assert sum(sizes.values()) < 40_000_000
    assert {path: size for path, size in sizes.items() if "widgets" in path.parts and size > 150_000} == {}


def test_a_quiz_answers_when_it_is_unfolded(copy: Path, made: Site) -> None:
    page = (copy / "en" / "quiz" / "etcd.html").read_text(encoding="utf-8")

    questions = made.bank.by_slug["etcd"].questions
    assert page.count("<details>") == len(questions)
    assert all(f'id="{question.id}"' in page for question in questions)


def test_the_copy_says_what_it_is(copy: Path) -> None:
    assert "podscope serve" in (copy / "en" / "widgets" / "quorum.html").read_text(encoding="utf-8")


def test_a_folder_with_something_else_is_refused(source: Source, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x", encoding="utf-8")

    with pytest.raises(NotEmpty):
        export(source, tmp_path)
    (tmp_path / MARKER).write_text("", encoding="utf-8")
    assert export(source, tmp_path) > 400


def test_it_opens_from_a_folder(copy: Path) -> None:
    """In a thread of its own: the one of the browser tests has a Playwright already."""

    def opened() -> None:
        with sync_playwright() as playwright:
            running = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
            look_around(copy, running)
            running.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(opened).result()


def look_around(copy: Path, browser: Browser) -> None:
    page = browser.new_page()
    trouble: list[str] = []
    page.on("console", lambda message: trouble.extend([message.text] if message.type == "error" else []))
    page.on("pageerror", lambda error: trouble.extend([] if "Transition was" in str(error) else [str(error)]))

    page.goto((copy / "index.html").as_uri())
    page.click("text=English")
    page.click("text=What happens inside etcd when you write a key?")
    styled = page.locator("h1").evaluate("heading => getComputedStyle(heading).fontWeight")
    page.click("header >> text=Search")
    page.fill("#q", "quorum")
    first = page.locator(".results a").first
    title = first.inner_text()
    first.click()

    assert styled == "600"
    assert title == "quorum"
    assert page.url.endswith("en/glossary.html#quorum")
    page.goto((copy / "zh" / "search.html").as_uri())
    page.fill("#q", "法定人数")
    assert page.locator(".results li").count() > 3
    assert trouble == []
