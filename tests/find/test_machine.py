"""What programs read: feeds, sitemap, data of pages, lessons as Markdown, OpenSearch, citations."""

import json
import re
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from starlette.testclient import TestClient

from app.content.error import ContentError
from app.content.language import LANGUAGES, Lang
from app.content.news import dates_of, load_news
from app.lessons.markdown_page import to_plain_markdown
from app.place import CONTENT
from tests.conftest import ROOT
from tests.written import known_lessons

ATOM = {"a": "http://www.w3.org/2005/Atom"}
LESSONS = [lesson.slug for lesson in known_lessons()]
each_lesson = pytest.mark.parametrize("slug", LESSONS)
each_language = pytest.mark.parametrize("lang", LANGUAGES)
NEWS = """
- id: {id}
  date: "{day}"
  title: {{en: "New", zh: "新"}}
  text: {{en: "A thing.", zh: "一件事。"}}
  pages: [/lessons/etcd]
"""


# Feeds and dates


@each_language
def test_the_feed_is_whole(site: TestClient, lang: Lang) -> None:
    answer = site.get(f"/feed.{lang}.xml")
    feed = ElementTree.fromstring(answer.content)

    assert answer.headers["content-type"].startswith("application/atom+xml")
    for name in ("id", "title", "updated", "author/a:name"):
        assert feed.findtext(f"a:{name}", namespaces=ATOM)
    entries = feed.findall("a:entry", ATOM)
    assert len(entries) == len(load_news(CONTENT / "news.yaml"))
    ids = [entry.findtext("a:id", namespaces=ATOM) for entry in entries]
    assert len(set(ids)) == len(ids)
    for entry in entries:
        link = entry.find("a:link", ATOM)
        assert link is not None
        assert site.get(link.attrib["href"].removeprefix("http://testserver")).status_code == 200
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00Z", entry.findtext("a:updated", "", ATOM))


def test_every_page_names_the_feed_and_the_search(site: TestClient) -> None:
    for path in ("/en/", "/zh/lessons/etcd", "/en/glossary"):
        page = site.get(path).text
        assert f'type="application/atom+xml" title="Podscope" href="/feed.{path[1:3]}.xml"' in page
        assert f'href="/opensearch.{path[1:3]}.xml"' in page


def test_pages_that_news_name_exist(site: TestClient) -> None:
    for page in dates_of(load_news(CONTENT / "news.yaml")):
        assert site.get(f"/en{page}").status_code == 200, page


def test_a_page_has_the_date_of_its_newest_news(tmp_path: Path) -> None:
    path = tmp_path / "news.yaml"
    path.write_text(NEWS.format(id="b", day="2026-02-01") + NEWS.format(id="a", day="2026-01-01"), encoding="utf-8")

    assert dates_of(load_news(path)) == {"/lessons/etcd": date(2026, 2, 1)}


def test_the_sitemap_has_dates_and_no_files(site: TestClient) -> None:
    sitemap = site.get("/sitemap.xml").text

    assert re.search(r"<loc>[^<]+/en/glossary</loc><lastmod>\d{4}-\d\d-\d\d</lastmod>", sitemap)
    assert 'hreflang="x-default"' in sitemap
    assert ".md<" not in sitemap
    assert ".cff<" not in sitemap


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (NEWS.format(id="a", day="soon"), "soon is no date"),
        (NEWS.format(id="a", day="2026-01-01") + NEWS.format(id="b", day="2026-02-01"), "stands behind"),
        (NEWS.format(id="a", day="2026-01-01") * 2, "written twice"),
        (NEWS.format(id="A a", day="2026-01-01"), "is no id"),
    ],
)
def test_wrong_news_are_told(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "news.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ContentError, match=said):
        load_news(path)


# Data of pages


@each_lesson
@each_language
def test_a_lesson_says_what_it_is(site: TestClient, slug: str, lang: Lang) -> None:
    [text] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', site.get(f"/{lang}/lessons/{slug}").text)
    data = json.loads(text)

    assert (data["@type"], data["inLanguage"]) == ("LearningResource", "en" if lang == "en" else "zh-Hans")
    assert re.fullmatch(r"PT\d+M", data["timeRequired"])
    assert data["name"]


def test_a_quiz_says_what_it_is(site: TestClient) -> None:
    [text] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', site.get("/en/quiz/etcd").text)

    assert json.loads(text)["@type"] == "Quiz"
    assert json.loads(text)["numberOfQuestions"] >= 12


# Lessons as files


@each_lesson
@each_language
def test_a_lesson_as_markdown(site: TestClient, slug: str, lang: Lang) -> None:
    answer = site.get(f"/{lang}/lessons/{slug}.md")
    text = answer.text

    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    assert text.startswith("# ")
    assert ":::" not in text
    assert "{#" not in text
    assert re.findall(r"^\[[a-z][a-z0-9.#-]*\] .*", text, re.M) == []
    cited, noted = (
        set(re.findall(r"\[\^([a-z0-9-]+)\](?!:)", text)),
        set(re.findall(r"^\[\^([a-z0-9-]+)\]:", text, re.M)),
    )
    assert cited == noted
    for link in re.findall(r"\]\((/[^)\s]+)\)", text):
        assert site.get(link).status_code == 200, link


def test_marks_become_plain_markdown() -> None:
    text = "## Who? {#who}\n\nSo it is.[since 1.35: copied] [@src] A [link](#who).\n"
    told = to_plain_markdown(text, lambda chip: f" ({chip.kind} {chip.named})")

    assert told == "## Who?\n\nSo it is. (since 1.35)[^src] A [link](#who).\n"


@each_language
def test_markdown_says_what_the_page_says_in_directives(site: TestClient, lang: Lang) -> None:
    """Files of the example, titles of folds, steps without their keys, chips and the table of changes."""
    told = site.get(f"/{lang}/lessons/deployment-creation.md").text
    folds = {"en": "> **What if I scale in the middle?**", "zh": "> **更新到一半扩缩容，会怎样？**"}
    chips = {"en": "are deprecated. (since 1.33)[^", "zh": "已弃用。（1.33 起）[^"}
    changes = {"en": "\n| since 1.33 | the Endpoints API", "zh": "\n| 1.33 起 | Endpoints API"}

    assert "`web.yaml`\n\n````yaml\napiVersion: apps/v1\nkind: Deployment" in told
    assert '````yaml\nspec:\n  hard: {pods: "13"}\n````' in told
    for said in (folds, chips, changes):
        assert said[lang] in told
    assert not re.findall(r"^\[[a-z0-9.#-]+\] ", told, re.M)


@each_lesson
@each_language
def test_the_markdown_tells_each_change_of_the_page(site: TestClient, slug: str, lang: Lang) -> None:
    page = site.get(f"/{lang}/lessons/{slug}").text.replace("\xa0", " ")
    told = site.get(f"/{lang}/lessons/{slug}.md").text
    head = {"en": "| When | What changed |", "zh": "| 版本 | 变化 |"}[lang]
    table = told.partition(f"{head}\n|---|---|\n")[2].partition("\n\n")[0]
    versions = re.findall(r'<a href="#change-\d+">([^<]+)</a>', page)

    assert versions
    assert re.findall(r"^\| (.+?) \|", table, re.M) == versions


@each_language
def test_a_lesson_can_be_cited(site: TestClient, lang: Lang) -> None:
    told = yaml.safe_load(site.get(f"/{lang}/lessons/etcd.cff").text)
    page = site.get(f"/{lang}/lessons/etcd").text

    assert {"cff-version", "message", "title", "authors"} <= set(told)
    assert told["authors"] == [{"name": "The Podscope authors"}]
    assert f'href="/{lang}/lessons/etcd.cff"' in page
    assert f'href="/{lang}/lessons/etcd.md"' in page


def test_the_repository_can_be_cited() -> None:
    told = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))

    assert {"cff-version", "message", "title", "authors"} <= set(told)
    assert told["license"] == "Apache-2.0"


def test_llms_txt_leads_to_every_lesson(site: TestClient) -> None:
    text = site.get("/llms.txt").text

    links = [link.removeprefix("http://testserver") for link in re.findall(r"\]\((http://testserver[^)]+)\)", text)]
    assert text.startswith("# Podscope\n\n> ")
    assert {f"/{lang}/lessons/{slug}.md" for lang in LANGUAGES for slug in LESSONS} <= set(links)
    assert all(site.get(link).status_code == 200 for link in links)


@each_language
def test_a_browser_learns_how_to_search(site: TestClient, lang: Lang) -> None:
    description = ElementTree.fromstring(site.get(f"/opensearch.{lang}.xml").content)
    namespace = "{http://a9.com/-/spec/opensearch/1.1/}"

    [template] = [
        url.attrib["template"] for url in description.iter(f"{namespace}Url") if url.attrib["type"] == "text/html"
    ]
    assert template == f"http://testserver/{lang}/search?q={{searchTerms}}"
    assert len(description.findtext(f"{namespace}ShortName", "")) <= 16


@pytest.mark.parametrize("path", ["/feed.en.xml", "/llms.txt", "/opensearch.zh.xml"])
def test_what_names_the_site_is_kept_by_no_cache(site: TestClient, path: str) -> None:
    assert site.get(path).headers["cache-control"] == "private, no-store"
    assert site.get(path, headers={"host": "evil<example"}).status_code == 404
