"""The command: widgets on files and standard input, refusals with status 2, the content check."""

import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from app.cli import app
from app.widgetkit.outcome import at_path
from app.widgetkit.registry import Rooms

POD = """
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: c
    resources: {requests: {memory: 4Gi}}
"""


def call(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(arguments), input=stdin)
    return result.exit_code, result.stdout, result.stderr


def test_every_widget_answers_on_the_command_line(rooms: Rooms) -> None:
    for room in rooms.values():
        example = room.widget.examples[0]
        options = [
            part for name, value in example.inputs.items() for part in (f"--{name.replace('_', '-')}", str(value))
        ]

        status, output, _ = call("run", room.slug, "-o", "json", *options)

        assert status == 0, room.slug
        outcome = json.loads(output)["outcome"]
        assert {path: at_path(outcome, path) for path in example.expect} == dict(example.expect)


def test_a_manifest_comes_from_standard_input() -> None:
    status, output, _ = call("run", "oom-score", "--node-memory", "16Gi", "--manifest", "-", stdin=POD)

    assert status == 0
    assert "750" in output
    assert "Burstable" in output


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


def test_the_content_is_in_order() -> None:
    status, output, error = call("check")

    assert status == 0, error
    assert "in order" in output
