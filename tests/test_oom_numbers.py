"""The numbers that lesson 04 prints are those of the models: oom_score_adj, badness, oom_score, quantities."""

import re
from pathlib import Path

import pytest

from app.content.example import filled
from app.content.value import read_values
from app.kube.oom import PAGE_BYTES, pages, weigh
from app.kube.quantity import parse_quantity
from tests.written import known_rooms

FOLDER = Path(__file__).parents[1] / "content/04-oom-and-qos"
WRITTEN = tuple(sorted([*FOLDER.glob("lesson.*.md"), *FOLDER.glob("*.yaml")]))
LESSONS = tuple(FOLDER.glob("lesson.*.md"))
GIB = 2**30
NODE = 16 * GIB


ROOMS = known_rooms()
VALUES = read_values(FOLDER, ROOMS.value)


def said(path: Path) -> str:
    """A file of the subject with its values in their places."""
    return VALUES.fill(path.read_text(encoding="utf-8"))


def fields(slug: str) -> dict[str, str]:
    """What the lesson gives to one of its widgets, word by word."""
    text = said(FOLDER / "lesson.en.md")
    block = re.search(rf"(?ms)^::: widget {slug}\n(.*?)^:::$", text)
    assert block
    found: dict[str, str] = {}
    for entry in re.finditer(r"(?m)^(\w+): ?(.*)\n((?:  .*\n)*)", block[1]):
        found[entry[1]] = "\n".join(line[2:] for line in entry[3].splitlines()) if entry[2] == "|" else entry[2]
    return {name: str(filled(FOLDER, text)) for name, text in found.items()}


def pod(name: str, request: str = "", limit: str = "") -> str:
    """A Pod of one container in YAML."""
    parts = [f"requests: {{memory: {request}}}"] * bool(request) + [f"limits: {{memory: {limit}}}"] * bool(limit)
    resources = f"\n    resources: {{{', '.join(parts)}}}" if parts else ""
    return f"apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec:\n  containers:\n  - name: app{resources}\n"


def adjustment(manifest: str) -> int:
    outcome = ROOMS.answer("oom-score", {"manifest": manifest, "node_memory": "16Gi"})
    return int(outcome["pods"][0]["containers"][0]["oom_score_adj"])


def signed(number: int) -> str:
    return str(number).replace("-", "−")


SCORES: dict[str, int] = {
    entry["name"]: entry["containers"][0]["oom_score_adj"]
    for entry in ROOMS.answer("oom-score", fields("oom-score"))["pods"]
}
USES = {"shop": 3 * GIB, "report": 40 * 2**20, "db": 6 * GIB}
# In thousandths of the node's memory: what the kernel adds to the adjustment.
SHARES = {name: 1000 * used // NODE for name, used in USES.items()}
POINTS = {name: SCORES[name] + SHARES[name] for name in USES}
IDLE = {adj: weigh(total_pages=2_000_000, rss_pages=0, oom_score_adj=adj).oom_score for adj in (0, 1000, -997)}


def test_the_lessons_three_pods_have_the_values_that_it_prints() -> None:
    assert SCORES == {"report": 1000, "shop": 938, "db": -997}
    assert max(POINTS, key=POINTS.__getitem__) == "shop"


def test_the_figure_adds_what_the_models_give() -> None:
    words = said(FOLDER / "words.yaml")

    for name in USES:
        summed = f"{signed(SCORES[name])} + {SHARES[name]} = {signed(POINTS[name])}"
        assert f'points-sum.sum_{name}: {{en: "{summed}", zh: "{summed}"}}' in words


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.name)
def test_the_lesson_prints_what_the_models_give(lesson: Path) -> None:
    text = said(lesson)
    gap = abs(parse_quantity("1Gi").value - parse_quantity("1G").value)

    assert f"1000 − {1000 - SCORES['shop']} = {SCORES['shop']}" in text
    assert f"{gap:,}" in text
    assert str(parse_quantity("128m").nano / 10**9) in text
    assert re.search(rf"\b{IDLE[0]}\b.*\b{IDLE[1000]}\b.*\b{IDLE[-997]}\b", text)


def test_the_lessons_process_is_the_shop_of_the_lesson() -> None:
    given = {name: int(value) for name, value in fields("oom-badness").items()}

    assert given == {
        "total_pages": NODE // PAGE_BYTES,
        "rss_pages": pages(USES["shop"]),
        "oom_score_adj": SCORES["shop"],
    }
    tables = ROOMS["oom-badness"].first.model_dump()["pagetable_pages"]
    assert ROOMS.answer("oom-badness", given)["badness"] == weigh(**given, pagetable_pages=tables).points


@pytest.mark.parametrize(
    ("manifest", "value", "quiz"),
    [
        (pod("half", request="8Gi"), 500, "1000 − 1000 × 8 / 16 = 500"),
        (
            pod("bare", limit="0").replace("limits: {memory: 0}", "requests: {cpu: 1}"),
            999,
            "999: the formula gives 1000",
        ),
        (pod("shop", request="1Gi"), 938, "1000 − 62 = 938"),
    ],
)
def test_the_quiz_computes_as_the_model(manifest: str, value: int, quiz: str) -> None:
    assert adjustment(manifest) == value
    assert quiz in said(FOLDER / "quiz.yaml")


# Every number of three digits and more that may be printed in the lesson, its figures and questions, and its origin.
COMPUTED = {
    signed(number) for number in (*SCORES.values(), *SHARES.values(), *POINTS.values(), *IDLE.values(), 500, 999)
}
COMPUTED |= {number for value in VALUES.printed.values() for number in re.findall(r"−?\d+", value)}
CONSTANTS = {
    "−997", "997", "-997", "−998", "−999", "−1000", "-1000", "1000", "2000",  # values and ends of the two scales
    "2000000000", "2000001000",  # scheduling.SystemCriticalPriority and system-node-critical
    "−500", "5.19",  # OOMScoreAdjust in docker.service of v28.5.2; the first Linux with memory.peak
    "137", "128",  # the exit code of SIGKILL; 128m and 128 + 9
    "100", "84756", "21387",  # the threshold; the sample of kubectl describe
    "1024", "512", "300", "150", "0.128", "73,741,824", "3.13",  # quantities; an image's tag
    "200", "900", "800", "500",  # Pods of the questions
    "12.5", "87.5",  # milliseconds in which eight threads spend 100, and that they wait
    "6144", "3072",  # what kubectl top prints of usage.txt, compared below
    "4194304", "786432",  # the pages of the lesson's node and process, compared above
}  # fmt: skip
VERSION = re.compile(r"1\.(1[4-9]|2\d|3[0-7])")


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_no_other_number_is_printed(path: Path) -> None:
    if path.name == "sources.yaml":
        return
    text = re.sub(r"\[@[\w-]+\]", "", said(path))
    found = {
        number.strip(",")
        for number in re.findall(r"(?<![\w.#-])[−-]?\d[\d,]*(?:\.\d+)?(?![\w.]*\d)", text)
        if len(re.sub(r"\D", "", number)) >= 3
    }

    assert {number for number in found - COMPUTED - CONSTANTS if not VERSION.fullmatch(number)} == set()


CLAUSE = re.compile(r"[;；。，,()（）\"\n]|\. ")
RELEASE = re.compile(r"(?<![\d.])1\.\d\d(?![\d.])")


def misdated(text: str) -> list[str]:
    """The clauses that give −997 to a release in which not even a Guaranteed Pod had it."""
    guaranteed = pod("db", limit="8Gi").replace("limits: {", "limits: {cpu: 1, ")

    def had(release: str) -> int:
        given = {"manifest": guaranteed, "node_memory": "16Gi", "kubernetes_version": release}
        return int(ROOMS.answer("oom-score", given)["pods"][0]["containers"][0]["oom_score_adj"])

    clauses = [clause for clause in CLAUSE.split(text) if "−997" in clause]
    return [clause for clause in clauses if any(had(each) != -997 for each in RELEASE.findall(clause))]


def test_no_clause_gives_the_value_to_a_release_before_it() -> None:
    assert len(misdated("−997 for all critical Pods from 1.14 to 1.21; since 1.20 it is −997 (1.19: −998)")) == 1
    assert {path.name: misdated(said(path)) for path in WRITTEN} == {path.name: [] for path in WRITTEN}


MANIFESTS = {
    name: filled(FOLDER, {"manifest": f"@{name}.yaml", "usage": f"@{usage}.txt"})
    for name, usage in (("pods", "usage"), ("evening", "evening"))
}
SAID_QUANTITY = r"(\d+)(Mi|Gi)"


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.name)
def test_the_mystery_shows_the_examples_usage_and_classes(lesson: Path) -> None:
    answer = ROOMS.answer("oom-score", {**MANIFESTS["pods"], "node_memory": "16Gi"})
    evidence = said(lesson).partition("::: mystery")[2].partition("\n:::")[0]
    used = re.findall(rf"^(\w+) +{SAID_QUANTITY}$", evidence, re.MULTILINE)
    classes = dict(re.findall(r"^(\w+) +(Guaranteed|Burstable|BestEffort)$", evidence, re.MULTILINE))

    assert {name: parse_quantity(number + unit).value for name, number, unit in used} == {
        pod["name"]: pod["containers"][0]["usage"] for pod in answer["pods"]
    }
    assert classes == {pod["name"]: pod["qos_class"] for pod in answer["pods"]}
    for pod in answer["pods"]:
        limit = pod["containers"][0]["memory_limit"]
        assert limit is None or pod["containers"][0]["usage"] < limit  # "No container has reached a limit"


def test_the_figure_ranks_the_evenings_pods_as_the_model_does() -> None:
    """Names, classes and priorities stand in the drawing row by row; the differences are values."""
    answer = ROOMS.answer("oom-score", {**MANIFESTS["evening"], "node_memory": "16Gi"})
    svg = (FOLDER / "eviction-order.svg").read_text(encoding="utf-8")
    rows = re.findall(r"\{\{k(\d)\}\}.*?\{\{(\w+)\}\}.*?\{\{(\w+)\}\}.*?\{\{n(\d+)\}\}.*?\{\{d_(\w+)\}\}", svg)
    drawn = [(int(place), name, qos, int(priority), named) for place, name, qos, priority, named in rows]

    assert drawn == [
        (place, pod["pod"], pod["qos_class"].lower(), pod["priority"], pod["pod"])
        for place, pod in enumerate(answer["eviction_order"], 1)
    ]
    above, within = svg.split("{{within}}")
    for each in answer["eviction_order"]:
        assert f"{{{{{each['pod']}}}}}" in (above if each["exceeds_request"] else within)
    assert VALUES["over-db"].startswith("−")


def test_the_lesson_predicts_what_the_model_shows_when_it_is_broken_otherwise() -> None:
    """“Give `shop` a request of 4 GiB … and `report` goes first. Remove the cpu limit of `db`.”"""
    given = MANIFESTS["pods"]
    more = {**given, "manifest": given["manifest"].replace("memory: 1Gi", "memory: 4Gi"), "node_memory": "16Gi"}
    less = {**given, "manifest": given["manifest"].replace('cpu: "2", ', ""), "node_memory": "16Gi"}

    assert ROOMS.answer("oom-score", more)["kill_order"][0]["pod"] == "report"
    db = next(each for each in ROOMS.answer("oom-score", less)["pods"] if each["name"] == "db")
    assert db["qos_class"] == "Burstable"
    assert db["containers"][0]["oom_score_adj"] > 0
