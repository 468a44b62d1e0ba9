"""`podscope check` names every mistake of an author with file, line and what to do: one at a time, on real folders.

Each case spoils a copy of one subject, one calculator or one sequence. What is expected is told where the text first
changed, unless the case says where.
"""

import importlib
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from jinja2.bccache import Bucket, BytecodeCache
from typer.testing import CliRunner

import app.widgets
from app import watch
from app.check import SITE_WORDS, Bench, check_content, check_folder, check_site, check_subject
from app.cli import app as command
from app.content import computed, entry, misstated, terms, whose
from app.content.check import is_in_release, is_pinned
from app.content.error import Mistakes
from app.content.language import Lang
from app.content.words import Words
from app.lessons import page
from app.main import CONTENT
from app.web.templates import Templates
from app.widgetkit.check import alike_plates
from app.widgetkit.registry import ROOMS

Edit = Callable[[str], str]
SUBJECT = "09-multi-arch-images"
MOST = 6  # mistakes that one slip may be told as: where it is, and in each text that rests on it


@dataclass(frozen=True)
class Case:
    """`at` is a text that stands first on the line of the mistake, `where` the file it is told in, if another."""

    file: str
    edit: Edit | None
    said: str
    at: str = ""
    where: str = ""


def swap(old: str, new: str) -> Edit:
    def edit(text: str) -> str:
        assert old in text, old
        return text.replace(old, new, 1)

    return edit


def drop(pattern: str) -> Edit:
    def edit(text: str) -> str:
        changed = re.sub(pattern, "", text, count=1, flags=re.M)
        assert changed != text, pattern
        return changed

    return edit


def add(more: str) -> Edit:
    return lambda text: text.rstrip("\n") + "\n" + more


def spoil(folder: Path, case: Case) -> tuple[Path, int]:
    """Makes the mistake; where it has to be told."""
    path = folder / case.file
    told = folder / (case.where or case.file)
    if case.edit is None:
        path.unlink()
        return told, place(told, case.at)
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    after = case.edit(before)
    path.write_text(after, encoding="utf-8")
    if case.at or case.where:
        return told, place(told, case.at)
    old, new = before.splitlines(), after.splitlines()
    return told, next((n for n, pair in enumerate(zip(old, new, strict=False), 1) if pair[0] != pair[1]), len(old) + 1)


def place(path: Path, text: str) -> int:
    if not path.exists() or not text:
        return 1
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def assert_told(mistakes: Mistakes, place: tuple[Path, int], said: str) -> None:
    found = [(str(each.path), each.line) for each in mistakes if said in each.message]
    everything = "\n".join(map(str, mistakes))

    assert (str(place[0]), place[1]) in found, f"{place[0]}:{place[1]} ({said})\n{everything}"
    assert all(each.advice.strip() for each in mistakes)
    assert len(mistakes) <= MOST, everything


def once(rule: Callable[..., Any], key: Callable[..., Any] = lambda *given: given) -> Callable[..., Any]:
    """A rule that looks at each text once; what it raises it raises again."""
    kept: dict[Any, Any] = {}

    def found(*given: Any, **named: Any) -> Any:
        known = (key(*given), *named.items())
        if known not in kept:
            made = rule(*given, **named)
            kept[known] = tuple(made) if isinstance(made, Iterator) else made
        return kept[known]

    return found


@pytest.fixture(scope="module", autouse=True)
def each_text_once() -> Iterator[None]:
    """A case changes one text of its copy; what rules find in the others, and what YAML and Markdown say in them, is
    the same in all copies. Only what depends on nothing but its arguments is kept, and nothing that knows a path."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(misstated, "broken_rules", once(misstated.broken_rules))
        patch.setattr(terms, "variants", once(terms.variants, lambda text, lang, all_: (text, lang, id(all_))))
        patch.setattr("app.check.terms_of", once(terms.terms_of))
        patch.setattr(computed, "literals", once(computed.literals, lambda text, known: (text, known.pattern)))
        patch.setattr(entry.yaml, "compose", once(yaml.compose))
        patch.setattr(page, "render_markdown", once(page.render_markdown, drawn_from))
        patch.setattr(whose, "sentences", once(whose.sentences))
        patch.setattr("app.check.Templates", partial(Templates, compiled=Compiled()))
        yield


def drawn_from(text: str, sources: Mapping[str, Any], scroll: str, *more: Any) -> Any:
    """What a piece of Markdown is drawn from: words for chips by their language, meanings by what they say."""
    return text, tuple(sources.items()), scroll, tuple(map(as_key, more))


def as_key(given: Any) -> Any:
    return tuple(given.items()) if isinstance(given, Mapping) else given.args if isinstance(given, partial) else given


class Compiled(BytecodeCache):
    """Templates that stay what they are, compiled once."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key, bucket.checksum] = bucket.code


@pytest.fixture(scope="module")
def bench() -> Bench:
    mistakes = Mistakes()
    made = Bench(mistakes)
    assert not list(mistakes)
    return made


# A subject


EN, ZH = "lesson.en.md", "lesson.zh.md"
FIRST_CLAIM = "- id: file-with-info"
SUBJECTS = {
    # front matter
    "front-unknown": Case(ZH, swap("title:", "titel:"), "title is missing", at="titel:"),
    "front-minutes": Case(EN, swap("minutes: 15", "minutes: many"), "many is no number"),
    "front-title-long": Case(EN, swap("title: One", "title: " + "x" * 90), "characters"),
    "front-twice": Case(EN, swap("kubernetes:", "minutes: 12\nkubernetes:"), "minutes is written twice"),
    "front-none": Case(EN, swap("---\n", "===\n"), "no front matter"),
    "front-yaml": Case(EN, swap("title: One", "title: [One"), "not YAML", at="question:"),
    "front-source-unknown": Case(EN, swap("sources: [oci-index", "sources: [oci-indes"), "no source oci-indes"),
    "front-source-idle": Case(
        EN, lambda text: text.replace("[@docker-multi]", ""), "listed but never cited: docker-multi", at="sources:"
    ),
    "front-differs": Case(ZH, swap("minutes: 15", "minutes: 16"), "minutes is not what lesson.en.md says"),
    # files
    "zh-missing": Case(ZH, None, "language of the lesson is missing"),
    "sources-missing": Case("sources.yaml", None, "this file is missing"),
    "claims-missing": Case("claims.yaml", None, "this file is missing"),
    "quiz-missing": Case("quiz.yaml", None, "this file is missing"),
    "interview-missing": Case("interview.yaml", None, "this file is missing"),
    "words-missing": Case("words.yaml", None, "this file is missing"),
    # directives
    "directive-unknown": Case(EN, swap("::: aside", "::: asides"), "no directive is called asides"),
    "directive-open": Case(EN, swap("```\n:::\n\nOn a cluster", "```\n\nOn a cluster"), "never closed", at="::: try"),
    "directive-nested": Case(
        EN, swap("::: figure tree", "::: aside\n::: figure tree"), "a directive inside", at="::: figure tree"
    ),
    "directive-argument": Case(EN, swap("::: figure tree", "::: figure"), "needs an argument"),
    "directive-no-argument": Case(EN, swap("::: claims", "::: claims all"), "takes no argument"),
    "directive-capital": Case(EN, swap("::: aside", "::: Aside"), "not a directive"),
    "directive-differs": Case(ZH, swap("::: aside\n", "::: short\n"), "a directive differs"),
    "directive-lacks": Case(EN, swap("::: claims\n:::\n", ""), "has no ::: claims", at="::: mystery"),
    "widget-unknown": Case(
        EN, swap("::: widget image-index", "::: widget image-indes"), "no widget is called image-indes"
    ),
    "widget-input-unknown": Case(EN, swap("\nplatform: linux/arm64", "\nplattform: linux/arm64"), "does not take this"),
    "widget-input-refused": Case(EN, swap("\nmatcher: containerd-2.1", "\nmatcher: modern"), "does not take this"),
    "widget-input-yaml": Case(
        EN, swap("\nplatform: linux/arm64", "\nplatform: [linux"), "not YAML", at="image: @index.json"
    ),
    "widget-input-twice": Case(
        EN, swap("\nmatcher: containerd-2.1", "\nplatform: linux/amd64"), "platform is written twice"
    ),
    "widget-input-differs": Case(
        ZH, swap("platform: linux/arm64", "platform: linux/amd64"), "other inputs than in en", at="::: widget"
    ),
    "question-unknown": Case(
        EN, swap("::: question images-steer", "::: question images-steers"), "no question images-steers"
    ),
    "question-again": Case(EN, swap("::: question images-steer\n", "::: question images-digest-match\n"), "already"),
    "figure-unknown": Case(EN, swap("::: figure tree", "::: figure trees"), "trees.svg does not exist"),
    "figure-lacks": Case(ZH, drop(r"^::: figure accept\n.*\n:::\n"), "a directive differs", at="::: aside"),
    # headings, links, text
    "heading-no-id": Case(EN, swap(" {#who-chooses}", ""), "heading without an id"),
    "heading-id-differs": Case(ZH, swap("{#steer}", "{#steering}"), "a heading differs: steering here, steer"),
    "heading-id-twice": Case(EN, swap("{#try-it}", "{#check}"), "heading id check stands in line"),
    "heading-id-of-page": Case(EN, swap("{#try-it}", "{#status}"), "heading id status is one of the page's own"),
    "heading-id-of-part": Case(
        EN, swap("{#try-it}", "{#source-new}"), "heading id source-new is one of the page's own"
    ),
    "heading-more": Case(
        ZH, add("## 再试 {#again}\n\n好。\n"), "a heading differs: again here, nothing", at="{#again}"
    ),
    "link-lost": Case(EN, swap("Who notices, and when?", "[Who](#nowhere) notices?"), "#nowhere is no heading"),
    "citation-unknown": Case(
        EN, swap("Who notices, and when?", "Who notices?[@nobody]"), "cited but not listed: nobody"
    ),
    "sentence-misstated": Case(ZH, add("看条件 `Ready`。\n"), "a condition has another word", at="看条件"),
    "sentence-whose": Case(EN, add("The Pod's memory limit is 1 GiB.\n"), "is called a Pod's", at="memory limit is"),
    "code-wide": Case(EN, add("```text\n" + "x" * 81 + "\n```\n"), "a line of code has 81", at="x" * 81),
    "term": Case(ZH, add("由调度程序处理。\n"), "“调度程序” stands for scheduler"),
    # claims
    "claim-verdict": Case("claims.yaml", swap("verdict: incomplete", "verdict: perhaps"), "perhaps is not known"),
    "claim-source": Case("claims.yaml", swap("source: oci-manifest", "source: oci"), "no source oci"),
    "claim-twice": Case("claims.yaml", swap("- id: docker-manifest-extra", FIRST_CLAIM), "is written twice"),
    "claim-field": Case(
        "claims.yaml",
        swap("  verdict: holds", "  veredict: holds"),
        "verdict is missing",
        at="- id: docker-manifest-extra",
    ),
    "claim-language": Case("claims.yaml", swap("claim: {en:", "claim: {fr:"), "en is missing"),
    "claims-mapping": Case("claims.yaml", lambda _: "a: 1\n", "must be a list"),
    # sources
    "source-http": Case("sources.yaml", swap("url: https:", "url: http:"), "is not an https address"),
    "source-no-version": Case("sources.yaml", drop(r"^  version: .*\n"), "version is missing", at="oci-index:"),
    "source-branch": Case("sources.yaml", swap("/blob/v1.1.1/", "/blob/main/"), "may change", at="oci-index:"),
    "source-release": Case(
        "sources.yaml", swap("image-spec v1.1.1", "image-spec v1.1.0"), "another release", at="oci-index:"
    ),
    "source-other-release": Case(
        "sources.yaml",
        swap("https://kubernetes.io/docs/", "https://kubernetes.io/docs/v1.30/"),
        "than the lesson tells",
        at="k8s-labels:",
    ),
    "source-aged": Case(
        "sources.yaml",
        lambda text: re.sub(
            r"^kubelet-labels:.*?(?=^\S)", lambda one: one[0].replace("v1.37.2", "v1.36.3"), text, flags=re.M | re.S
        ),
        "is at Kubernetes 1.36, and line",
        at="kubelet-labels:",
    ),
    "source-seen": Case(
        "sources.yaml",
        swap("oci-manifest:", "  seen: [image-index/pull]\noci-manifest:"),
        "no recording witnesses image-index/pull",
        at="oci-media-types:",
    ),
    "source-twice": Case("sources.yaml", swap("oci-manifest:", "oci-index:"), "oci-index is written twice"),
    "source-idle": Case(
        "sources.yaml",
        add("idle:\n  title: a\n  version: v1.0\n  url: https://a.io/b\n"),
        "nothing names the source idle",
    ),
    "source-tab": Case("sources.yaml", swap("  title", "\ttitle"), "not YAML"),
    # figures
    "figure-class": Case("tree.svg", swap('class="wire on"', 'class="wire red"'), "knows the class red"),
    "figure-literal": Case("tree.svg", swap("{{tag}}", "my tag"), "stands in the figure in one language"),
    "figure-style": Case("tree.svg", swap('class="wire"', 'style="x"'), "style= is not allowed"),
    "figure-view-box": Case("tree.svg", swap("viewBox", "viewbox"), "no viewBox"),
    "figure-xml": Case("tree.svg", swap("</g>", ""), "not XML", at="</svg>"),
    "figure-word": Case("tree.svg", swap("{{index}}", "{{indices}}"), "tree.indices is missing"),
    "figure-unused": Case("spare.svg", lambda _: '<svg viewBox="0 0 400 9"></svg>\n', "no lesson shows this figure"),
    "figure-title": Case("words.yaml", drop(r"^tree\.title: .*\n"), "tree.title is missing", where="tree.svg"),
    "figure-word-unused": Case("words.yaml", add('tree.old: {en: "old", zh: "旧"}\n'), "no figure says tree.old"),
    # words
    "word-twice": Case("words.yaml", add('tree.tag: {en: "a", zh: "a"}\n'), "tree.tag is written twice"),
    "word-language": Case(
        "words.yaml", swap('tree.tag: {en: "shop:1.4", ', "tree.tag: {"), "needs exactly the languages"
    ),
    "word-empty": Case("words.yaml", swap('tree.index: {en: "image index"', "tree.index: {en: 7"), "is empty in en"),
    "word-yaml": Case("words.yaml", swap('tree.index: {en: "', "tree.index: {en: ["), "not YAML"),
    # questions
    "quiz-kind": Case("quiz.yaml", swap("kind: single", "kind: singular"), "singular is not known"),
    "quiz-field": Case(
        "quiz.yaml", swap("  difficulty: 2", "  dificulty: 2"), "difficulty is missing", at="- id: images-digest-match"
    ),
    "quiz-section": Case("quiz.yaml", swap("section: what-a-tag-points-to", "section: tags"), "tags is no heading"),
    "quiz-source": Case("quiz.yaml", swap("source: oci-index", "source: oci"), "oci is not in sources.yaml"),
    "quiz-twice": Case("quiz.yaml", swap("- id: images-arm64-choice", "- id: images-digest-match"), "is written twice"),
    "quiz-id": Case("quiz.yaml", swap("- id: images-tag-race", "- id: Images_tag"), "is not an id"),
    "quiz-match": Case(
        "quiz.yaml", swap("target: t2", "target: t1"), "does not match one to one", at="- id: images-digest-match"
    ),
    "quiz-right": Case("quiz.yaml", drop(r"^    right: true\n"), "0 right", at="- id: images-arm64-choice"),
    "quiz-no-why": Case("quiz.yaml", drop(r"^    why:\n.*\n.*\n"), "why is missing", at="  - id: a"),
    "quiz-why-empty": Case(
        "quiz.yaml",
        swap("The image ID is computed from the config document.", "Correct."),
        "is no reason",
        at="- id: images-digest-match",
    ),
    "quiz-numbers": Case(
        "quiz.yaml",
        swap("one build for one platform", "14 builds"),
        "names other numbers in zh: 14",
        at="- id: images-digest-match",
    ),
    "quiz-few": Case(
        "quiz.yaml",
        lambda text: text[: text.index("- id: images-pull-order")] + text[text.index("- id: images-exec-machine") :],
        "has 11 questions",
        at="- id: images-digest-match",
    ),
    # interview
    "interview-empty": Case("interview.yaml", lambda _: "[]\n", "cannot ask about this subject"),
    "interview-section": Case("interview.yaml", swap("section: who-chooses", "section: who"), "who is no heading"),
    "interview-rubric": Case(
        "interview.yaml",
        lambda text: text[: text.index("  rubric:")] + "  rubric: []\n  source: oci-index\n",
        "has 0 points",
        at="  rubric:",
    ),
    "interview-numbers": Case(
        "interview.yaml",
        swap("Strictly speaking,", "Strictly speaking, in 1.37,"),
        "other numbers",
        at="- id: images-hetero-cluster",
    ),
    "interview-names": Case(
        "interview.yaml",
        swap("Strictly speaking,", "Strictly speaking, in kube-proxy,"),
        "other names",
        at="- id: images-hetero-cluster",
    ),
    "interview-paragraphs": Case(
        "interview.yaml",
        swap("    en: 'Strictly speaking, Kubernetes does not. ", "    en: 'Strictly.\n\n\n      "),
        "other paragraphs",
        at="- id: images-hetero-cluster",
    ),
}


@pytest.fixture
def subject(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CONTENT / SUBJECT, tmp_path / "content" / SUBJECT))


def test_a_sound_subject_is_in_order(bench: Bench, subject: Path) -> None:
    mistakes = Mistakes()

    check_folder(bench, subject, mistakes)

    assert [str(each) for each in mistakes] == []


@pytest.mark.parametrize("name", SUBJECTS)
def test_a_mistake_in_a_subject_is_told_with_its_place(bench: Bench, subject: Path, name: str) -> None:
    place = spoil(subject, SUBJECTS[name])
    mistakes = Mistakes()

    check_subject(bench, subject, mistakes)

    assert_told(mistakes, place, SUBJECTS[name].said)


def test_one_run_tells_the_mistakes_of_all_files(bench: Bench, subject: Path) -> None:
    cases = ("claim-verdict", "source-http", "figure-class", "word-language", "quiz-kind", "interview-section")
    places = [spoil(subject, SUBJECTS[name]) for name in cases]
    mistakes = Mistakes()

    check_subject(bench, subject, mistakes)

    assert {(each.path, each.line) for each in mistakes} >= set(places)


# Any YAML of a subject that is none


YAMLS = sorted(path.relative_to(CONTENT / SUBJECT).as_posix() for path in (CONTENT / SUBJECT).rglob("*.yaml"))
BROKEN: dict[str, tuple[bytes, str]] = {
    "open": (b"a: [b\n", "not YAML"),
    "tab": (b"a:\n\t- b\n", "not YAML"),
    "nul": (b"a: \0\n", "not YAML"),
    "alias": (b"a: *nobody\n", "not YAML"),
    "two": (b"a: b\n---\na: b\n", "not YAML"),
    "latin-1": ("a: b\nb: Größe\n".encode("latin-1"), "not UTF-8"),
    "deep": (b"\n".join(b" " * level + b"-" for level in range(2000)), "levels inside each other"),
    "itself": (b"&a [*a]\n", "levels inside each other"),
}


def test_every_kind_of_yaml_of_a_subject_is_broken_here() -> None:
    names = {path.name for path in CONTENT.glob("*/*.yaml")}

    assert {name for name in YAMLS if "/" not in name} == names
    assert any("/" in name for name in YAMLS)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *((name, "open") for name in YAMLS),
        *((name, kind) for name in ("cheat.yaml", "quiz.yaml") for kind in BROKEN if kind != "open"),
    ],
)
def test_what_is_no_yaml_is_told_with_its_line(bench: Bench, subject: Path, name: str, kind: str) -> None:
    """It was a traceback in twelve of these, of a rule that reads the file once more."""
    broken, said = BROKEN[kind]
    (subject / name).write_bytes(broken)
    mistakes = Mistakes()

    check_folder(bench, subject, mistakes)

    told = [each for each in mistakes if each.path == subject / name and said in each.message]
    last = max(1, len(broken.splitlines()))
    assert told, "\n".join(map(str, mistakes))
    assert all(1 <= each.line <= last + 1 and each.advice for each in told)
    assert (kind != "latin-1") or told[0].line == 2


@pytest.mark.parametrize("name", [ZH, "tree.svg", "example/shop.yaml"])
def test_what_is_no_utf_8_is_told_with_its_line(bench: Bench, subject: Path, name: str) -> None:
    text = (subject / name).read_bytes()
    first, rest = text.split(b"\n", 1)
    (subject / name).write_bytes(first + b"\n\xff" + rest)
    mistakes = Mistakes()

    check_folder(bench, subject, mistakes)

    assert (subject / name, 2, "not UTF-8: byte 0xff") in [(each.path, each.line, each.message) for each in mistakes]


def test_whatever_a_rule_raises_is_told(bench: Bench, subject: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of a rule is no traceback for an author, who can go on with the other files."""
    spoil(subject, SUBJECTS["quiz-kind"])
    monkeypatch.setattr("app.check.check_lesson", lambda *_: 1 / 0)
    mistakes = Mistakes()

    check_folder(bench, subject, mistakes)

    told = {each.path.name: each.message for each in mistakes}
    assert "ZeroDivisionError" in told[SUBJECT]
    assert "singular is not known" in told["quiz.yaml"]


def test_the_command_says_where_a_yaml_is_none(subject: Path) -> None:
    (subject / "quiz.yaml").write_text("- id: [\n", encoding="utf-8")

    said = CliRunner().invoke(command, ["check", str(subject)])

    assert said.exit_code == 1
    assert f"{subject}/quiz.yaml:2: not YAML" in said.output
    assert "mend the syntax" in said.output
    assert "Traceback" not in said.output


# A lesson that is told as a story


STORY = "04-oom-and-qos"
STORIES = {
    # values
    "value-unknown": Case(EN, swap("gets [=adj].", "gets [=adjj]."), "no value is called adjj"),
    "value-unknown-figure": Case("points-sum.svg", swap("{{n0}}", "{{=nought}}"), "no value is called nought"),
    "value-unknown-quiz": Case("quiz.yaml", swap("[=shop-used]", "[=shop-user]"), "no value is called shop-user"),
    "value-unknown-word": Case("words.yaml", swap("[=db-used]", "[=db-user]"), "no value is called db-user"),
    "value-widget": Case(EN, swap("db-used: {widget: oom-score", "db-used: {widget: oom"), "no widget is called oom"),
    "value-path": Case(EN, swap("path: pods.db.containers.app.usage", "path: pods.db.usage"), "has nothing at pods.db"),
    "value-refused": Case(
        EN, swap("db-used: {widget: oom-score, inputs: *node", "db-used: {widget: oom-score, inputs: {swap: x}"), "take"
    ),
    "value-form": Case(EN, swap("as: thousandths", "as: thousands"), "thousands is not known"),
    "value-no-form": Case(EN, swap(", as: thousandths", ""), "`of` needs `as`"),
    "value-list": Case(
        EN, swap("path: pods.db.containers.app.usage, of: node.capacity, as: thousandths", "path: pods"), "no"
    ),
    "value-given": Case(EN, swap("values:\n", "values:\n  pod: {given: web-1}\n"), "why is missing"),
    "value-idle": Case(
        EN, swap("values:\n", "values:\n  pod: {given: a, why: the report says so}\n"), "nothing prints the value pod"
    ),
    "value-in-zh": Case(ZH, swap("sources: [", "values: {}\nsources: ["), "stand in lesson.en.md"),
    # literals that a model computes
    "literal-value": Case(
        EN, swap("[=shop-points] for `shop`", "1125 for `shop`"), "“1125” looks like the value shop-points"
    ),
    "literal-chain": Case(
        EN, add("\nSee KUBE-SEP-ABCDEFGHIJKLMNOP.\n"), "the name of a Service's chain", at="KUBE-SEP"
    ),
    "literal-pod": Case(ZH, add("\n看 web-7d4b9c6f5d-x2k4z。\n"), "a generated Pod name", at="web-7d4"),
    "literal-hash": Case(EN, add("\nSee web-7d4b9c6f5d.\n"), "a Pod template's hash", at="web-7d4"),
    "literal-digest": Case(EN, add("\nSee sha256:0123456789ab.\n"), "a digest", at="sha256:"),
    "literal-revision": Case(EN, add("\nAt revision 48211.\n"), "a revision", at="revision 48211"),
    "literal-score": Case(
        "interview.yaml", swap('en: "You know', 'en: "An oom_score_adj of 437. You know'), "an OOM score"
    ),
    "literal-quiz": Case("quiz.yaml", swap("[=report-points]", "1002"), "“1002” looks like the value report-points"),
    # the example
    "example-missing": Case(
        EN, swap("manifest: @pods.yaml", "manifest: @pod.yaml"), "the example has no file pod.yaml"
    ),
    "example-value": Case(EN, swap('manifest: "@pods.yaml"', 'manifest: "@pod.yaml"'), "no file pod.yaml"),
    "example-unquoted": Case(EN, swap('manifest: "@pods.yaml"', "manifest: @pods.yaml"), "not YAML"),
    "example-idle": Case("example/spare.yaml", lambda _: "a: 1\n", "nothing names this file of the example"),
    "file-unknown": Case(EN, swap("::: file pods.yaml", "::: file pod.yaml"), "the example has no file pod.yaml"),
    "file-lines": Case(EN, swap("lines: 11-19", "lines: 11-200"), "lines 11-200 are not in the file"),
    "file-option": Case(EN, swap("lines: 11-19", "line: 11"), "is not known here"),
    "file-differs": Case(ZH, swap("lines: 11-19", "lines: 11-18"), "other inputs than in en", at="::: file"),
    # comics
    "follow-step": Case(EN, swap("[sandbox] ", "[sandbocks] "), "no step is called sandbocks"),
    "follow-order": Case(EN, swap("[pull..start] ", "[bind] "), "step bind stands before"),
    "follow-input": Case(EN, swap("fault: none", "fault: nothing"), "does not take this"),
    "follow-loose": Case(EN, swap("---\n[sandbox] ", "---\nOnce.\n\n[sandbox] "), "belongs to no step", at="Once."),
    "follow-calculator": Case(EN, swap("::: follow pod-birth", "::: follow quantity"), "quantity", at="::: follow"),
    "follow-room": Case(EN, swap("::: follow pod-birth", "::: follow pod-death"), "no widget is called pod-death"),
    "follow-twice": Case(
        EN,
        swap("## Which class", "::: follow pod-birth\nfault: none\n---\n[running] Again.\n:::\n\n## Which class"),
        "::: follow pod-birth stands in line",
    ),
    "follow-differs": Case(ZH, swap("[running] ", "[ready] "), "tells other steps than in en", at="::: follow"),
    # chips
    "chip-version": Case(EN, swap("[since 1.32: ", "[since v1: "), "is no chip"),
    "chip-bracket": Case(EN, swap("[since 1.32: ", "[since 1.32: `x[1m]` "), "ends at a bracket"),
    "chip-kind": Case(ZH, swap("[since 1.32: ", "[Since 1.32: "), "is no chip"),
    "changes-missing": Case(EN, swap("::: changes\n:::\n", ""), "a directive differs", where=ZH, at="::: changes"),
    # the mystery
    "mystery-missing": Case(EN, drop(r"^::: mystery suspect-oom\n(.*\n)*?:::\n"), "no ::: mystery", at="::: short"),
    "mystery-unsolved": Case(EN, swap("::: solved suspect-oom", "::: so"), "is never solved", at="::: mystery"),
    "mystery-late": Case(EN, swap("::: mystery", "Once.\n\n::: mystery"), "does not open the lesson", at="::: mystery"),
    "mystery-unknown": Case(
        EN, swap("::: mystery suspect-oom", "::: mystery oom-limits-only"), "oom-limits-only is no suspect"
    ),
    "mystery-evidence": Case(EN, drop(r"^```console\n(.*\n)*?```\n"), "shows no evidence", at="::: mystery"),
    "solved-other": Case(EN, swap("::: solved suspect-oom", "::: solved oom-limits-only"), "is no suspect"),
    "suspect-id": Case("quiz.yaml", swap("- id: suspect-oom", "- id: who-oom"), "who-oom is of kind suspect"),
    "suspect-right": Case(
        "quiz.yaml",
        swap('right: true, why: {en: "It uses three', 'why: {en: "It uses three'),
        "0 right",
        at="- id: suspect-oom",
    ),
    "suspect-asked": Case(
        EN, swap("::: question oom-limits-only", "::: question suspect-oom"), "suspect-oom is a suspect"
    ),
    # its pace, and its questions
    "pace-long": Case(EN, swap("Whom would you kill?", "word " * 300), "words", at="::: mystery"),
    "pace-numbers": Case(
        EN,
        swap("Whom would you kill?", "1 2 3 4 5 6 7 8 9 10 11 12 13 14"),
        "“Who dies first on the node?” has",
        at="{#kernel}",
    ),
    "question-of-no-section": Case(
        "quiz.yaml",
        lambda text: text.replace("section: why", "section: kernel"),
        "no question is asked about why",
        where=EN,
        at="{#why}",
    ),
    "question-no-hint": Case(
        "quiz.yaml",
        drop(r"^  hint:\n    en: .*\n    zh: .*\n"),
        "oom-limits-only has no hint",
        at="- id: oom-limits-only",
    ),
    "question-hint-language": Case(
        "quiz.yaml", swap("  hint:\n    en:", "  hint:\n    fr:"), "en is missing", at="  hint:"
    ),
    "question-hint-suspect": Case(
        "quiz.yaml", swap("  stem: {en: ", "  hint: {en: a, zh: b}\n  stem: {en: "), "hint: is not known"
    ),
    # the rest of the shape
    "short-long": Case(
        EN, swap("\n:::\n\n## Why can", "\n" + "word " * 90 + "\n:::\n\n## Why can"), "::: short has", at="::: short"
    ),
    "short-version": Case(
        EN, swap("Lack of memory (OOM", "Since 1.30 lack of memory (OOM"), "1.30 stands in ::: short"
    ),
    "bold-unknown": Case(EN, swap("Most people say", "**Most people** say"), "bold “Most people” is no explained term"),
    "bold-again": Case(EN, swap("Three moments of", "The **badness** has three moments of"), "was bold in line"),
    "try-prompt": Case(EN, swap("kubectl create namespace", "$ kubectl create namespace"), "a prompt cannot be pasted"),
    "try-comment": Case(
        EN, swap("kubectl create namespace", "# of its own\nkubectl create namespace"), "a comment cannot be pasted"
    ),
    "try-comment-behind": Case(
        EN,
        swap("kubectl delete namespace greedy\n", "kubectl delete namespace greedy   # cleans up\n"),
        "a comment cannot be pasted",
    ),
    "try-broken-quote": Case(
        EN,
        swap(
            "kubectl create namespace", "kubectl get pods -o jsonpath='{.items}\\\n{.kind}'\nkubectl create namespace"
        ),
        "a line is broken within single quotes",
    ),
    "try-nothing": Case(EN, swap("::: try\n```sh\n", "::: try\n```text\n"), "::: try has no commands", at="::: try"),
    "deeper-untitled": Case(
        EN, swap("::: deeper Why does malloc not fail instead?", "::: deeper"), "needs an argument"
    ),
    "argument-long": Case(EN, swap("::: widget oom-score\n", "::: widget oom score\n"), "takes one name"),
}


@pytest.fixture
def story(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CONTENT / STORY, tmp_path / "content" / STORY))


def test_a_sound_story_is_in_order(bench: Bench, story: Path) -> None:
    mistakes = Mistakes()

    check_folder(bench, story, mistakes)

    assert [str(each) for each in mistakes] == []


@pytest.mark.parametrize("name", STORIES)
def test_a_mistake_in_a_story_is_told_with_its_place(bench: Bench, story: Path, name: str) -> None:
    place = spoil(story, STORIES[name])
    mistakes = Mistakes()

    check_subject(bench, story, mistakes)

    assert_told(mistakes, place, STORIES[name].said)


def test_chips_without_a_table_of_changes_are_told(bench: Bench, story: Path) -> None:
    for name in (EN, ZH):
        spoil(story, Case(name, swap("::: changes\n:::\n", ""), ""))
    mistakes = Mistakes()

    check_subject(bench, story, mistakes)

    assert [each.message for each in mistakes] == ["the lesson has chips and no ::: changes"] * 2


# Subjects together


@pytest.mark.parametrize(
    ("folder", "said"),
    [
        ("09-other", "09-multi-arch-images has 9 already"),
        ("10-multi-arch-images", "09-multi-arch-images has multi-arch-images already"),
        ("new-subject", "a folder of content is called NN-subject"),
    ],
)
def test_a_wrong_folder_is_told(bench: Bench, subject: Path, folder: str, said: str) -> None:
    shutil.copytree(subject, subject.with_name(folder))
    mistakes = Mistakes()

    check_content(bench, subject.parent, mistakes)

    assert (subject.with_name(folder), said) in [(each.path, each.message) for each in mistakes]


def test_ids_are_of_one_subject_only_and_never_used_again(bench: Bench, subject: Path) -> None:
    other = Path(shutil.copytree(subject, subject.with_name("10-other")))
    (subject.parent / "retired-questions.yaml").write_text("- images-steer\n", encoding="utf-8")
    mistakes = Mistakes()

    check_content(bench, subject.parent, mistakes)

    told = {each.path: each.message for each in mistakes if "already in" in each.message}
    assert {other / "quiz.yaml", other / "interview.yaml"} <= told.keys()
    assert any("was retired" in each.message for each in mistakes)


def test_a_room_of_no_subject_is_told(bench: Bench, subject: Path) -> None:
    mistakes = Mistakes()

    check_content(bench, subject.parent, mistakes)

    lost = [each for each in mistakes if "no lesson is called etcd" in each.message]
    assert [(each.path.name, each.line > 1) for each in lost] == [("widget.py", True)] * 2


# Rooms


PLATE = '<path d="M15 20v9'
ROOM = {
    "init": Case("__init__.py", None, "this file is missing"),
    "no-template": Case("widget.html", None, "this file is missing"),
    "no-words": Case("words.yaml", None, "this file is missing"),
    "no-plate": Case("plate.svg", None, "has no plate"),
    "slug": Case("widget.py", swap('slug="toy"', 'slug="toys"'), "slug toys is not the folder's name", at="slug="),
    "no-subject": Case("widget.py", drop(r'^    subject="oom-and-qos",\n'), "subject", at="WIDGET = Widget("),
    "no-widget": Case("widget.py", swap("WIDGET = ", "WIDGETS = "), "WIDGET", at='"""'),
    "no-examples": Case(
        "widget.py",
        lambda text: text[: text.index("    examples=(")] + "    examples=(),\n)\n",
        "a widget needs examples",
        at="examples=()",
    ),
    "python-syntax": Case("widget.py", swap("def run(inputs: Inputs)", "def run(inputs: Inputs"), "not Python"),
    "python-import": Case("widget.py", swap("import Example, Form", "import Exmaple, Form"), "Exmaple"),
    "python-name": Case("model.py", add("\nX = undefined_name\n"), "undefined_name", at="X = undefined_name"),
    "python-run": Case("widget.py", swap("milli=str(quantity.milli)", "milli=str(quantity.mili)"), "mili"),
    "field-type": Case("widget.py", swap('Line(24)] = "512Mi"', "Line(24)] = 512Mi"), "not Python"),
    "example-input": Case(
        "widget.py", swap('{"text": "1E3", ', '{"txet": "1E3", '), "example exponent: txet", at='"exponent",'
    ),
    "example-refused": Case(
        "widget.py", swap('{"text": "Ki"}', '{"text": "1GiB"}'), "example bare-suffix: refused", at='"bare-suffix",'
    ),
    "example-expect": Case("widget.py", swap('"exact": "536870912"', '"exact": "536870913"'), "expected '536870913'"),
    "example-path": Case("widget.py", swap('"cautions.0"', '"caution.0"'), "nothing stands at caution.0"),
    "example-expects-nothing": Case(
        "widget.py",
        swap('{"exact": "1000", "canonical": "1e3", "format": "DecimalExponent", "comparison.order": "less"}', "{}"),
        "expects nothing",
        at='"exponent",',
    ),
    "example-source": Case(
        "widget.py",
        swap(
            '"kubernetes website, concepts/configuration/manage-resources-containers, the example under Memory"', '""'
        ),
        "names no source",
        at='"milli-memory",',
    ),
    "example-twice": Case("widget.py", swap('"exponent",', '"fraction",'), "example fraction stands there twice"),
    "prints": Case(
        "widget.py", swap("    examples=(", '    prints=("proposal",),\n    examples=('), "prints: proposal is no field"
    ),
    "live": Case("widget.py", swap("    examples=(", '    live=("txet",),\n    examples=('), "live: txet is no input"),
    "template-name": Case("widget.html", swap("outcome.verdict", "outcome.verdikt"), "verdikt"),
    "template-word": Case("widget.html", swap('t("forms.form")', 't("forms.from")'), "forms.from is in no words"),
    "template-word-in-a-branch": Case(
        "widget.html", swap("<ol", '{% if false %}{{ t("never.said") }}{% endif %}\n<ol'), "never.said is in no words"
    ),
    "template-placeholder": Case(
        "widget.html", swap("here=inputs.text, there", "hear=inputs.text, there"), "wants {here}"
    ),
    "template-syntax": Case("widget.html", swap("{% endfor %}", "{% endfro %}"), "not Jinja"),
    "template-text": Case("widget.html", swap("<ol", "<p>Look here now</p>\n<ol"), "stands there in one language"),
    "class-of-pages": Case("widget.css", add(".w-toy .skip { margin: 0 }\n"), "pages style the class skip as well"),
    "class-of-pages-listed": Case(
        "widget.css", add(".w-toy :is(p, .place) { margin: 0 }\n"), "pages style the class place as well"
    ),
    "word-missing": Case("words.yaml", drop(r"^field\.text: .*\n"), "field.text is missing", at="field.compare_with"),
    "word-missing-example": Case(
        "words.yaml", drop(r"^example\.capped: .*\n"), "example.capped is missing", at="example.written-back"
    ),
    "word-missing-said": Case(
        "words.yaml", drop(r"^verdict: .*\n"), "verdict is in no words", where="widget.py", at='verdict=Say("verdict"'
    ),
    "word-missing-put-together": Case(
        "words.yaml", drop(r"^rule\.capped: .*\n"), "rule.capped is in no words", where="widget.html", at="rule."
    ),
    "word-unused": Case("words.yaml", add('old.sentence: {en: "Old.", zh: "旧。"}\n'), "nobody says old.sentence"),
    "word-twice": Case("words.yaml", add('compare.twin: {en: "Two.", zh: "二。"}\n'), "compare.twin is written twice"),
    "word-languages": Case(
        "words.yaml",
        swap('compare.heading: {en: "Side by side", zh:', 'compare.heading: {en: "Side by side", zn:'),
        "needs exactly the languages",
    ),
    "word-hint": Case("words.yaml", add('hint.nothing: {en: "A hint.", zh: "提示。"}\n'), "nobody says hint.nothing"),
    "word-option": Case(
        "words.yaml", add('option.text.other: {en: "other", zh: "其他"}\n'), "nobody says option.text.other"
    ),
    "word-example": Case("words.yaml", add('example.gone: {en: "Gone", zh: "没有了"}\n'), "nobody says example.gone"),
    "word-refusal": Case(
        "words.yaml", add('refusal.quite-unknown: {en: "No.", zh: "不。"}\n'), "nobody says refusal.quite-unknown"
    ),
    "word-placeholder": Case(
        "words.yaml", swap("`{text}` 等于", "`{txet}` 等于"), "other placeholders in en than in zh"
    ),
    "word-braces": Case("words.yaml", swap("`{text}` is", "`{text` is"), "verdict: "),
    "word-forms": Case(
        "words.yaml", swap('{en: {one: "A binary', '{en: {few: "A binary'), "has the forms few, other in en"
    ),
    "word-plural": Case(
        "words.yaml",
        swap(
            'compare.heading: {en: "Side by side", zh: "对比"}',
            'compare.heading: {en: "Compare {n} forms", zh: "对比 {n}"}',
        ),
        "“{n} forms” has no form for 1",
    ),
    "word-reads-wrong": Case(
        "words.yaml", swap("Side by side", "Side  by side"), "compare.heading reads wrong in en (doubled blank)"
    ),
    "word-number": Case(
        "words.yaml",
        swap('compare.heading: {en: "Side by side"', "compare.heading: {en: 7"),
        "compare.heading is empty in en",
    ),
    "refusal-unsaid": Case(
        "model.py",
        add('\n\ndef refuse() -> None:\n    raise Refusal("quite-unknown")\n'),
        "refusal.quite-unknown is in no words",
        at='Refusal("quite-unknown")',
    ),
    "plate-class": Case("plate.svg", swap('class="tone"', 'class="pink"'), "knows the class pink"),
    "plate-colour": Case("plate.svg", swap('rx="3"', 'fill="red"'), "fill= has no place in a plate"),
    "plate-xml": Case("plate.svg", swap("</g>", ""), "not XML", at="</svg>"),
    "term": Case("words.yaml", swap("对比", "调度程序"), "stands for scheduler"),
}

SEQUENCE = {
    "step": Case("words.yaml", drop(r"^state\.forwards: .*\n"), "state.forwards is in no words", at="state.looks-up"),
    "actor": Case("words.yaml", drop(r"^actor\.etcd-3: .*\n"), "actor.etcd-3 is in no words", at="actor.etcd-7"),
    "fault-crashes": Case(
        "widget.py",
        swap("    apart = parse", "    _ = 1 / (inputs.fault != 'slow-leader')\n    apart = parse"),
        "ZeroDivisionError",
    ),
    "fault-end": Case(
        "words.yaml", drop(r"^end\.full\.check: .*\n"), "end.full.check is in no words", at="end.stale.check"
    ),
    "faults": Case(
        "widget.py", swap('faults=("down", "cut_off", "fault")', 'faults=("broken",)'), "faults names no input"
    ),
    "word-unused": Case(
        "words.yaml", add('say.quite-unused: {en: "Old.", zh: "旧。"}\n'), "nobody says say.quite-unused"
    ),
}


@pytest.fixture
def rooms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of rooms that Python finds beside the real ones."""
    folder = tmp_path / "widgets"
    folder.mkdir()
    monkeypatch.setattr(app.widgets, "__path__", [*app.widgets.__path__, str(folder)])
    importlib.invalidate_caches()
    yield folder
    for name in [name for name in sys.modules if name.startswith("app.widgets.toy")]:
        del sys.modules[name]
    vars(app.widgets).pop("toy", None)


def toy_of(slug: str, rooms: Path) -> Path:
    """A copy of a room under the name of `toy`."""
    name = slug.replace("-", "_")
    ignored = shutil.ignore_patterns("__pycache__", "test_*")
    toy = Path(shutil.copytree(ROOMS / name, rooms / "toy", ignore=ignored))
    for path in toy.glob("*.py"):
        text = path.read_text(encoding="utf-8").replace(f"app.widgets.{name}", "app.widgets.toy")
        path.write_text(text.replace(f'slug="{slug}"', 'slug="toy"'), encoding="utf-8")
    return toy


def told_of(toy: Path) -> Mistakes:
    mistakes = Mistakes()
    check_folder(Bench(mistakes, toy.parent), toy, mistakes)
    return mistakes


@pytest.mark.parametrize("slug", ["quantity", "etcd-write"])
def test_a_sound_room_is_in_order(rooms: Path, slug: str) -> None:
    assert [str(each) for each in told_of(toy_of(slug, rooms))] == []


@pytest.mark.parametrize("name", ROOM)
def test_a_mistake_in_a_room_is_told_with_its_place(rooms: Path, name: str) -> None:
    toy = toy_of("quantity", rooms)
    place = spoil(toy, ROOM[name])

    assert_told(told_of(toy), place, ROOM[name].said)


@pytest.mark.parametrize("name", SEQUENCE)
def test_a_mistake_in_a_sequence_is_told_with_its_place(rooms: Path, name: str) -> None:
    toy = toy_of("etcd-write", rooms)
    place = spoil(toy, SEQUENCE[name])

    assert_told(told_of(toy), place, SEQUENCE[name].said)


def test_there_are_many_kinds_of_mistakes() -> None:
    assert len(SUBJECTS) + len(ROOM) + len(SEQUENCE) >= 80


# Sources


@pytest.mark.parametrize(
    ("url", "version", "pinned"),
    [
        ("https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/a.go", "Kubernetes v1.37.0", True),
        ("https://github.com/containerd/platforms/blob/v1.0.0-rc.4/a.go", "v1.0.0-rc.4", True),
        ("https://github.com/kubernetes/kubernetes/blob/master/CHANGELOG/CHANGELOG-1.26.md", "Kubernetes v1.26", False),
        ("https://github.com/containerd/containerd/blob/00824d4069b0dd178c1ad52bfbec8ce0eb5380d5/a.go", "2.x", False),
        (
            "https://github.com/prometheus/docs/blob/00824d4069b0dd178c1ad52bfbec8ce0eb5380d5/a.md",
            "of 2026-08-06",
            True,
        ),
        ("https://github.com/kubevirt/kubevirt/blob/00824d4069b0dd178c1ad52bfbec8ce0eb5380d5/a.md", "00824d4", True),
        ("https://github.com/openssh/openssh-portable/blob/V_9_9_P1/a.c", "OpenSSH 9.9", True),
        ("https://github.com/kubernetes/kubernetes/pull/5320", "before 1.0", True),
        ("https://kubernetes.io/docs/concepts/architecture/", "Kubernetes documentation, current", False),
        ("https://kubernetes.io/docs/concepts/architecture/", "Kubernetes v1.37", True),
    ],
)
def test_what_is_pinned(url: str, version: str, pinned: bool) -> None:
    assert is_pinned(url, version) is pinned


@pytest.mark.parametrize(
    ("tag", "there"), [("v3.7.1", False), ("v3.6.0", False), ("v3.7.0-beta.0", True), ("v3.8.0-alpha.0", True)]
)
def test_a_changelog_of_etcd_is_not_in_its_releases(tag: str, there: bool) -> None:
    assert is_in_release(f"https://github.com/etcd-io/etcd/blob/{tag}/CHANGELOG/CHANGELOG-3.6.md") is there


# While one writes


def test_what_changed_is_told_and_whose_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "ROOT", tmp_path)
    monkeypatch.setattr(watch, "FOLDERS", (tmp_path / "content",))
    folder = tmp_path / "content" / "01-pods"
    folder.mkdir(parents=True)
    old, new = folder / "quiz.yaml", folder / "tree.svg"
    old.write_text("a", encoding="utf-8")
    seen = watch.changes(pause_s=0)
    assert next(seen) == []

    os.utime(old, ns=(1, 1))
    assert next(seen) == [old]
    new.write_text("b", encoding="utf-8")
    assert next(seen) == [new]
    sample = folder / "example" / "metrics.txt"
    sample.parent.mkdir()
    sample.write_text("c", encoding="utf-8")
    assert next(seen) == [sample]
    old.unlink()
    assert next(seen) == [old]
    assert watch.folder_of(new) == folder
    assert watch.folder_of(folder / "example" / "web.json") == folder
    assert watch.folder_of(tmp_path / "content" / "terms.yaml") is None


def test_what_is_no_file_of_ours_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "FOLDERS", (tmp_path,))
    (tmp_path / "a.pyc").write_text("x", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("x", encoding="utf-8")

    assert list(watch.state()) == [tmp_path / "b.yaml"]


# The site's own sentences, and rooms together


def test_a_sentence_of_the_site_is_written_once_and_said(bench: Bench) -> None:
    words, other = SITE_WORDS[:2]
    key = next(iter(bench.words[other]))
    said: Mapping[Lang, str] = {"en": "More.", "zh": "更多。"}
    spoiled = copy(bench)
    spoiled.words = {**bench.words, words: bench.words[words] | Words({"site.quite-unused": said, key: said})}
    mistakes = Mistakes()

    check_site(spoiled, mistakes)

    told = {(each.path, each.message) for each in mistakes}
    assert told == {(other, f"{key} is in {words} already"), (words, "nobody says site.quite-unused")}


def test_a_sentence_that_a_template_of_the_site_says_is_there(bench: Bench) -> None:
    words = SITE_WORDS[0]
    spoiled = copy(bench)
    spoiled.words = {**bench.words, words: Words({})}
    mistakes = Mistakes()

    check_site(spoiled, mistakes)

    told = [each for each in mistakes if "is in no words" in each.message]
    assert told
    assert {each.path.suffix for each in told} == {".html"}
    assert all(f'"{each.message.split()[0]}"' in each.path.read_text().splitlines()[each.line - 1] for each in told)


def test_two_rooms_with_one_picture_are_told(bench: Bench) -> None:
    first, second = list(bench.rooms.values())[:2]

    [error] = alike_plates([first, replace(second, plate=first.plate)])

    assert (error.path, error.message) == (second.folder / "plate.svg", f"the plate of {first.slug} is the same")
    assert not list(alike_plates(bench.rooms.values()))
