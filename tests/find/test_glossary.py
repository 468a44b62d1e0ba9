"""The glossary: entries that are whole, mistakes that are told, and terms explained where a lesson names them first."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from markupsafe import Markup
from starlette.testclient import TestClient

from app.content.entry import Text
from app.content.error import ContentError
from app.content.language import LANGUAGES, Lang
from app.content.terms import Term, load_terms
from app.lessons.glossary import explained, mistaken, named_sources
from app.lessons.mention import explain_mentions
from app.place import CONTENT
from app.site import Site

POD = Term("pod", "Pod", "Pod", {"en": (), "zh": ()}, means=Text("It runs.", "运行。"))
NODE = Term("node", "node", "节点", {"en": (), "zh": ()}, means=Text("A machine.", "机器。"))
LEASE = Term("node-lease", "node Lease", "节点租约", {"en": (), "zh": ()}, means=Text("A sign.", "心跳。"))
WHOLE = """
{id}:
  en: drain
  zh: 排空
  means: {{en: "Moves all Pods of a node away.", zh: "把节点上的 Pod 全部移走。"}}
  sources: [components/nodes-doc]
"""


def draw(term: Term, word: str) -> Markup:
    return Markup(f"<{term.id}>{word}</{term.id}>")


def told(text: str, lang: Lang = "en", terms: tuple[Term, ...] = (POD, NODE, LEASE)) -> str:
    return explain_mentions(Markup(text), lang, terms, draw)


# In a lesson


@pytest.mark.parametrize(
    ("text", "lang", "drawn"),
    [
        ("<p>A Pod and a Pod</p>", "en", "<p>A <pod>Pod</pod> and a Pod</p>"),
        ("<p>Pods on nodes</p>", "en", "<p><pod>Pods</pod> on <node>nodes</node></p>"),
        ("<p>Nodes</p>", "en", "<p><node>Nodes</node></p>"),
        ("<p>the node Lease</p>", "en", "<p>the <node-lease>node Lease</node-lease></p>"),
        ("<p>podcast, pod/web, /nodes, node_exporter</p>", "en", "<p>podcast, pod/web, /nodes, node_exporter</p>"),
        ("<p>节点租约在节点上</p>", "zh", "<p><node-lease>节点租约</node-lease>在<node>节点</node>上</p>"),
        ("<ul><li>a <em>node</em></li></ul>", "en", "<ul><li>a <em><node>node</node></em></li></ul>"),
    ],
)
def test_the_first_mention_is_drawn(text: str, lang: Lang, drawn: str) -> None:
    assert told(text, lang) == drawn


@pytest.mark.parametrize(
    ("text", "lang", "drawn"),
    [
        ("<p>Nodes.</p>", "en", '<p><span class="with-marks"><node>Nodes</node>.</span></p>'),
        ("<p>a (Pod), b</p>", "en", '<p>a <span class="with-marks">(<pod>Pod</pod>),</span> b</p>'),
        ("<p>在“节点”上</p>", "zh", '<p>在<span class="with-marks">“<node>节点</node>”</span>上</p>'),
        (
            "<p>叫<dfn title='t'>节点</dfn>。</p>",
            "zh",
            '<p>叫<span class="with-marks"><dfn><node>节点</node></dfn>。</span></p>',
        ),
        ("<p>节点（一台）</p>", "zh", "<p><node>节点</node>（一台）</p>"),
    ],
)
def test_a_mark_stays_on_the_line_of_its_word(text: str, lang: Lang, drawn: str) -> None:
    assert told(text, lang) == drawn


@pytest.mark.parametrize("lang", LANGUAGES)
def test_in_no_lesson_a_line_can_begin_with_the_mark_behind_a_term(site: TestClient, lang: Lang) -> None:
    loose = re.compile(r"</a></span>(?:</(?:dfn|em|strong|b)>)?[，。、；：？！）”’》」』,.;:?!)\]]")
    for path in (f"/{lang}/lessons/{folder.name[3:]}" for folder in CONTENT.iterdir() if folder.is_dir()):
        page = re.sub(r'<span class="with-marks">.*?</a></span>(?:</(?:dfn|em)>)?\S', "", site.get(path).text)
        assert not loose.search(page), (path, loose.findall(page))


@pytest.mark.parametrize(
    "text",
    [
        "<h2>Pod</h2>",
        "<p><code>Pod</code></p>",
        "<p><a href='#'>Pod</a></p>",
        "<table><tr><td>Pod</td></tr></table>",
        "<figure><svg><text>Pod</text></svg></figure>",
        '<section class="question"><p>Pod</p></section>',
        '<div class="widget calc"><p>Pod</p></div>',
        "<pre><code>Pod</code></pre>",
        "Pod",
    ],
)
def test_elsewhere_nothing_is_drawn(text: str) -> None:
    assert told(text) == text


def test_after_what_is_no_prose_it_goes_on() -> None:
    assert told("<h2>Pod</h2><br><p><input>a Pod</p>") == "<h2>Pod</h2><br><p><input>a <pod>Pod</pod></p>"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_lesson_explains_each_term_once(site: TestClient, lang: Lang) -> None:
    for path in (f"/{lang}/lessons/{folder.name[3:]}" for folder in CONTENT.iterdir() if folder.is_dir()):
        page = site.get(path).text
        buttons = re.findall(r'popovertarget="(term-[a-z0-9-]+)"', page)
        assert len(buttons) > 5, path
        assert len(buttons) == len(set(buttons)), path
        assert all(page.count(f'id="{button}" popover') == 1 for button in buttons)
        assert f'href="/{lang}/glossary#{buttons[0].removeprefix("term-")}"' in page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_word_that_means_something_else_is_not_explained(site: TestClient, made: Site, lang: Lang) -> None:
    for term in made.terms:
        for slug in term.apart:
            assert f'popovertarget="term-{term.id}"' not in site.get(f"/{lang}/lessons/{slug}").text, (term.id, slug)


@pytest.mark.parametrize(
    ("slug", "id_", "is_explained"),
    [
        ("pod-creation", "manifest", True),
        ("oom-and-qos", "manifest", True),
        ("multi-arch-images", "manifest", False),
        ("multi-arch-images", "image-manifest", True),
        ("pod-creation", "image-manifest", False),
        ("components", "image-manifest", False),
        ("etcd", "image-index", False),
        ("scheduler", "image-manifest", False),
    ],
)
def test_a_manifest_of_yaml_is_not_one_of_an_image(site: TestClient, slug: str, id_: str, is_explained: bool) -> None:
    assert (f'id="term-{id_}"' in site.get(f"/en/lessons/{slug}").text) == is_explained


# The page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_has_every_term_with_source_and_place(site: TestClient, made: Site, lang: Lang) -> None:
    page = site.get(f"/{lang}/glossary").text

    entries = explained(made.terms, made.lessons)
    assert len(entries) > 40
    for entry in entries:
        part = page.partition(f'<div id="{entry.term.id}">')[2].partition("</div>")[0]
        assert entry.sources or entry.places
        assert all(Markup.escape(source.title) in part for source in entry.sources)
        assert all(f'href="{place.url(lang)}"' in part for place in entry.places)
    assert sum(bool(entry.places) for entry in entries) > 40


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_word_of_several_fields_is_explained_where_it_means_that(site: TestClient, lang: Lang) -> None:
    """The index of etcd's log is no image index, and what it counts with is no metric."""
    log, images = (site.get(f"/{lang}/lessons/{slug}").text for slug in ("etcd", "multi-arch-images"))

    assert 'id="term-image-index"' in images
    assert 'id="term-image-index"' not in log
    assert 'id="term-counter"' not in log
    assert 'id="term-raft-leader"' in log


def test_versions_are_named(site: TestClient) -> None:
    page = site.get("/en/glossary").text

    assert "until Kubernetes 1.23" in page.partition('id="dockershim"')[2].partition("</dt>")[0]
    assert "since Kubernetes 1.29" in page.partition('id="sidecar"')[2].partition("</dt>")[0]


def test_where_nothing_is_said_the_section_is_found(made: Site) -> None:
    [entry] = explained((replace(POD, en="ReplicaSet", zh="ReplicaSet"),), made.lessons)

    assert [(place.lesson.slug, place.section) for place in entry.places] == [
        ("deployment-creation", "who-creates-the-replicaset")
    ]


# What is wrong


def test_the_list_is_in_order(made: Site) -> None:
    assert [str(error) for error in mistaken(CONTENT / "terms.yaml", made.terms, made.lessons)] == []


@pytest.mark.parametrize(
    ("term", "said"),
    [
        (replace(POD, sources=("components/nowhere",)), "no source components/nowhere"),
        (replace(POD, sources=("nowhere/x",)), "no source nowhere/x"),
        (replace(POD, apart=("nowhere",)), "no subject nowhere"),
        (replace(POD, taught=("components#nowhere",)), "no lesson teaches it at components#nowhere"),
        (replace(POD, means=Text("x", "由调度程序处理")), "“调度程序” stands for scheduler"),
        (replace(POD, en="Scheduler"), "“Scheduler” is a word of scheduler already"),
    ],
)
def test_a_mistake_of_a_term_is_told(made: Site, term: Term, said: str) -> None:
    scheduler = next(each for each in made.terms if each.id == "scheduler")

    errors = list(mistaken(Path("terms.yaml"), (scheduler, term), made.lessons))

    assert len(errors) == 1
    assert said in errors[0].message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("  sources: [a/b]\n  since: soon\n", "soon is no version"),
        ("  until: 1\n", "1 is no version"),
        ("  also: {de: [x]}\n", "de: is not known here"),
        ("  meaning: x\n", "meaning: is not known here"),
        ("  never: {zh: [排空]}\n", "排空 is forbidden as well"),
    ],
)
def test_a_wrong_field_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "terms.yaml"
    whole = WHOLE.format(id="drain").replace("  sources: [components/nodes-doc]\n", "") if "sources" in text else ""
    path.write_text((whole or WHOLE.format(id="drain")) + text, encoding="utf-8")

    with pytest.raises(ContentError, match=said) as caught:
        load_terms(path)

    assert caught.value.line > 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (WHOLE.format(id="Drain It"), "is no id"),
        (WHOLE.format(id="drain").replace("  sources: [components/nodes-doc]\n", ""), "sources is missing"),
        (WHOLE.format(id="drain").replace("Moves all Pods of a node away.", "Moves."), "has 6 characters"),
        ("drain: {en: drain, zh: 排空, since: '1.5'}\n", "stands at a term without means"),
    ],
)
def test_what_is_missing_is_told(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "terms.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ContentError, match=said):
        load_terms(path)


def test_the_manual_shows_a_term_that_is_taken(tmp_path: Path) -> None:
    manual = (Path(__file__).parents[2] / "docs" / "authoring.md").read_text(encoding="utf-8")
    path = tmp_path / "terms.yaml"
    path.write_text(manual.partition("## A term")[2].partition("```yaml\n")[2].partition("```")[0], encoding="utf-8")

    [term] = load_terms(path)

    assert (term.id, term.since, bool(term.means)) == ("node-lease", "1.14", True)


def test_a_source_that_a_term_names_is_not_idle() -> None:
    assert named_sources((replace(POD, sources=("etcd/faq", "components/cri")),), "etcd") == {"faq"}


def test_what_stands_in_a_row_has_a_space_between(site: TestClient) -> None:
    page = site.get("/en/glossary").text

    assert "Taught in <a" in page
    assert "Source: <a" in page
    assert not re.search(r"[,;:·]<a|Taught in<a", page)
