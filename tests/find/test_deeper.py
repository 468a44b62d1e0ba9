"""Pages that go deeper than a lesson: what is told of a mistake, and where a reader meets them."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.check import Bench, check_subject
from app.content.deeper import FOLDER, deeper_ids, section_address
from app.content.error import Mistakes
from app.content.language import LANGUAGES, Lang
from app.content.lesson import Lesson
from app.place import CONTENT
from app.site import Site
from tests.written import known_lessons

SUBJECT, PAGE = "03-pod-networking", "network-policy"
PIECES = [piece for lesson in known_lessons() for piece in lesson.pieces]
each_language = pytest.mark.parametrize("lang", LANGUAGES)
each_piece = pytest.mark.parametrize("piece", PIECES, ids=lambda piece: f"{piece.slug}/{piece.piece}")


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench(Mistakes())


@pytest.fixture
def subject(tmp_path: Path) -> Path:
    folder = tmp_path / "content" / SUBJECT
    shutil.copytree(CONTENT / SUBJECT, folder)
    return folder


def told(bench: Bench, folder: Path) -> list[str]:
    """What is told of a subject: file and message."""
    mistakes = Mistakes()
    check_subject(bench, folder, mistakes)
    return [f"{error.path.name}: {error.message}" for error in mistakes]


def changed(path: Path, change: Callable[[str], str]) -> None:
    before = path.read_text(encoding="utf-8")
    path.write_text(after := change(before), encoding="utf-8")
    assert after != before


def english(subject: Path) -> Path:
    return subject / FOLDER / f"{PAGE}.en.md"


def test_the_subject_is_in_order_as_it_stands(bench: Bench, subject: Path) -> None:
    assert told(bench, subject) == []


def test_a_page_without_its_twin_is_told(bench: Bench, subject: Path) -> None:
    (subject / FOLDER / f"{PAGE}.zh.md").unlink()

    assert f"{PAGE}.zh.md: this language of the page is missing" in told(bench, subject)


def test_a_file_that_is_no_page_is_told(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "draft.md").write_text("")
    mistakes = Mistakes()

    assert deeper_ids(tmp_path, mistakes) == ()
    assert [error.message for error in mistakes] == ["this is no page that goes deeper"]


def test_a_page_that_nobody_asks_about_is_told(bench: Bench, subject: Path) -> None:
    changed(subject / "quiz.yaml", lambda text: text.replace(f"section: deeper/{PAGE}", "section: follow-ups"))

    assert f"{PAGE}.en.md: no question is asked about deeper/{PAGE}" in told(bench, subject)


def test_a_question_about_a_page_that_is_none_is_told(bench: Bench, subject: Path) -> None:
    changed(subject / "quiz.yaml", lambda text: text.replace(f"section: deeper/{PAGE}", "section: deeper/no-page", 1))

    assert "quiz.yaml: section: deeper/no-page is no heading of the lesson" in told(bench, subject)


def test_what_opens_a_lesson_does_not_stand_in_a_page(bench: Bench, subject: Path) -> None:
    for lang in LANGUAGES:
        changed(subject / FOLDER / f"{PAGE}.{lang}.md", lambda text: f"{text}\n::: claims\n:::\n")

    assert f"{PAGE}.en.md: ::: claims on a page that goes deeper" in told(bench, subject)


def test_a_page_is_as_long_as_one_idea_takes(bench: Bench, subject: Path) -> None:
    changed(english(subject), lambda text: text + "\nword" * 900)

    assert any(re.match(rf"{PAGE}\.en\.md: the page has 1,\d\d\d words", each) for each in told(bench, subject))


def test_both_languages_of_a_page_have_one_shape(bench: Bench, subject: Path) -> None:
    changed(english(subject), lambda text: text.replace("{#port}", "{#ports}"))

    assert f"{PAGE}.zh.md: a heading differs: port here, ports in {PAGE}.en.md (its line {{}})" in [
        re.sub(r"line \d+", "line {}", each) for each in told(bench, subject)
    ]


def test_what_a_page_cites_it_lists(bench: Bench, subject: Path) -> None:
    changed(english(subject), lambda text: text.replace("policy-types, ", "", 1))

    assert f"{PAGE}.en.md: cited but not listed: policy-types" in told(bench, subject)


def test_a_bold_word_of_a_page_is_a_term(bench: Bench, subject: Path) -> None:
    changed(english(subject), lambda text: text.replace("*isolated*", "**fenced off**"))

    assert f"{PAGE}.en.md: bold “fenced off” is no explained term" in told(bench, subject)


def test_a_figure_and_a_file_of_a_page_are_used(bench: Bench, subject: Path) -> None:
    for lang in LANGUAGES:
        path = subject / FOLDER / f"{PAGE}.{lang}.md"
        changed(path, lambda text: re.sub(r"::: (figure policy-isolates|file policy.yaml)\n(.*\n)?:::\n", "", text))

    found = told(bench, subject)
    assert "policy-isolates.svg: no lesson shows this figure" in found
    assert "policy.yaml: nothing names this file of the example" in found


# Where they are met


@each_language
@each_piece
def test_each_page_is_found_from_everywhere(site: TestClient, lang: Lang, piece: Lesson) -> None:
    address = section_address(lang, piece.slug, piece.section)
    page = site.get(address)
    lesson = site.get(f"/{lang}/lessons/{piece.slug}").text

    assert page.status_code == 200
    assert f"<h1>{piece.title(lang)}</h1>" in page.text.replace('<span class="nb">', "").replace("</span>", "")
    assert f'<a href="/{lang}/lessons/{piece.slug}">' in page.text
    assert f'<a href="{address}">' in lesson
    assert site.get(f"{address}.md").text.startswith(f"# {piece.title(lang)}\n")
    assert f"{address}.md)" in site.get("/llms.txt").text
    assert f"/{lang}{address[3:]}</loc>" in site.get("/sitemap.xml").text


@each_piece
def test_each_page_asks_and_its_questions_lead_to_it(made: Site, piece: Lesson) -> None:
    asked = [each for each in made.bank.by_slug[piece.slug].questions if each.section == piece.section]
    shown = {part.argument for part in piece.texts["en"].parts if part.name == "question"}

    assert shown & {each.id for each in asked}


@each_language
def test_search_finds_a_page_by_its_title(site: TestClient, lang: Lang) -> None:
    piece = next(piece for piece in PIECES if piece.piece == PAGE)

    found = site.get(f"/{lang}/search", params={"q": "NetworkPolicy"}).text

    assert section_address(lang, piece.slug, piece.section) in found


def test_an_address_of_a_section_leads_where_it_stands() -> None:
    assert section_address("en", "etcd", "") == "/en/lessons/etcd"
    assert section_address("en", "etcd", "quorum") == "/en/lessons/etcd#quorum"
    assert section_address("zh", "etcd", "deeper/restore") == "/zh/lessons/etcd/restore"
