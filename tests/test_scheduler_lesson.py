"""Lesson 08 counts victims in a figure and in words; both say what the model finds in the evening's files."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.content.example import filled
from app.content.language import Lang
from app.content.words import load_words
from app.kube.quantity import parse_quantity
from tests.written import known_rooms

FOLDER = Path(__file__).parents[1] / "content/08-scheduler"
ROOMS = known_rooms()
WORDS = load_words(FOLDER / "words.yaml")
EVENING = filled(FOLDER, {"pod": "@urgent.yaml", "nodes": "@nodes.yaml", "pods": "@evening.yaml"})
LEGEND, *BARS = (FOLDER / "harm.svg").read_text(encoding="utf-8").split('<text x="8"')
ROWS = dict(zip("abc", BARS, strict=True))
COUNTED: dict[Lang, dict[int, str]] = {
    "en": {1: "one victim", 2: "two victims"},
    "zh": {1: "一个牺牲者", 2: "两个牺牲者"},
}


def bound(row: str) -> list[dict[str, Any]]:
    return [pod for pod in yaml.safe_load_all(str(EVENING["pods"])) if pod["spec"]["nodeName"] == f"node-{row}"]


def victims(row: str) -> int:
    """How many have to leave this node, if there is no other."""
    only = [node for node in yaml.safe_load_all(str(EVENING["nodes"])) if node["metadata"]["name"] == f"node-{row}"]
    given = {"nodes": yaml.safe_dump_all(only), "pods": yaml.safe_dump_all(bound(row))}
    message = ROOMS.answer("scheduler-pick", {**EVENING, **given})["message"]
    return int(message.rpartition("preempting ")[2].removesuffix(" victims"))


@pytest.mark.parametrize("row", "abc")
def test_the_figure_draws_the_pods_of_the_node_and_those_that_leave(row: str) -> None:
    zone, *bars = [int(width) for width in re.findall(r'width="(\d+)"', ROWS[row])]
    leaving = ROWS[row].partition('<g class="pod">')[2].partition("</g>")[0].count("<rect")
    names = [WORDS.text("en", f"harm.{key}") for key in re.findall(r'class="sub mid"[^{]*\{\{(\w+)\}\}', ROWS[row])]

    assert leaving == victims(row)
    assert [(name, bar * 4000 / zone) for name, bar in zip(names, bars, strict=True)] == [
        (
            pod["metadata"]["name"],
            parse_quantity(pod["spec"]["containers"][0]["resources"]["requests"]["cpu"]).exact * 1000,
        )
        for pod in bound(row)
    ]


def test_a_swatch_of_their_colour_stands_before_the_words_for_those_that_stay_and_that_go() -> None:
    swatch = re.compile(r'<g class="(\w+)"><rect class="bar"[^>]*/></g><text[^>]*>\{\{(\w+)\}\}')

    assert swatch.findall(LEGEND) == [("node", "stays"), ("pod", "goes")]


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("row", "abc")
def test_the_words_of_the_figure_count_the_victims(row: str, lang: Lang) -> None:
    assert COUNTED[lang][victims(row)] in WORDS.text(lang, f"harm.why_{row}")


@pytest.mark.parametrize(
    ("lang", "sentence", "numbers"),
    [
        ("en", "`node-b` would lose {} of its {} reports", ("one", "two", "three")),
        ("zh", "`node-b` 的{1}个报表要丢{0}个", ("一", "两", "三")),
    ],
)
def test_the_lesson_counts_them_as_well(lang: Lang, sentence: str, numbers: tuple[str, ...]) -> None:
    reports = [pod for pod in bound("b") if pod["metadata"]["name"].startswith("report-")]
    said = sentence.format(numbers[victims("b") - 1], numbers[len(reports) - 1])

    assert said in (FOLDER / f"lesson.{lang}.md").read_text(encoding="utf-8")
