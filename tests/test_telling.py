"""A sequence on the command line and in JSON: the same sentences as on the page, in the language asked for."""

import re
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.content.language import LANGUAGES, Lang
from app.content.words import Words
from app.kube.frame import Sequence
from app.kube.say import Say
from app.widgetkit.columns import padded, width_of, wrapped
from app.widgetkit.outcome import at_path
from app.widgetkit.registry import Room
from app.widgetkit.telling import Teller, coloured, seconds
from tests.written import known_rooms

ROOMS = known_rooms()
SEQUENCES = [room for room in ROOMS.values() if room.widget.kind == "sequence"]
RUNS = [(room, example) for room in SEQUENCES for example in room.widget.examples]
each_run = pytest.mark.parametrize(("room", "example"), RUNS, ids=[f"{room.slug}-{e.name}" for room, e in RUNS])
each_language = pytest.mark.parametrize("lang", LANGUAGES)
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def told(room: Room, example: Any) -> Sequence:
    outcome = room.run(room.inputs(example))
    assert isinstance(outcome, Sequence)
    return outcome


@each_run
@each_language
def test_the_story_has_every_step_with_its_request_and_its_sentence(room: Room, example: Any, lang: Lang) -> None:
    outcome = told(room, example)
    lines = list(Teller(room, lang).story(outcome))
    heads = [line for line in lines if re.match(r" *\d+  ", line) and not line.startswith("    ")]

    assert [int(line.split()[0]) for line in heads] == [frame.step for frame in outcome.frames]
    for frame, head in zip(outcome.frames, heads, strict=True):
        assert room.words.text(lang, f"step.{frame.key}") in head
        assert all(room.words.text(lang, f"actor.{name}") in head for name in (*frame.senders, *frame.receivers))
        assert f"    {room.text(lang, frame.say)}" in lines
        assert not frame.verb or any(line.startswith(f"    {frame.verb}") for line in lines)
    for say in (outcome.sees, outcome.works, outcome.check):
        assert say is None or f"    {room.text(lang, say)}" in lines


@each_run
def test_the_story_brings_every_event_and_every_line_of_the_terminal_once(room: Room, example: Any) -> None:
    outcome = told(room, example)
    lines = list(Teller(room, "en").story(outcome))
    printed = [line.removeprefix("    | ") for line in lines if line.startswith("    | ")]

    assert "\n".join(printed).split() == outcome.frames[-1].terminal.split()
    for event in outcome.frames[-1].events:
        assert any(line.startswith(f"    * {event.type}  {event.reason}") and event.message in line for line in lines)


def test_an_event_is_told_again_when_it_is_counted_again_and_not_when_it_ages() -> None:
    room = ROOMS["pod-birth"]
    outcome = room.run(room.widget.form.model_validate({"fault": "no-node-fits"}))
    assert isinstance(outcome, Sequence)
    events = [line for line in Teller(room, "en").story(outcome) if line.startswith("    * ")]

    assert len(events) == len(set(events)) == 2
    assert "(x2 over " in events[1]

    outcome = room.run(room.widget.form.model_validate({"fault": "image-missing"}))
    assert isinstance(outcome, Sequence)
    ages = {each.age for frame in outcome.frames for each in frame.events if each.reason == "Scheduled"}

    assert len(ages) > 1
    assert sum("Scheduled  " in line for line in Teller(room, "en").story(outcome)) == 1


@each_run
def test_a_step_shows_its_details_its_states_and_what_it_wrote(room: Room, example: Any) -> None:
    outcome = told(room, example)
    for frame in (outcome.frames[0], outcome.frames[len(outcome.frames) // 2], outcome.frames[-1]):
        lines = list(Teller(room, "en").step(outcome, frame.step))
        written = [line for line in lines if line.startswith("  + ")]

        assert all(f"    - {room.text('en', detail)}" in lines for detail in frame.details)
        states = {room.words.text("en", f"state.{code}") for code in frame.actors.values()}
        assert all(any(line.endswith(f"  {state}") for line in lines) for state in states)
        assert len(written) == sum(len(thing.changed) for thing in frame.objects)


def test_colours_add_nothing_but_colours() -> None:
    room = ROOMS["pod-birth"]
    outcome = told(room, room.widget.examples[1])
    plain, bright = Teller(room, "zh"), Teller(room, "zh", coloured)

    for drawn, lines in ((bright.story, plain.story), (lambda o: bright.step(o, 5), lambda o: plain.step(o, 5))):
        text = "\n".join(drawn(outcome))
        assert ESCAPE.search(text)
        assert ESCAPE.sub("", text) == "\n".join(lines(outcome))


@each_language
def test_a_narrow_terminal_breaks_sentences_and_loses_nothing(lang: Lang) -> None:
    room = ROOMS["pod-birth"]
    frame = told(room, room.widget.examples[0]).frames[5]
    text = room.text(lang, frame.say)
    lines = list(wrapped(text, 40))

    assert len(lines) > 1
    assert max(map(width_of, lines)) <= 42  # a stop may hang over
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_a_character_of_chinese_takes_two_columns() -> None:
    assert [width_of(text) for text in ("Pod", "调度器", "kubelet 就绪")] == [3, 6, 12]
    assert {width_of(padded(text, 9)) for text in ("Pod", "调度器", "a 就绪")} == {9}


def test_model_time_has_no_zeros_that_say_nothing() -> None:
    assert [seconds(at) for at in (0.0, 0.108, 300.0, 2e-05)] == ["0 s", "0.108 s", "300 s", "0.00002 s"]


# JSON


@each_language
def test_the_api_tells_a_sequence_in_the_language_asked_for(site: TestClient, lang: Lang) -> None:
    room = ROOMS["pod-birth"]
    outcome = site.post(f"/api/v1/widgets/pod-birth?lang={lang}", json={"fault": "crash-loop"}).json()["outcome"]

    sees = outcome["sees"]
    assert sees == {"key": "end.crash-loop.sees", "values": {}, "text": room.words.text(lang, "end.crash-loop.sees")}
    for frame in outcome["frames"]:
        for say in (frame["say"], *frame["details"]):
            assert set(say) == {"key", "values", "text"}
            assert say["text"] == room.words.text(lang, say["key"], **say["values"])
        assert not {"text", "values"} & set(frame)
    assert "ending" not in outcome


def test_nothing_is_seen_at_the_end_of_what_goes_well(site: TestClient) -> None:
    outcome = site.post("/api/v1/widgets/pod-birth", json={}).json()["outcome"]

    assert (outcome["sees"], outcome["works"], outcome["check"]) == (None, None, None)


@each_language
def test_a_sentence_among_the_values_of_a_sentence_is_told_as_well(lang: Lang) -> None:
    words = Words({"outer": {"en": "it is {inner}", "zh": "它{inner}"}, "inner": {"en": "up {n}", "zh": "已启动 {n}"}})
    room = replace(ROOMS["pod-birth"], words=words)
    shown = room.json({"it": Say("outer", {"inner": Say("inner", {"n": 3})})}, lang)

    assert shown["it"]["text"] == {"en": "it is up 3", "zh": "它已启动 3"}[lang]
    assert shown["it"]["values"]["inner"]["text"] == {"en": "up 3", "zh": "已启动 3"}[lang]


# Paths


FRAMES = {
    "frames": [
        {"key": "probe", "at_s": 1, "objects": [{"kind": "Pod", "status": [{"type": "phase", "status": "Running"}]}]},
        {"key": "publish", "at_s": 2, "objects": []},
        {"key": "probe", "at_s": 3, "objects": []},
    ]
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("frames.probe.at_s", 1),
        ("frames.probe#2.at_s", 3),
        ("frames.publish.at_s", 2),
        ("frames.2.at_s", 3),
        ("frames.probe.objects.Pod.status.phase.status", "Running"),
    ],
)
def test_a_frame_is_named_by_its_key(path: str, value: object) -> None:
    assert at_path(FRAMES, path) == value


@pytest.mark.parametrize("path", ["frames.bind.at_s", "frames.probe#3.at_s", "frames.9.at_s", "frames.probe.nothing"])
def test_a_path_that_leads_nowhere_is_a_lookup_error(path: str) -> None:
    with pytest.raises(LookupError):
        at_path(FRAMES, path)


def test_no_example_counts_frames() -> None:
    """One inserted step would move them all."""
    counted = [
        (room.slug, example.name, path)
        for room in ROOMS.values()
        for example in room.widget.examples
        for path in example.expect
        if re.search(r"\b(frames|phases|owners)\.\d", path)
    ]

    assert counted == []
