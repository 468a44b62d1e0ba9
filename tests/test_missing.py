"""A sentence that is not there is found by `podscope check`, with its key and where it is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.content.error import ContentError
from app.content.words import Words
from app.kube.say import Say
from app.widgetkit import missing
from app.widgetkit.contract import Example, Form, Widget
from app.widgetkit.missing import missing_sentences, said_in
from app.widgetkit.registry import Room, find_rooms

ROOMS = find_rooms()


def without(room: Room, *keys: str) -> Room:
    assert set(keys) <= set(room.words)
    return replace(room, words=Words({key: room.words._entries[key] for key in room.words if key not in keys}))


def test_every_room_has_all_its_sentences() -> None:
    assert list(map(str, missing_sentences(ROOMS.values()))) == []


@pytest.mark.parametrize(
    ("slug", "key", "where"),
    [
        ("pod-birth", "say.publish", "frames.publish.say"),
        ("pod-birth", "step.publish", "frames.publish"),
        ("pod-birth", "state.lists-unready", ".actors of pod-birth"),
        ("pod-birth", "actor.kubelet", "stage"),
        ("pod-birth", "say.wait-oom.last", "frames.wait.details"),
        ("pod-birth", "end.oom-killed.check", "check"),
        ("vm-birth", "zone.node-2", "stage"),
        ("quorum", "verdict.index", "verdict"),
    ],
)
def test_a_missing_sentence_is_named_with_where_it_is_asked_for(slug: str, key: str, where: str) -> None:
    found = list(missing_sentences([without(ROOMS[slug], key)]))

    assert found
    assert all(isinstance(error, ContentError) and key in str(error) for error in found)
    assert any(where in error.advice for error in found)


def test_a_sentence_of_one_fault_is_found_and_the_inputs_that_ask_for_it_are_named() -> None:
    (error, *_) = missing_sentences([without(ROOMS["deployment-birth"], "end.init-fails.works")])

    assert error.path == ROOMS["deployment-birth"].folder / "words.yaml"
    assert error.message == "end.init-fails.works is missing"
    assert "works of deployment-birth asks for it" in error.advice
    assert "fault='init-fails'" in error.advice


def test_what_only_code_says_is_found_with_its_line() -> None:
    """A refusal that no example runs into."""
    room = ROOMS["etcd-write"]
    code = next(key for key in room.words if key.startswith("refusal.") and key in _own(room))
    found = [error for error in missing_sentences([without(room, code)]) if error.path.suffix == ".py"]

    assert found
    assert all(code.removeprefix("refusal.") in error.path.read_text().splitlines()[error.line - 1] for error in found)


def _own(room: Room) -> str:
    return (room.folder / "words.yaml").read_text(encoding="utf-8")


# A room of its own


class Inputs(Form):
    count: int = 1


@dataclass(frozen=True)
class Outcome:
    verdict: Say


def room_that_says(say: Say, words: Mapping[str, Any], folder: Path) -> Room:
    widget = Widget(
        slug="a-room",
        form=Inputs,
        run=lambda _inputs: Outcome(say),
        examples=(Example("first", {}, {}, "none"),),
        subject="pods",
    )
    shared = Words({"title": {"en": "a", "zh": "a"}, **words})
    return replace(ROOMS["quantity"], widget=widget, folder=folder, words=ROOMS["quantity"].words | shared)


def test_a_hole_that_no_value_fills_is_found(tmp_path: Path) -> None:
    words = {"verdict.hole": {"en": "{count} of {all}", "zh": "{all} 之 {count}"}}
    found = list(missing_sentences([room_that_says(Say("verdict.hole", {"count": 1}), words, tmp_path)]))

    assert [error.message for error in found] == ["verdict.hole needs {all} in en, which is not among its values"]


def test_a_sentence_inside_a_sentence_is_asked_for_too(tmp_path: Path) -> None:
    words = {"verdict.outer": {"en": "it is {inner}", "zh": "是 {inner}"}}
    say = Say("verdict.outer", {"inner": Say("verdict.inner")})
    found = list(missing_sentences([room_that_says(say, words, tmp_path)]))

    assert [error.message for error in found] == ["verdict.inner is missing"]
    assert "verdict.values.inner of a-room asks for it" in found[0].advice


def test_sentences_are_found_wherever_they_stand() -> None:
    outcome = {"a": [Say("one"), {"b": (Say("two"),)}], "c": Outcome(Say("three", {"x": Say("four")}))}

    assert sorted((say.key, where) for where, say in said_in(outcome)) == [
        ("four", "c.verdict.values.x"),
        ("one", "a.one"),
        ("three", "c.verdict"),
        ("two", "a.1.b.two"),
    ]


def test_a_template_and_code_that_ask_for_what_is_not_there_are_found(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text('a = 1\nb = Say("verdict.gone", {})\nc = Refusal(f"gone-{a}")\n')
    (tmp_path / "widget.html").write_text('<p>{{ t("title") }}</p>\n<p>{{ t("gone.") ~ x }} {{ t("nowhere") }}</p>\n')
    words = {"verdict.there": {"en": "a", "zh": "a"}}
    found = list(missing_sentences([room_that_says(Say("verdict.there"), words, tmp_path)]))

    assert [(error.path.name, error.line, error.message.split()[0]) for error in found] == [
        ("model.py", 2, "verdict.gone"),
        ("model.py", 3, "refusal.gone-…"),
        ("widget.html", 2, "gone."),
        ("widget.html", 2, "nowhere"),
    ]


def test_check_fails_with_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    error = ContentError("words.yaml", 1, "say.gone is missing", "write it")
    monkeypatch.setattr(missing, "missing_sentences", lambda _rooms: [error])

    result = CliRunner().invoke(app, ["check"])

    assert (result.exit_code, result.stderr) == (1, "words.yaml:1: say.gone is missing; write it\n")
