"""Lessons: what stops the start and with which words, and what a lesson page shows."""

import json
import re
import shutil
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from markupsafe import Markup
from starlette.testclient import TestClient

from app.content.cheat import load_cheat
from app.content.error import ContentError
from app.content.figure import draw_figure
from app.content.language import LANGUAGES, Lang
from app.content.lesson import Lesson, load_lessons
from app.content.markdown import MarkdownProblem, render_markdown
from app.content.part import split_parts
from app.content.value import read_values
from app.content.words import Words, load_words
from app.lessons.page import Drawing
from app.place import CONTENT
from app.site import Site
from tests.written import known_lessons

HERE = Path("lesson.en.md")
RECORDINGS = Path(__file__).parent / "recordings"
WIDGETS = CONTENT.parent / "app" / "widgets"
LESSONS = known_lessons()
each_lesson = pytest.mark.parametrize("slug", [lesson.slug for lesson in LESSONS])
each_language = pytest.mark.parametrize("lang", LANGUAGES)
NAMED_POD = re.compile(r"(?:\bpod[ /]|\b(?:exec|logs|debug) )([a-z][a-z0-9-]*)")
NAMED_CONTAINER = re.compile(r"(?:-c |--target=)([a-z][a-z0-9-]*)")
UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
OF_CONTAINERS = ("Pulling", "Pulled", "Created", "Started", "Unhealthy", "Killing", "BackOff")


def containers_of(objects: Iterable[Any]) -> dict[str, set[str]]:
    """The names of the containers of each Pod, or of each object that makes Pods of that name."""
    found: dict[str, set[str]] = {}
    for each in objects:
        if not isinstance(each, dict):
            continue
        found |= containers_of(each.get("items", ()))
        spec = each.get("spec") or {}
        spec = (spec.get("template") or {}).get("spec") or spec
        every = [*spec.get("initContainers", ()), *spec.get("containers", ())]
        found.setdefault(each.get("metadata", {}).get("name", ""), set()).update(one["name"] for one in every)
    return found


def parts(text: str) -> list[tuple[str, str, str, int]]:
    return [(part.name, part.argument, part.body, part.line) for part in split_parts(HERE, text, 1)]


def test_text_and_directives_keep_their_order_and_lines() -> None:
    text = "one\n\n::: widget oom-score\nnode_memory: 16Gi\n:::\ntwo\n"

    assert parts(text) == [
        ("text", "", "one\n", 1),
        ("widget", "oom-score", "node_memory: 16Gi", 3),
        ("text", "", "two", 6),
    ]


def test_colons_inside_a_code_fence_are_code() -> None:
    text = "```text\n::: widget x\n```\n"

    assert parts(text) == [("text", "", text.rstrip("\n"), 1)]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a\n::: widget oom-score\nx: 1\n", 2, "never closed"),
        ("::: widget a\n::: aside\n:::\n:::\n", 2, "inside"),
        ("\n\n::: gadget x\n:::\n", 3, "gadget"),
        ("::: widget\n:::\n", 1, "needs an argument"),
        ("::: claims all\n:::\n", 1, "takes no argument"),
        (":::\n", 1, "not a directive"),
        ("::: Widget x\n:::\n", 1, "not a directive"),
    ],
    ids=["unclosed", "nested", "unknown", "no-argument", "an-argument", "closing-alone", "capital"],
)
def test_a_wrong_directive_stops_the_start_with_its_line(text: str, line: int, said: str) -> None:
    with pytest.raises(ContentError, match=re.escape(said)) as caught:
        split_parts(HERE, text, 1)

    assert caught.value.line == line
    assert caught.value.advice


def test_a_heading_needs_an_id() -> None:
    with pytest.raises(MarkdownProblem, match="without an id") as caught:
        render_markdown("text\n\n## No id\n", {}, "scrolls")

    assert caught.value.line == 2


def test_markdown_is_rendered_without_html_of_the_author() -> None:
    drawn = render_markdown("## Why {#why}\n\n<b>x</b> `a<b` [@s] **c**", {"s": (3, "A & B")}, "scrolls")

    assert '<h2 id="why"><a href="#why">Why</a></h2>' in drawn.html
    assert "<b>x" not in drawn.html
    assert '<a href="#source-s" title="A &amp; B">3</a>' in drawn.html
    assert drawn.cited == ("s",)
    assert [heading.text for heading in drawn.headings] == ["Why"]


def test_code_and_tables_that_scroll_can_be_reached_by_keyboard() -> None:
    drawn = render_markdown("```yaml\na: 1\n```\n\n| a | b |\n|--:|---|\n| 1 | 2 |\n", {}, "scrolls")

    assert '<pre class="code" tabindex="0">' in drawn.html
    assert '<div class="scroll" tabindex="0" role="group" aria-label="scrolls">' in drawn.html
    assert "style=" not in drawn.html
    assert 'class="c-' in drawn.html


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """One real subject alone, to be spoiled."""
    shutil.copytree(CONTENT / "04-oom-and-qos", tmp_path / "04-oom-and-qos")
    return tmp_path / "04-oom-and-qos"


def draw(content: Path, site: Site) -> None:
    drawing = Drawing(site.templates, site.rooms, lambda _, question: None if "nowhere" in question else Markup(""))
    for lesson in load_lessons(content, partial(read_values, compute=site.rooms.value)):
        for lang in LANGUAGES:
            drawing.draw(lesson, lang)


@pytest.fixture(scope="module")
def parts_of_site() -> Site:
    return Site()


def test_a_sound_subject_is_drawn(copy: Path, parts_of_site: Site) -> None:
    draw(copy.parent, parts_of_site)


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("lesson.zh.md", "title:", "titel:", "title"),
        ("lesson.en.md", "minutes: ", "minutes: many ", "minutes"),
        ("lesson.en.md", "::: widget oom-badness", "::: widget oom-goodness", "no widget is called oom-goodness"),
        ("lesson.en.md", "::: widget oom-badness", "::: widget oom-badness\nnonsense: 1", "does not take this"),
        ("lesson.en.md", "::: question ", "::: question nowhere-", "no question nowhere-"),
        ("lesson.en.md", "::: figure ", "::: figure nowhere-", "does not exist"),
        ("lesson.en.md", "\n## ", "\nFact.[@nobody]\n\n## ", "nobody"),
        ("claims.yaml", "verdict: ", "verdict: perhaps-", "verdict"),
        ("claims.yaml", "source: ", "source: no-", "no source"),
        ("sources.yaml", "url: https:", "url: http:", "url"),
        ("sources.yaml", "\n", "\n\t bad: [\n", "not YAML"),
        ("words.yaml", "en: ", "fr: ", "en and zh"),
    ],
)
def test_a_mistake_in_content_names_file_line_and_what_to_do(
    copy: Path, parts_of_site: Site, file: str, old: str, new: str, said: str
) -> None:
    path = copy / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))

    with pytest.raises(ContentError) as caught:
        draw(copy.parent, parts_of_site)

    assert said in str(caught.value)
    assert re.search(r"\.(md|yaml|svg):\d+: .+; .+", str(caught.value))


@pytest.mark.parametrize("file", ["lesson.zh.md", "sources.yaml", "claims.yaml"])
def test_a_missing_file_is_named(copy: Path, parts_of_site: Site, file: str) -> None:
    (copy / file).unlink()

    with pytest.raises(ContentError, match=re.escape(file)):
        draw(copy.parent, parts_of_site)


@pytest.mark.parametrize(
    ("svg", "said"),
    [
        ('<svg><rect style="x"/></svg>', "viewBox"),
        ('<svg viewBox="0 0 400 9"><rect style="x"/></svg>', "style="),
        ('<svg viewBox="0 0 400 9"><script/></svg>', "<script"),
        ('<svg viewBox="0 0 400 9"><image href="http://x"/></svg>', "href="),
        ('<svg viewBox="0 0 400 9"><g></svg>', "not XML"),
        ('<svg viewBox="0 0 400 9"><text>{{gone}}</text></svg>', "fig.gone"),
    ],
)
def test_a_figure_that_would_break_the_page_is_refused(tmp_path: Path, svg: str, said: str) -> None:
    (tmp_path / "fig.svg").write_text(svg)
    words = Words({"fig.title": {"en": "t", "zh": "t"}, "fig.desc": {"en": "d", "zh": "d"}})

    with pytest.raises(ContentError) as caught:
        draw_figure(tmp_path / "fig.svg", words, "en")

    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("yaml", "said"),
    [
        ("a: {en: x}", "en and zh"),
        ("a: {en: x, zh: ''}", "empty in zh"),
        ("a: {en: 'x {n}', zh: 'y {m}'}", "placeholders"),
        ("a: {en: 'x {', zh: 'y'}", "braces"),
        ("a: [", "not YAML"),
    ],
)
def test_words_need_both_languages_and_the_same_placeholders(tmp_path: Path, yaml: str, said: str) -> None:
    path = tmp_path / "words.yaml"
    path.write_text(f"\n{yaml}\n")

    with pytest.raises(ContentError, match=said):
        load_words(path)


@each_language
def test_sources_are_numbered_as_a_reader_meets_them(site: TestClient, lang: Lang) -> None:
    for folder in sorted(CONTENT.glob("[0-9]*")):
        page = site.get(f"/{lang}/lessons/{folder.name[3:]}").text
        prose, _, listed = page.partition('<section class="sources"')
        cited = dict.fromkeys(re.findall(r'href="#source-([a-z0-9-]+)"', prose))

        assert len(cited) > 5
        assert list(cited) == re.findall(r'<li id="source-([a-z0-9-]+)"', listed)[: len(cited)], folder.name


@each_language
def test_a_citation_does_not_stick_to_the_next_sentence(lang: Lang) -> None:
    """A letter, a number or code after the mark needs a blank, in Chinese as well."""
    texts = {path.parent.name: path.read_text(encoding="utf-8") for path in CONTENT.glob(f"*/lesson.{lang}.md")}
    stuck = {name: re.findall(r"\[@[a-z0-9-]+\][A-Za-z0-9`*].{,12}", text) for name, text in texts.items()}

    assert len(texts) > 10
    assert {name: found for name, found in stuck.items() if found} == {}


def test_the_lessons_stand_in_the_order_of_their_folders() -> None:
    assert [lesson.folder.name for lesson in LESSONS] == sorted(
        path.parent.name for path in CONTENT.glob("*/lesson.en.md")
    )


@each_language
def test_the_home_page_counts_the_lessons_that_it_lists(site: TestClient, lang: Lang) -> None:
    page = site.get(f"/{lang}/").text

    lede = re.search(r'<p class="lede">\D*(\d+)', page)
    assert lede is not None
    assert int(lede[1]) == page.count('class="ask-it"') == len(LESSONS)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_a_cheat_sheet_names_pods_and_containers_that_its_lesson_has(lesson: Lesson) -> None:
    """Who comes from the lesson knows `web` or `orders`, and no container `app` in them."""
    manifests = "\n---\n".join(file.read_text() for file in (lesson.folder / "example").glob("*.yaml"))
    has = containers_of(yaml.safe_load_all(manifests))
    started = re.findall(r"kubectl run ([a-z0-9-]+)", (lesson.folder / "lesson.en.md").read_text())
    commands = [command.run for command in load_cheat(lesson.folder, lesson.sources).commands]

    for run in commands:
        pod, container = NAMED_POD.search(run), NAMED_CONTAINER.search(run)
        assert pod is None or pod[1] in {*has, *started}, run
        assert container is None or (pod and container[1] in has[pod[1]]), run


@each_lesson
@each_language
def test_a_lesson_page_holds_what_it_promises(site: TestClient, slug: str, lang: Lang) -> None:
    page = site.get(f"/{lang}/lessons/{slug}").text
    parts = next(lesson.texts[lang].parts for lesson in LESSONS if lesson.slug == slug)

    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids)), {id_ for id_ in ids if ids.count(id_) > 1}
    for target in re.findall(r'href="#([^"]+)"', page):
        assert target in ids or target.startswith("g-"), target
    assert page.count('class="fig"') == len([part for part in parts if part.name == "figure"])
    assert page.count("data-question") >= len([part for part in parts if part.name == "question"])
    assert 'class="claim ' in page
    assert "{{" not in page
    assert "{%" not in page
    assert "[@" not in page


@pytest.mark.slow
@each_lesson
@each_language
def test_no_asterisk_of_an_emphasis_is_left(site: TestClient, slug: str, lang: Lang) -> None:
    """Markdown does not close an emphasis between a punctuation mark and a letter, as `*会吗？*会` would need."""
    page = site.get(f"/{lang}/lessons/{slug}").text
    coded = re.compile(r"<(pre|code|svg|script|textarea)\b.*?</\1>", re.S)

    assert re.findall(r".{0,12}\*.{0,12}", Markup(coded.sub("", page)).striptags()) == []


def test_every_internal_link_leads_somewhere(site: TestClient) -> None:
    """Every internal link of every lesson, home and index leads to a page."""
    paths = ["/en/", "/zh/", "/en/widgets/", *(f"/en/lessons/{slug}" for slug in (lesson.slug for lesson in LESSONS))]
    found = {link for path in paths for link in re.findall(r'href="(/[^"#]*)', site.get(path).text)}

    for link in sorted(found):
        assert site.get(link.replace("&amp;", "&")).status_code in (200, 303, 307), link


def test_nobody_is_sent_to_columns_that_do_not_show_it() -> None:
    """`kubectl get endpointslices -w` prints one and the same row before and after an address stops being ready."""
    recording = json.loads((RECORDINGS / "kubernetes-1.37.2" / "pod-end" / "delete.json").read_text(encoding="utf-8"))
    said = {one["command"]: [line for _, line in one["lines"]] for one in recording["sessions"]}
    header, before, marked, after = [line.split()[:4] for line in said["kubectl get endpointslices -w"]]
    assert header[3] == "ENDPOINTS"
    assert before == marked != after

    for path in [*CONTENT.rglob("*.yaml"), *CONTENT.rglob("*.md"), *WIDGETS.rglob("words.yaml")]:
        watched = re.findall(r"kubectl get endpointslices[^`\"\n]* -w[^`\"\n]*", path.read_text(encoding="utf-8"))
        assert all("-o yaml" in command for command in watched), path


def test_who_describes_several_objects_asks_for_their_events() -> None:
    """Since kubectl 1.36 only a single object comes with its events (v0.37.2 pkg/cmd/describe/describe.go Run)."""
    for path in [*CONTENT.rglob("*.yaml"), *CONTENT.rglob("*.md"), *WIDGETS.rglob("words.yaml")]:
        for line in path.read_text(encoding="utf-8").splitlines():
            several = re.findall(
                r"kubectl describe (?:rs|pods?|deployments?)(?: -[ln] ?\S+)*[^`\"|]* -l [^`\"|]*|"
                r"kubectl describe rs(?: -n \w+)?[^`\"|]*",
                line,
            )
            for command in several:
                assert "--show-events" in command or re.search("Last State|OOMKilled", line), (path, command)


def test_what_a_finalizer_holds_is_terminating_only_while_it_runs() -> None:
    """Once all containers have ended, STATUS is the end (`Completed`, `Error`), although the object stays."""
    recording = json.loads(
        (RECORDINGS / "kubernetes-1.37.2" / "pod-end" / "finalizer.json").read_text(encoding="utf-8")
    )
    watched = next(one["lines"] for one in recording["sessions"] if one["command"] == "kubectl get pods -w")
    assert [line.split()[2] for _, line in watched][-1] == "Completed"

    for path in [*CONTENT.rglob("*.yaml"), *CONTENT.rglob("*.md")]:
        for line in path.read_text(encoding="utf-8").splitlines():
            assert (
                not {"finalizer", "Terminating"} <= set(re.findall(r"finalizer|Terminating", line))
                or "Completed" in line
            ), path


def test_a_rollout_that_has_just_begun_first_says_for_what_it_waits() -> None:
    """`kubectl rollout status` prints a line for each wait; who shows only the last one says so in the command."""
    recording = json.loads(
        (RECORDINGS / "kubernetes-1.37.2" / "pod-end" / "rolling-update.json").read_text(encoding="utf-8")
    )
    said = next(one["lines"] for one in recording["sessions"] if one["command"].startswith("kubectl rollout status"))
    assert said[0][1].startswith("Waiting for deployment")

    for path in CONTENT.rglob("lesson.*.md"):
        shown = re.findall(
            r"^\$ (kubectl rollout status.*)\n(?=deployment.* successfully rolled out)", path.read_text(), re.M
        )
        assert all("tail -n 1" in command for command in shown), path


@pytest.mark.parametrize(
    "example", sorted(CONTENT.glob("*/example/*.txt")), ids=lambda path: f"{path.parts[-3]}/{path.name}"
)
def test_a_pod_is_described_as_kubectl_1_37_prints_it(example: Path) -> None:
    """describe.go of kubectl v0.37.2: DescribeProbe, and DescribeEvents by the time when each was last seen."""
    text = example.read_text()
    for probe in re.findall(r"^    (?:Liveness|Readiness|Startup):.*", text, re.M):
        assert re.search(r" period=\d+s successThreshold=\d+ failureThreshold=\d+$", probe), probe
    events = re.findall(r"^  (?:Normal|Warning) +(\w+) +(\w+)(?: \(x\d+ over \w+\))? +([\w-]+) +(.*)", text, re.M)
    ages = [sum(int(n) * UNITS[unit] for n, unit in re.findall(r"(\d+)([dhms])", age)) for _, age, _, _ in events]
    assert ages == sorted(ages, reverse=True)
    for reason, _, source, message in events:
        assert source != "kubelet" or reason not in OF_CONTAINERS or message.startswith("spec.containers{"), message
    assert events or "describe pod" not in text


@each_language
def test_what_an_answer_must_name_is_named_in_a_lesson(lang: Lang) -> None:
    """A right option and a point of a rubric ask for no name that no lesson or page has; an answer may tell of more."""
    taught = "\n".join(
        path.read_text(encoding="utf-8") for path in [*CONTENT.rglob(f"*.{lang}.md"), *CONTENT.glob("*/example/*")]
    )

    for path in [*CONTENT.glob("*/quiz.yaml"), *CONTENT.glob("*/interview.yaml")]:
        for question in yaml.safe_load(path.read_text(encoding="utf-8")):
            every = question.get("kind") in ("order", "match")
            right = [one["text"] for one in question.get("options", ()) if every or one.get("right")]
            spoken = question.get("rubric", [])
            said = "\n".join(each[lang] for each in [*right, *spoken])
            coded = [code for code in re.findall(r"`([^`\n]+)`", said) if "[=" not in code]
            names = {name for code in coded for name in re.findall(r"[A-Za-z][A-Za-z0-9_]{4,}", code)}
            assert [name for name in sorted(names) if name not in taught] == [], (path, question["id"])
