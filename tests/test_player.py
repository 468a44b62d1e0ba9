"""What the player shows of every sequence: who acts, what is sent, how objects turn, and which addresses it has."""

import json
import re
from functools import partial
from html import unescape
from itertools import pairwise
from math import hypot
from typing import Any, get_args
from urllib.parse import parse_qsl

import brotli
import pytest
import yaml
from starlette.testclient import TestClient

from app.content.language import LANGUAGES, Lang
from app.content.unparted import unparted
from app.kube.frame import Frame, Status, StoredObject
from app.kube.say import Say
from app.widgetkit.columns import width_of
from app.widgetkit.form import as_text
from app.widgetkit.pane import POD, Pane, Watched, evidence, turning, written
from app.widgetkit.player import TYPE, Label, Picture, View, draw, in_lines, stay_ms
from app.widgetkit.registry import Room
from app.widgetkit.stage import Box, Points
from tests.test_rooms import Shape, check_markup
from tests.written import known_rooms

ROOMS = known_rooms()
SEQUENCES = [room for room in ROOMS.values() if room.widget.kind == "sequence"]
RUNS = [(room, example) for room in SEQUENCES for example in room.widget.examples]
STEP_BYTES = 4_000  # of one step's answer, compressed

each_language = pytest.mark.parametrize("lang", LANGUAGES)
each_sequence = pytest.mark.parametrize("room", SEQUENCES, ids=[room.slug for room in SEQUENCES])
each_run = pytest.mark.parametrize(("room", "example"), RUNS, ids=[f"{room.slug}-{e.name}" for room, e in RUNS])


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html.replace("<wbr>", ""))).split())


def without_commas(text: str) -> str:
    return " ".join(text.replace(",", " ").replace("：", " ： ").split())


def fragment(site: TestClient, room: Room, lang: Lang = "en", **asked: Any) -> str:
    answer = site.get(f"/fragments/{lang}/widgets/{room.slug}", params=asked)
    assert answer.status_code == 200
    return answer.text


def part(html: str, start: str, end: str) -> str:
    """What stands between two strings that are there."""
    assert start in html, start
    return html.partition(start)[2].partition(end)[0]


# The picture


def pictures(room: Room, outcome: Any, frame: Frame, lang: Lang = "en") -> list[Picture]:
    stage = getattr(outcome, "stage", None) or room.widget.stage
    return [
        draw(stage, frame, "wide", partial(room.words.text, lang)),
        draw(stage, frame, "tall", partial(room.words.text, lang)),
    ]


@each_run
def test_who_acts_and_who_is_sent_something_stands_on_the_stage(room: Room, example: Any) -> None:
    outcome = room.run(room.inputs(example))
    for frame in outcome.frames:
        for picture in pictures(room, outcome, frame):
            names = {place.name for place in picture.places}
            assert names >= {*frame.actors_at_work, *frame.senders, *frame.receivers}
            assert {place.name for place in picture.places if place.is_acting} == set(frame.actors_at_work)
            assert len(picture.travels) == len([way for way in frame.ways if way[0] != way[1]])


@each_run
def test_every_message_is_named_where_it_covers_nothing(room: Room, example: Any) -> None:
    outcome = room.run(room.inputs(example))
    for frame in outcome.frames:
        for picture in pictures(room, outcome, frame):
            if not (picture.travels and frame.verb):
                assert picture.label is None
                continue
            assert picture.label
            assert picture.label.text == frame.verb
            assert 0 < picture.label.x < picture.width
            assert 0 < picture.label.y < picture.height
            for place in picture.places:
                inside = place.x < picture.label.x < place.x + place.width
                assert not (inside and place.y < picture.label.y < place.y + place.height), (frame.step, place.name)


@each_run
def test_who_stands_in_a_zone_stands_there_on_every_width(room: Room, example: Any) -> None:
    """What runs in the control plane, on a node or outside is a fact and no matter of room."""
    outcome = room.run(room.inputs(example))
    stage = getattr(outcome, "stage", None) or room.widget.stage

    within = {
        view: {
            (zone.name, place.name)
            for zone in stage.zones
            for place in stage.places
            if _holds(getattr(zone, view), getattr(place, view))
        }
        for view in get_args(View)
    }

    assert within["wide"] == within["tall"]


def _holds(zone: Box, box: Box) -> bool:
    (zx, zy, zw, zh), (x, y, w, h) = zone, box
    return zx <= x + w // 2 <= zx + zw and zy <= y + h // 2 <= zy + zh


OUT_OF_ROOM = {("vm-birth", "tall", "scheduler"), ("pod-packet", "tall", "bridge-1")}
"""Whose way runs along an edge or between two boxes: what is sent there is named at the sender's box."""


@each_run
def test_every_message_is_named_beside_its_wire(room: Room, example: Any) -> None:
    outcome = room.run(room.inputs(example))
    stage = getattr(outcome, "stage", None) or room.widget.stage
    for frame in outcome.frames:
        for view, picture in zip(get_args(View), pictures(room, outcome, frame), strict=True):
            if picture.label and (room.slug, view, frame.ways[0][0]) not in OUT_OF_ROOM:
                ways = [stage.way(*way, view) for way in frame.ways if way[0] != way[1]]
                assert min(_apart(_area(picture.label, view), way) for way in ways) <= 64, (frame.step, view)


def _area(label: Label, view: View) -> Box:
    width, line = round(width_of(label.text) * TYPE[view].label), TYPE[view].line
    left = {"start": label.x, "middle": label.x - width // 2, "end": label.x - width}[label.anchor]
    return left, label.y - line + 3, width, line


def _apart(area: Box, points: Points) -> float:
    """How far a rectangle is from the nearest part of a way, both along the axes."""
    x, y, width, height = area
    return min(
        hypot(
            max(min(ax, bx) - (x + width), x - max(ax, bx), 0),
            max(min(ay, by) - (y + height), y - max(ay, by), 0),
        )
        for (ax, ay), (bx, by) in pairwise(points)
    )


def test_one_message_reaches_several(site: TestClient) -> None:
    """The leader's MsgApp goes to all followers at once, and all disks work at the same time."""
    room = ROOMS["etcd-write"]
    frames = room.run(room.widget.form(members=5)).frames
    sent = next(frame for frame in frames if frame.verb == "MsgApp")
    synced = next(frame for frame in frames if frame.key == "fsync")

    page = fragment(site, room, members=5, step=sent.step)

    assert sent.senders == ("etcd-1",)
    assert sorted(sent.receivers) == ["etcd-2", "etcd-3", "etcd-4", "etcd-5"]
    assert sorted(synced.actors_at_work) == ["etcd-1", "etcd-2", "etcd-3", "etcd-4", "etcd-5"]
    assert page.count('<path class="travel"') == 2 * 4
    wireline = text_of(part(page, '<p class="wireline"', "</p>"))
    assert "etcd-1 → etcd-2 etcd-3 etcd-4 etcd-5 MsgApp" in wireline


def test_an_actor_in_a_new_state_is_marked(site: TestClient) -> None:
    room = ROOMS["pod-birth"]
    bound = next(frame for frame in room.run(room.first).frames if frame.key == "bind")

    def turned(step: int) -> list[str]:
        return re.findall(r'class="actor (\S+)[^"]* turned"', fragment(site, room, step=step))

    assert "scheduler" in turned(bound.step)
    assert "registry" not in turned(bound.step)
    # Back at rest, which is nothing new.
    assert "scheduler" not in turned(bound.step + 1)
    assert "turned" not in part(fragment(site, room), '<div class="stage"', "</svg>")


# Phase and conditions


@pytest.mark.parametrize("slug", ["pod-birth", "deployment-birth", "vm-birth"])
def test_statuses_are_those_of_the_yaml_and_turn_when_it_does(slug: str) -> None:
    room = ROOMS[slug]
    for example in room.widget.examples:
        before: dict[tuple[str, str], dict[str, str]] = {}
        for frame in room.run(room.inputs(example)).frames:
            for each in frame.objects:
                if not getattr(each, "stored", True):
                    assert each.status == ()
                    continue
                told = {status.type: status.status for status in each.status}
                assert told == statuses_of(yaml.load(each.yaml, Loader=yaml.CSafeLoader)), (
                    example.name,
                    frame.step,
                    each.name,
                )
                known = before.get((each.kind, each.name))
                for status in each.status:
                    if known is not None:
                        turned = status.status != known.get(status.type)
                        assert status.was == (known.get(status.type, "") if turned else None)
                before[each.kind, each.name] = told


def statuses_of(thing: dict[str, Any]) -> dict[str, str]:
    status = thing.get("status") or {}
    phases = {name: status[name] for name in ("phase", "printableStatus") if status.get(name)}
    return phases | {each["type"]: each["status"] for each in status.get("conditions") or ()}


def test_the_strip_keeps_its_places_from_the_first_step_to_the_last(site: TestClient) -> None:
    room = ROOMS["pod-birth"]
    frames = room.run(room.first).frames

    rows = [turning(room.widget.watches, frames, frame) for frame in frames]

    assert [row.kind for row in rows[0]] == ["Pod"]
    assert {tuple(turn.status.type for turn in row[0].turns) for row in rows} == {POD.types}
    assert {turn.mark for turn in rows[0][0].turns} == {"unset"}
    assert [(turn.status.type, turn.status.status) for turn in rows[-1][0].turns] == [
        ("phase", "Running"),
        *((name, "True") for name in POD.types[1:]),
    ]
    assert rows[0][0].name == ""
    assert rows[-1][0].name == "web"


@each_language
def test_what_turned_says_from_what_to_what(site: TestClient, lang: Lang) -> None:
    room = ROOMS["pod-birth"]
    ready = next(frame for frame in room.run(room.first).frames if frame.key == "ready")

    page = fragment(site, room, lang, step=ready.step)
    strip = part(page, '<div class="turning"', '<div class="panes')

    marked = re.findall(r'<div class="status yes good turned"><dt>(.*?)</dt><dd>(.*?)</dd>', strip)
    said = {"en": "False → True changed", "zh": "False → True 刚变化"}[lang]
    assert [(text_of(name).replace(" ", ""), text_of(value)) for name, value in marked] == [
        ("ContainersReady", said),
        ("Ready", said),
    ]


def test_a_run_that_stores_nothing_shows_empty_places() -> None:
    room = ROOMS["pod-birth"]
    frames = room.run(room.widget.form(fault="webhook-denies")).frames

    rows = turning(room.widget.watches, frames, frames[-1])

    assert [(row.kind, row.name, {turn.mark for turn in row.turns}) for row in rows] == [("Pod", "", {"unset"})]


def test_a_condition_of_trouble_is_bad_when_it_holds() -> None:
    thing = StoredObject("Deployment", "web", "", (), (Status("ReplicaFailure", "True"), Status("Available", "False")))
    frame = Frame(1, "k", "api", Say("say.k"), {}, objects=(thing,))

    (row,) = turning((Watched("Deployment"),), (frame,), frame)

    assert [(turn.mark, turn.tone) for turn in row.turns] == [("yes", "bad"), ("no", "")]


@pytest.mark.parametrize("slug", ["etcd-write", "pod-packet"])
def test_rooms_without_kubernetes_objects_have_neither_strip_nor_events(site: TestClient, slug: str) -> None:
    page = fragment(site, ROOMS[slug], step=3)

    assert 'class="turning"' not in page
    assert "kubectl describe" not in page
    assert 'class="events"' not in page


# The panes


@each_run
def test_every_pane_has_its_words_and_every_object_its_pane(room: Room, example: Any) -> None:
    frames = room.run(room.inputs(example)).frames
    word = partial(room.words.text, "en")
    for pane in room.widget.panes:
        assert {f"pane.{pane.name}", f"pane.{pane.name}.none"} <= set(room.words)
    for frame in frames:
        shown = [thing.name for each in evidence(room.widget.panes, frames, frame, word) for thing in each.objects]
        assert sorted(shown) == sorted(thing.name for thing in frame.objects)


def test_a_pane_that_stays_empty_in_the_whole_run_is_left_out() -> None:
    thing = StoredObject("packet", "eth0", "ttl: 64")
    panes = (Pane("headers", "objects", kinds=("packet",)), Pane("kernel", "objects"), Pane("terminal", "terminal"))
    frames = (Frame(1, "k", "a", Say("say.k"), {}), Frame(2, "k", "a", Say("say.k"), {}, objects=(thing,)))

    names = [[each.pane.name for each in evidence(panes, frames, frame, str)] for frame in frames]

    assert names == [["headers", "terminal"]] * 2


def test_what_was_written_is_marked_in_runs_and_escaped() -> None:
    assert written("a: <b>\nc: 1\nd: 2\ne: 3", (2, 3)) == "a: &lt;b&gt;\n<ins>c: 1\nd: 2\n</ins>e: 3\n"
    assert written("a\nb", (1,)) == "<ins>a\n</ins>b\n"


# The steps


@each_language
@each_run
def test_the_transcript_says_what_every_step_shows(site: TestClient, room: Room, example: Any, lang: Lang) -> None:
    typed = as_text(room.inputs(example))
    frames = room.run(room.inputs(example)).frames
    page = fragment(site, room, lang, **typed)
    listed = [
        text_of(each) for each in re.findall(r"<li>(.*?)</li>", part(page, 'class="transcript"', "</details>"), re.S)
    ]

    assert len(listed) == len(frames)
    to_several = next((frame for frame in frames if frame.also), frames[len(frames) // 2])
    for frame in (frames[0], to_several, frames[-1]):
        step = fragment(site, room, lang, **typed, step=frame.step)
        name, sentence = re.findall(r"<p><b[^>]*>(.*?)</b>(.*?)</p>", part(step, ' role="status">', "</div>"))[0]
        wireline = part(step, 'class="wireline"', "</p>").partition(">")[2]
        colon = " : " if lang == "en" else "："
        shown = f"{text_of(name).partition(' · ')[2]}{colon}{text_of(sentence)} {text_of(wireline)}"
        # Several names stand in chips there and behind commas here.
        assert without_commas(listed[frame.step - 1]) == without_commas(shown)


@each_sequence
def test_a_step_leaves_out_what_the_page_has_and_gives_it_when_asked(site: TestClient, room: Room) -> None:
    count = len(room.run(room.first).frames)
    whole = fragment(site, room)
    step = fragment(site, room, step=2)
    asked = fragment(site, room, step=2, whole=1)
    page = site.get(f"/en/widgets/{room.slug}?step=2").text

    rest = re.findall(r'<div class="rest" id="(\S+)" hx-preserve>', whole + step + asked + page)
    assert len(rest) == 4
    assert len(set(rest)) == 1
    for html, steps in ((whole, count), (step, 0), (asked, count), (page, count)):
        assert part(html, 'class="rest"', 'class="keys"').count(f'id="w-{room.slug}-t-') == steps
        assert part(html, 'class="rest"', 'class="keys"').count("<svg") == steps
        check_markup(html)
    assert "whole" not in site.get(f"/fragments/en/widgets/{room.slug}?step=2&whole=1").headers["hx-push-url"]
    assert "step=2" in site.get(f"/fragments/en/widgets/{room.slug}?step=2").headers["hx-replace-url"]


@each_sequence
def test_another_run_has_another_list(site: TestClient, room: Room) -> None:
    ids = {
        re.findall(r'<div class="rest" id="(\S+)"', fragment(site, room, **as_text(room.inputs(each)), **more))[0]
        for each in room.widget.examples
        for more in ({}, {"speed": "2"})
    }

    assert len(ids) == 2 * len(room.widget.examples)


def test_in_a_lesson_inputs_and_the_list_come_when_they_are_asked_for(site: TestClient) -> None:
    room = ROOMS["pod-packet"]
    page = fragment(site, room, embed=3, scene="service", step=5)

    assert "<select" not in page
    assert 'id="w-pod-packet-t-1"' not in page
    assert 'href="/en/widgets/pod-packet?scene=service&amp;step=5#w-pod-packet-t-1"' in page
    unfold = re.search(r'id="w-pod-packet-inputs" href="[^"]*" hx-get="([^"]*)"', page)
    assert unfold is not None
    whole = site.get(unescape(unfold[1])).text
    last = re.search(r'data-last="(\d+)"', whole)
    assert last is not None
    assert whole.count('id="w-pod-packet-t-') == int(last[1])
    assert '<details class="inputs" id="w-pod-packet-inputs" open>' in whole
    assert 'name="all" value="1"' in whole
    assert 'data-step="5"' in whole
    assert "all=1" in re.findall(r'data-key="forward"[^>]*hx-get="([^"]*)"', whole)[0]


def test_in_a_lesson_there_is_one_picture_and_nothing_for_the_printer(site: TestClient) -> None:
    page = fragment(site, ROOMS["pod-birth"], embed=3)

    assert re.findall(r'<svg class="drawing (\w+)"', page) == ["tall"]
    assert 'class="printed"' not in page


@each_run
def test_a_step_weighs_little(site: TestClient, room: Room, example: Any) -> None:
    """The steps with the most text, in both languages, as the server compresses them."""
    frames = room.run(room.inputs(example)).frames
    most = sorted(frames, key=lambda each: -len(str((each.objects, each.events, each.terminal))))[:2]
    for frame in most:
        for lang in LANGUAGES:
            alone = ahead(site, room, lang, **as_text(room.inputs(example)), only=frame.step)
            assert list(alone) == [str(frame.step)]
            assert len(brotli.compress(json.dumps({"steps": alone}).encode(), quality=4)) <= STEP_BYTES


def ahead(site: TestClient, room: Room, lang: Lang = "en", **asked: Any) -> dict[str, str]:
    """The steps that the player's script asks for."""
    answer = site.get(f"/fragments/{lang}/widgets/{room.slug}/steps", params=asked)
    assert answer.status_code == 200
    steps: dict[str, str] = answer.json()["steps"]
    return steps


@each_sequence
@each_language
def test_the_steps_ahead_are_what_each_address_shows(site: TestClient, room: Room, lang: Lang) -> None:
    """The picture, the sentence and the evidence, whichever way a step comes."""
    steps = ahead(site, room, lang)
    last = len(room.run(room.first).frames)

    assert list(steps) == [str(number) for number in range(1, last + 1)]
    for number in (1, last // 2, last):
        whole = fragment(site, room, lang, step=number)
        for start, end in (('class="stage', "<nav"), (' role="status">', "</div>"), ('class="panes"', 'class="rest"')):
            shown = part(whole, start, end).partition('<details class="closer"')[0].partition('<dl class="ending"')[0]
            assert text_of(shown) in text_of(part(f'{steps[str(number)]}class="rest"', start, end))
        check_markup(steps[str(number)])


def test_there_are_no_steps_of_a_calculator_and_of_a_refused_run(site: TestClient) -> None:
    assert site.get("/fragments/en/widgets/quantity/steps").status_code == 404
    assert site.get("/fragments/en/widgets/pod-birth/steps?fault=nonsense").status_code == 422
    assert list(ahead(site, ROOMS["pod-birth"], only=99)) == ["23"]


@pytest.mark.parametrize(("at", "step"), [(5, 5), (8, 8), (22, 8), (1, 1)])
def test_another_fault_keeps_the_step_but_goes_no_further_than_where_it_breaks(
    site: TestClient, at: int, step: int
) -> None:
    """Without a scheduler everything is as it was up to step 7."""
    page = fragment(site, ROOMS["pod-birth"], fault="scheduler-down", at=at, whole=1)

    assert f'data-step="{step}"' in page
    assert 'id="w-pod-birth-breaks" data-to="8"' in page
    assert 'id="w-pod-birth-breaks"' not in fragment(site, ROOMS["pod-birth"])


@each_run
def test_the_ruler_marks_where_the_run_parts_from_the_good_one(site: TestClient, room: Room, example: Any) -> None:
    typed = as_text(room.inputs(example))
    page = fragment(site, room, **typed)
    compared = fragment(site, room, **typed, view="compare")

    told = re.search(r"They differ from step (\d+) on", compared)
    marked = re.search(r'-breaks" data-to="(\d+)"', page)
    ended = told and int(told[1]) > len(room.run(room.inputs(example)).frames)
    assert (marked and marked[1]) == (None if not told or ended else told[1])
    assert ('class="broken"' in page) is bool(marked)


@each_sequence
def test_every_step_has_an_address_that_holds_the_inputs(site: TestClient, room: Room) -> None:
    for example in room.widget.examples:
        typed = as_text(room.inputs(example))
        changed = {name: text for name, text in typed.items() if text != as_text(room.first)[name]}
        page = Shape()
        page.feed(fragment(site, room, **typed, step=2, speed="2", whole=1))
        links = [attrs for tag, attrs in page.elements if tag == "a" and f"w-{room.slug}-to-" in attrs.get("id", "")]

        assert len(links) == len(room.run(room.inputs(example)).frames)
        for number, attrs in enumerate(links, 1):
            path, _, query = attrs["href"].partition("?")
            assert path == f"/en/widgets/{room.slug}"
            assert dict(parse_qsl(query)) == {**changed, "step": str(number), "speed": "2"}
            assert attrs["hx-get"] == f"/fragments{attrs['href']}"
        assert [attrs.get("aria-current") for attrs in links].index("step") == 1


@pytest.mark.parametrize(
    ("sentence", "stays"),
    [("The scheduler posts a Binding", 2500), ("调度器写下绑定", 2050), ("写下 spec.nodeName", 1600)],
)
def test_a_step_stays_as_long_as_its_sentence_takes_to_read(sentence: str, stays: int) -> None:
    """0.3 s a word, 0.15 s a Chinese character, and a second besides."""
    assert stay_ms(sentence) == stays


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("watching", ("watching",)),
        ("majority commits", ("majority", "commits")),
        ("one two three four five six", ("one two three", "four five six")),
        ("等待多数成员落盘", ("等待多数成员", "落盘")),
        ("more words than two lines can hold", ("more words", "than two lin…")),
    ],
)
def test_a_state_stands_in_one_line_or_two(text: str, lines: tuple[str, ...]) -> None:
    assert in_lines(text, 13.9) == lines


@each_sequence
@each_language
def test_one_region_announces_and_holds_one_sentence(site: TestClient, room: Room, lang: Lang) -> None:
    for step in (1, 2, 3):
        page = fragment(site, room, lang, step=step)

        assert len(re.findall(r'role="(?:status|alert|log)"|aria-live', page)) == 1
        assert part(page, ' role="status">', "</div>").count("<p>") == 1


# What runs


@each_sequence
@each_language
def test_every_example_is_offered_and_every_hint_is_tied(site: TestClient, room: Room, lang: Lang) -> None:
    for view in ("", "storyboard"):
        page = fragment(site, room, lang, view=view)
        offered = part(page, '<div class="presets">', "</ul>")

        for example in room.widget.examples:
            assert unparted(room.words.html(lang, f"example.{example.name}"), lang) in offered
        assert offered.count('aria-current="true"') == 1
        hints = [name for name in room.widget.form.model_fields if f"hint.{name}" in room.words]
        for name in hints:
            assert f'id="w-{room.slug}-{name}-hint"' in page
            assert f'aria-describedby="w-{room.slug}-{name}-hint"' in page
        assert ('class="hints"' in page) is bool(hints)


# Beside the good path


def test_only_a_run_with_something_broken_is_compared(site: TestClient) -> None:
    etcd = ROOMS["etcd-write"]

    assert "view=compare" not in fragment(site, ROOMS["pod-birth"], step=4)
    assert "fault=gated&amp;view=compare" in fragment(site, ROOMS["pod-birth"], fault="gated", step=4)
    assert "view=compare" not in fragment(site, etcd, members=5, operation="linearizable-read")
    assert "view=compare" in fragment(site, etcd, members=5, down="2")
    assert "view=compare" in fragment(site, etcd, members=5, cut_off="4,5")


@each_language
def test_compared_is_all_but_what_is_broken(site: TestClient, lang: Lang) -> None:
    """With five members the good path has five members too."""
    room = ROOMS["etcd-write"]
    good = room.run(room.widget.form(members=5)).frames
    broken = room.run(room.widget.form(members=5, down="1,2,3")).frames
    page = fragment(site, room, lang, members=5, down="1,2,3", view="compare")

    shared = part(page, 'class="shared"', "</details>").count("<li>") if 'class="shared"' in page else 0
    assert part(page, 'class="compared"', "</ol>").count('<p class="there">') == len(good) - shared
    assert part(page, 'class="compared"', "</ol>").count('<p class="here">') == len(broken) - shared


def test_the_shared_beginning_is_told_once_and_the_end_once(site: TestClient) -> None:
    room = ROOMS["pod-birth"]
    page = fragment(site, room, fault="scheduler-down", view="compare")
    good = room.run(room.first).frames

    assert part(page, 'class="shared"', "</details>").count("<li>") == 7
    assert "They differ from step 8 on" in page
    pairs = re.findall(r'<li value="(\d+)">(.*?)</li>', page, re.S)
    assert [int(number) for number, _ in pairs] == list(range(8, len(good) + 1))
    assert [number for number, told in pairs if "It has ended." in told] == ["11"]
    check_markup(page)


def test_from_the_comparison_a_step_can_be_watched(site: TestClient) -> None:
    page = fragment(site, ROOMS["pod-birth"], fault="scheduler-down", view="compare")

    assert 'href="/en/widgets/pod-birth?fault=scheduler-down&amp;step=9"' in page
    assert 'hx-get="/fragments/en/widgets/pod-birth?fault=scheduler-down&amp;step=9&amp;whole=1"' in page


@each_language
def test_on_the_good_path_the_comparison_asks_for_a_fault(site: TestClient, lang: Lang) -> None:
    page = fragment(site, ROOMS["pod-birth"], lang, view="compare")

    assert {"en": "This is the good path.", "zh": "这就是正常流程。"}[lang] in page
    assert 'class="compared"' not in page


@each_sequence
def test_every_fault_can_be_compared(site: TestClient, room: Room) -> None:
    for field in room.widget.faults:
        for value in options(room, field):
            page = fragment(site, room, **{field: value}, view="compare")
            check_markup(page)
            assert ('class="compared"' in page) or ("to the end" in page)


def options(room: Room, field: str) -> list[str]:
    """What a menu offers beside its default; members of etcd are typed."""
    annotation = room.widget.form.model_fields[field].annotation
    values = [str(each) for each in getattr(annotation, "__args__", ()) if each != "none"]
    return values or ["2"]
