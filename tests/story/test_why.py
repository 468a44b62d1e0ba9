"""`podscope why`: from standard input, and from what the real kubectl reads of a small server."""

import json
import shutil
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from app.cli import app
from app.kube.transcript.private import CUT
from app.why import KubectlError, Target, gather, read_target
from tests.story.apiserver import serving
from tests.witness.recording import recordings

PRESETS = yaml.safe_load((Path(__file__).parents[2] / "app/widgets/pod_story/presets.yaml").read_text(encoding="utf-8"))
RECORDINGS = {f"{each.room}/{each.scenario}": each for each in recordings("kubernetes-1.37.2")}
kubectl = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")


def why(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["why", *arguments], input=stdin)
    return result.exit_code, result.stdout, result.stderr


def test_a_paste_is_told_with_its_lines_and_the_next_command() -> None:
    status, out, _ = why("-", stdin=PRESETS["crash-loop"])

    assert status == 1
    assert "app-exits (proved): " in out
    assert "line 24  Exit Code:    1" in out
    assert "kubectl logs cart-6d5f7c9b8-x2v4q -n shop -c cart --previous" in out


def test_what_is_well_ends_with_0() -> None:
    assert why("-", stdin=PRESETS["healthy"])[0] == 0


def test_what_is_left_open_is_told_in_words_beside_its_code() -> None:
    _, out, _ = why(
        "-", stdin="NAME   READY   STATUS             RESTARTS   AGE\nweb    0/1     ImagePullBackOff   0          5m\n"
    )

    assert "It is one of these:\n  image-not-found: the registry has no such image\n" in out


def test_json_is_what_the_api_answers() -> None:
    status, out, _ = why("-", "-o", "json", "--lang", "zh", stdin=PRESETS["oom"])

    told = json.loads(out)["outcome"]
    assert status == 1
    assert told["verdict"]["code"] == "oom-container-limit"
    assert told["verdict"]["evidence"][0] == {"quote": "reason: OOMKilled", "line": 36}
    assert "内存" in told["verdict"]["text"]


@pytest.mark.parametrize(
    ("arguments", "stdin", "says"),
    [
        (["-"], "hello", "Paste what a command printed"),
        (["-"], "", "paste"),
        (["-", "--pod", "nobody"], PRESETS["crash-loop"], "no Pod nobody"),
        (["-", "--now", "soon"], PRESETS["crash-loop"], "no time"),
        (["deploy/web"], "", "pod/NAME"),
        (["pod/"], "", "pod/NAME"),
        (["-", "-o", "xml"], "", "text and json"),
        (["-", "--lang", "fr"], "", "en and zh"),
    ],
)
def test_bad_input_ends_with_2_and_says_what_would_do(arguments: list[str], stdin: str, says: str) -> None:
    status, out, err = why(*arguments, stdin=stdin)

    assert (status, out) == (2, "")
    assert says in err


def test_no_kubectl_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    status, _, err = why("pod/web")

    assert status == 2
    assert "podscope why -" in err


def test_a_name_is_never_an_option() -> None:
    with pytest.raises(ValueError, match="--all"):
        read_target("pod/--all", "", ())


def test_only_reading_is_asked_of_kubectl() -> None:
    asked: list[str] = []

    def answers(arguments: object) -> tuple[int, str, str]:
        words = list(arguments)  # type: ignore[call-overload]
        asked.append(words[0])
        pod = {
            "kind": "Pod",
            "metadata": {"name": "web", "namespace": "shop", "managedFields": [{}]},
            "spec": {"nodeName": "n1"},
            "status": {"containerStatuses": [{"name": "c", "restartCount": 2}]},
        }
        return (0, json.dumps(pod), "") if words[1] == "pod" else (0, "a line\n", "")

    text = gather(Target("web", "shop"), answers)

    assert set(asked) == {"get", "logs"}
    assert "$ kubectl logs web -c c --previous --tail=50 -n shop\na line\n" in text
    assert "managedFields" not in text


# --- with the real kubectl --------------------------------------------------------------------------------

ASKED = {
    "pod-birth/none": (0, "healthy"),
    "pod-birth/image-missing": (1, "image-not-found"),
    "pod-birth/secret-missing": (1, "secret-missing"),
    "pod-birth/no-node-fits": (1, "unschedulable"),
    "pod-birth/oom-killed": (1, "oom-container-limit"),
    "pod-birth/kubelet-down": (1, "terminating-node-gone"),
    "pod-birth/kubelet-returns": (0, "healthy"),
    "pod-birth/init-fails": (1, "init-fails"),
    "pod-end/liveness-kills": (1, "liveness-kills"),
    "pod-end/startup-fails": (1, "startup-fails"),
}


@kubectl
@pytest.mark.slow
@pytest.mark.parametrize("scenario", ASKED)
def test_kubectl_is_asked(scenario: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECACHEDIR", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    with serving(RECORDINGS[scenario], tmp_path) as (config, asked):
        status, out, err = why("pod/web", "--kubeconfig", str(config), "-n", "default", "-o", "json")

    assert out, err
    told = json.loads(out)["outcome"]
    assert (status, told["verdict"]["code"]) == ASKED[scenario]
    assert told["pod"] == "web"
    assert {each.split()[0] for each in asked} == {"GET"}


@kubectl
@pytest.mark.slow
def test_the_last_words_are_read_and_secrets_in_them_are_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECACHEDIR", str(tmp_path / "cache"))
    log = "starting\nFATAL cannot log in with password=hunter2secret\n"
    with serving(RECORDINGS["pod-birth/crash-loop"], tmp_path, log) as (config, asked):
        status, out, _ = why("web", "--kubeconfig", str(config))

    assert status == 1
    assert "app-exits (proved)" in out
    assert f"FATAL cannot log in with password={CUT}" in out
    assert "hunter2secret" not in out
    assert any("previous=true" in each for each in asked)


@kubectl
@pytest.mark.slow
def test_what_kubectl_cannot_find_is_said_in_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECACHEDIR", str(tmp_path / "cache"))
    with serving(RECORDINGS["pod-birth/none"], tmp_path) as (config, _):
        status, out, err = why("pod/nobody", "--kubeconfig", str(config))

    assert (status, out) == (2, "")
    assert 'pods "nobody" not found' in err


def test_an_answer_that_is_no_json_is_no_crash() -> None:
    with pytest.raises(KubectlError):
        gather(Target("web"), lambda _: (1, "", 'Error from server (NotFound): pods "web" not found'))
