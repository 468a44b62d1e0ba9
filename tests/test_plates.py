"""The models are listed like a field guide: each with its plate, by lesson, in the order of the lessons."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.content.error import ContentError
from app.content.language import LANGUAGES, Lang
from app.content.lesson import Lesson
from app.content.unparted import NO_BREAK
from app.lessons.chapter import arrange
from app.widgetkit.plate import read_plate
from app.widgetkit.registry import ROOMS, Rooms, find_rooms
from tests.written import known_lessons

OPENING = '<svg class="plate" viewBox="0 0 96 64" aria-hidden="true">'

each_list = pytest.mark.parametrize("path", [f"/{lang}{page}" for lang in LANGUAGES for page in ("/", "/widgets/")])


@pytest.fixture(scope="module")
def lessons() -> tuple[Lesson, ...]:
    return known_lessons()


def test_a_plate_is_given_to_the_page_as_it_is_drawn(tmp_path: Path) -> None:
    drawn = f'{OPENING}\n  <g class="api"><path class="tone" d="M1 2h3"/></g>\n</svg>'
    path = tmp_path / "plate.svg"
    path.write_text(f"{drawn}\n")

    assert f"{read_plate(path)}" == drawn


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, "not XML"),
        (f"{OPENING}\n<path>\n</svg>", 3, "not XML"),
        (f'<g>{OPENING}<path d="M1 1"/></svg></g>', 1, "a plate is one svg"),
        (OPENING.replace("96 64", "24 24") + "</svg>", 1, f"begin with {OPENING}"),
        (OPENING.replace(' viewBox="0 0 96 64"', "") + "</svg>", 1, f"begin with {OPENING}"),
        (OPENING.replace(' aria-hidden="true"', "") + "</svg>", 1, f"begin with {OPENING}"),
        (OPENING.replace(">", ' id="plate">') + "</svg>", 1, f"begin with {OPENING}"),
        (f"{OPENING}\n<script>alert(1)</script></svg>", 2, "<script has no place in a plate"),
        (f"{OPENING}\n<style>path {{}}</style></svg>", 2, "<style has no place in a plate"),
        (f"{OPENING}\n\n<a><path/></a></svg>", 3, "<a has no place in a plate"),
        (f"{OPENING}<svg/></svg>", 1, "<svg has no place in a plate"),
        (f'{OPENING}\n<use href="#g-pod"/></svg>', 2, "<use has no place in a plate"),
        (f'{OPENING}\n<path href="#a"/></svg>', 2, " href= has no place in a plate"),
        (f'{OPENING}\n<g>\n<path style="fill:red"/></g></svg>', 3, " style= has no place in a plate"),
        (f'{OPENING}\n<path fill="red"/></svg>', 2, " fill= has no place in a plate"),
        (f'{OPENING}\n<path id="a"/></svg>', 2, " id= has no place in a plate"),
        (f'{OPENING}\n<path onload="x"/></svg>', 2, " onload= has no place in a plate"),
        (f"{OPENING}\n<g>\nPod</g></svg>", 3, "Pod has no place in a plate"),
        (f"{OPENING}<g/>\nPod</svg>", 2, "Pod has no place in a plate"),
    ],
)
def test_a_plate_that_is_more_than_lines_stops_the_start(tmp_path: Path, text: str, line: int, said: str) -> None:
    path = tmp_path / "plate.svg"
    path.write_text(text)

    with pytest.raises(ContentError, match=re.escape(said)) as caught:
        read_plate(path)

    assert (caught.value.path, caught.value.line) == (path, line)


def test_a_room_without_a_plate_stops_the_start(tmp_path: Path) -> None:
    shutil.copytree(ROOMS / "quantity", tmp_path / "quantity", ignore=shutil.ignore_patterns("plate.svg", "*.pyc"))

    with pytest.raises(ContentError, match=r"quantity/plate\.svg:1: the room has no plate; draw it on 0 0 96 64"):
        find_rooms(tmp_path)


@each_list
def test_models_are_listed_by_lesson_with_sequences_first_then_as_the_reader_meets_them(
    site: TestClient, lessons: tuple[Lesson, ...], path: str
) -> None:
    page = site.get(path).text
    lang: Lang = "zh" if path.startswith("/zh") else "en"

    listed = re.findall(rf'<section class="chapter".*?<a href="/{lang}/lessons/([\w-]+)">(.*?)</section>', page, re.S)

    assert [slug for slug, _ in listed] == [lesson.slug for lesson in lessons]
    rooms = {slug: re.findall(rf'<a href="/{lang}/widgets/([\w-]+)">', entries) for slug, entries in listed}
    assert rooms["etcd"] == ["etcd-write", "quorum"]
    assert rooms["oom-and-qos"] == ["oom-badness", "quantity", "oom-score"]
    assert rooms["prometheus"] == [
        "metric-types",
        "promql-range",
        "alert-routing",
        "alert-inhibition",
        "histogram-quantile",
    ]


@each_list
def test_a_heading_names_question_and_title_and_leads_to_the_lesson(site: TestClient, path: str) -> None:
    level, said = ("2", "Question 7</span> The path of a write through etcd")
    if path.startswith("/zh"):
        said = "第 7 题</span> 一次写入在 etcd 里的旅程"
    if not path.endswith("/widgets/"):
        level = "3"

    heading = f'<h{level} class="subject" id="models-of-etcd"><a href="{path[:3]}/lessons/etcd"><span class="kicker">'

    page = re.sub(r'<span class="nb">(.*?)</span>', r"\1", site.get(path).text.replace(NO_BREAK, " "))

    assert f"{heading}{said}</a></h{level}>" in page


def test_a_sequence_comes_first_even_if_the_lesson_shows_it_later(lessons: tuple[Lesson, ...], rooms: Rooms) -> None:
    etcd = next(lesson for lesson in lessons if lesson.slug == "etcd")
    text = etcd.texts["en"]
    turned = replace(etcd, texts={**etcd.texts, "en": replace(text, parts=text.parts[::-1])})

    chapters = arrange(Rooms({slug: rooms[slug] for slug in ("etcd-write", "quorum")}), (turned,))

    assert [room.slug for room in chapters[0].rooms] == ["etcd-write", "quorum"]


def test_a_room_that_its_lesson_does_not_show_comes_last(lessons: tuple[Lesson, ...], rooms: Rooms) -> None:
    oom = next(lesson for lesson in lessons if lesson.slug == "oom-and-qos")
    moved = replace(rooms["alert-routing"], widget=replace(rooms["alert-routing"].widget, subject="oom-and-qos"))
    own = {slug: rooms[slug] for slug in ("quantity", "oom-score", "oom-badness")}

    chapters = arrange(Rooms({**own, "alert-routing": moved}), (oom,))

    assert [room.slug for room in chapters[0].rooms] == ["oom-badness", "quantity", "oom-score", "alert-routing"]


def test_a_room_of_no_lesson_stops_the_start(lessons: tuple[Lesson, ...], rooms: Rooms) -> None:
    lost = replace(rooms["quorum"], widget=replace(rooms["quorum"].widget, subject="raft"))

    with pytest.raises(ContentError, match="no lesson is called raft; subject must be the name of a folder"):
        arrange(Rooms({"quorum": lost}), lessons)
