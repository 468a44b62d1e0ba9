"""The command: widgets on files and standard input, refusals with status 2, the content check."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from app.check import Summary
from app.cli import app
from app.content.error import ContentError, Mistakes
from app.content.language import LANGUAGES, Lang
from app.kube.frame import Sequence
from app.kube.say import Say
from app.quiz.honest import Figures
from app.widgetkit.contract import Example
from app.widgetkit.form import as_text, fields_of
from app.widgetkit.outcome import at_path
from app.widgetkit.registry import Room, Rooms
from tests.conftest import ROOT
from tests.written import known_rooms

SLUGS = list(known_rooms())
each_language = pytest.mark.parametrize("lang", LANGUAGES)

POD = """
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: c
    resources: {requests: {memory: 4Gi}}
"""


@pytest.fixture(autouse=True)
def rooms_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command reads all rooms, and here a hundred times the same."""
    monkeypatch.setattr("app.widgetkit.registry.find_rooms", known_rooms)


def call(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(arguments), input=stdin)
    return result.exit_code, result.stdout, result.stderr


def options(room: Room, example: Example) -> list[str]:
    """The inputs of an example as they are typed."""
    typed = as_text(room.inputs(example))
    return [part for name in example.inputs for part in (f"--{name.replace('_', '-')}", typed[name])]


@pytest.mark.slow
def test_every_widget_answers_on_the_command_line(rooms: Rooms) -> None:
    for room in rooms.values():
        example = room.widget.examples[0]

        status, output, _ = call("run", room.slug, "-o", "json", *options(room, example))

        assert status == 0, room.slug
        outcome = json.loads(output)["outcome"]
        assert {path: at_path(outcome, path) for path in example.expect} == dict(example.expect)


@each_language
@pytest.mark.parametrize("slug", SLUGS)
def test_every_widget_is_printed_in_both_languages(rooms: Rooms, slug: str, lang: Lang) -> None:
    """What its outcome says, and no key of a sentence in place of it."""
    room = rooms[slug]
    for example in room.widget.examples[:3]:
        status, output, error = call("run", slug, "--lang", lang, *options(room, example))

        assert (status, error) == (0, ""), example.name
        outcome = room.run(room.inputs(example))
        said = outcome.frames[0].say if isinstance(outcome, Sequence) else getattr(outcome, "verdict", None)
        if isinstance(said, Say):
            assert room.text(lang, said) in output, example.name
        assert not re.search(r"\b(say|end|step)\.[a-z][a-z-]+", output), example.name
        assert "{'" not in output
        assert "\x1b" not in output


@each_language
@pytest.mark.parametrize("slug", SLUGS)
def test_help_of_a_widget_lists_its_inputs_with_their_words_choices_and_defaults(
    rooms: Rooms, slug: str, lang: Lang
) -> None:
    room = rooms[slug]
    defaults = as_text(room.widget.form())
    status, output, _ = call("run", slug, "--help", "--lang", lang)

    assert status == 0
    assert room.title(lang) in output
    for field in fields_of(room.widget.form, defaults):
        part = output.partition(f"\n  --{field.name.replace('_', '-')}\n")[2].partition("\n  --")[0]
        assert room.words.text(lang, f"field.{field.name}") in part, field.name
        assert all(choice in part for choice in field.options), field.name
        meant = [f"option.{field.name}.{choice}" for choice in field.options]
        assert all(room.words.text(lang, key) in part for key in meant if key in room.words), field.name
        if field.value and "\n" not in field.value and len(field.value) < 50:
            assert field.value in part, field.name


def test_help_without_a_widget_lists_them_all(rooms: Rooms) -> None:
    status, output, _ = call("run", "--help")

    assert status == 0
    assert all(f"  {slug}" in output and room.title("en") in output for slug, room in rooms.items())


def test_no_input_is_called_as_an_option_of_the_command(rooms: Rooms) -> None:
    own = {"output", "lang", "step", "help"}

    assert [room.slug for room in rooms.values() if own & set(room.widget.form.model_fields)] == []


def test_one_step_of_a_story_is_shown_with_all_there_is_to_see() -> None:
    status, output, _ = call("run", "pod-birth", "--fault", "image-missing", "--step", "10")

    assert status == 0
    assert output.startswith("10  ")
    assert "POST /api/v1/namespaces/default/pods/web/binding" in output
    assert "  +   nodeName: node-1" in output
    assert "Scheduled" in output
    assert not re.search(r"^ *9  ", output, flags=re.M)


def test_a_manifest_comes_from_standard_input() -> None:
    status, output, _ = call("run", "oom-score", "--node-memory", "16Gi", "--manifest", "-", stdin=POD)

    assert status == 0
    assert "750" in output
    assert "Burstable" in output


def test_what_is_pasted_may_begin_with_a_dash_as_options_do() -> None:
    rules = "- source_matchers: [o=p]\n  target_matchers: [h=l]"

    assert call("run", "alert-inhibition", "--rules", rules, "-o", "json")[0] == 0
    assert call("run", "alert-inhibition", "-o", "json", f"--rules={rules}")[0] == 0


@pytest.mark.slow
def test_the_command_line_reads_a_whole_cluster_which_the_network_does_not_take(site: TestClient) -> None:
    padded = POD.rstrip() + "\n" + "# what kubectl prints of a real pod is about 8 KiB\n" * 25_000
    assert len(padded) > 1 << 20

    status, output, _ = call("run", "oom-score", "--manifest", "-", "--output", "json", stdin=padded)
    refused = site.post("/api/v1/widgets/oom-score", json={"manifest": padded})

    assert status == 0
    assert json.loads(output)["outcome"]["pods"]
    assert refused.status_code == 422
    assert "1048576" in refused.text


def test_a_manifest_comes_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_text(POD)

    status, output, _ = call("run", "oom-score", "--node-memory", "16Gi", "--manifest", f"@{tmp_path}/pod.yaml")

    assert status == 0
    assert "750" in output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "oom-scare"], "oom-score"),
        (["run", "quantity", "--text", "1GiB"], "text"),
        (["run", "quantity", "--txet", "1"], "--text"),
        (["run", "quantity", "1Gi"], "--name value"),
        (["run", "quantity", "--text"], "needs a value"),
        (["run", "quantity", "--text", "@/nowhere/at/all"], "can't be read"),
        (["run", "quantity", "--text", "1", "-o", "xml"], "table and json"),
        (["run", "quantity", "--text", "1", "--lang", "fr"], "en and zh"),
        (["run"], "oom-score"),
        (["run", "quantity", "--text", "1", "--step", "1"], "no steps"),
        (["run", "pod-birth", "--step", "0"], "steps 1 to 23"),
        (["run", "pod-birth", "--step", "24"], "steps 1 to 23"),
        (["run", "pod-birth", "--step", "x"], "steps 1 to 23"),
        (["run", "pod-birth", "--step", "3", "-o", "json"], "outcome.frames"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_not_acceptable_is_refused_with_status_2(arguments: list[str], said: str) -> None:
    status, output, error = call(*arguments)

    assert status == 2
    assert said in error
    assert output == ""


def test_a_refusal_can_be_in_chinese() -> None:
    _, _, error = call("run", "quantity", "--text", "1GiB", "--lang", "zh")

    assert any("一" <= char <= "鿿" for char in error)


def test_the_check_says_what_was_in_order_and_what_was_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before all tests `make test` has it check everything; here it is told what was found."""
    figures = Figures(6, {}, {}, 4, (1, 2, 1, 0), 0.5, {"en": 1.25, "zh": 2.0}, {})
    monkeypatch.setattr("app.check.check", lambda _: Summary(12, figures))
    well = call("check")

    def found(tell: Mistakes) -> None:
        tell(ContentError("quiz.yaml", 7, "no such section", "name one"))

    monkeypatch.setattr("app.check.check", found)
    bad = call("check")

    assert (well[0], well[2]) == (0, "")
    assert "12 pages and files are in order" in well[1]
    assert "6 questions; of 4 singles the right option stands at 1/2/1/0" in well[1]
    assert bad == (1, "", "quiz.yaml:7: no such section; name one\n1 to mend\n")


@pytest.mark.parametrize(("first", "flags"), [("elsewhere", ["-P"]), (str(ROOT), [])], ids=["elsewhere", "tree"])
def test_what_serves_begins_anew_and_is_not_looked_for_in_the_folder_where_it_is_called(
    monkeypatch: pytest.MonkeyPatch, first: str, flags: list[str]
) -> None:
    """A folder of data may hold anything, also one that is called `app`."""
    began: list[list[str]] = []
    monkeypatch.setattr("os.execv", lambda _, arguments: began.append(arguments))
    monkeypatch.setattr("subprocess._args_from_interpreter_flags", list)
    monkeypatch.setattr("sys.path", [first, *sys.path])
    monkeypatch.setenv("PODSCOPE_PORT", "1")

    status, _, _ = call("serve", "--port", "8123")

    assert status == 0
    assert began == [[sys.executable, *flags, "-X", "no_debug_ranges", "-m", "app.serve"]]
    assert os.environ["PODSCOPE_PORT"] == "8123"


def test_what_draws_and_what_reads_command_lines_is_not_in_the_process_that_serves() -> None:
    """Where all lies on the shelf: some megabytes of each worker."""
    looked = (
        "import os, sys; from app.settings import read_settings; from app.main import create_app;"
        "create_app(read_settings(os.environ)); print(*(name for name, found in sys.modules.items() if found))"
    )
    environment = {**os.environ, "PODSCOPE_DATABASE_URL": "sqlite://", "PYTHONPATH": str(ROOT)}
    for _ in range(2):  # the first may have to draw
        said = subprocess.run(
            [sys.executable, "-c", looked], env=environment, capture_output=True, text=True, timeout=300
        )
        assert said.returncode == 0, said.stderr

    loaded = set(said.stdout.split())
    assert {"app.site", "app.lessons.pages", "sqlalchemy"} <= loaded
    assert sorted(loaded & SPARED) == []


SPARED = {
    *("typer", "app.cli", "app.drawn", "app.reader", "app.lessons.beside", "app.lessons.page", "app.lessons.export"),
    *("sqlmodel", "sqlalchemy.orm", "rich", "pydantic.v1", "pygments", "alembic", "xml.etree.ElementTree"),
}
