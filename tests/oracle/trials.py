"""Runs what the lessons let one try, on the real API server, controllers, scheduler, kubelet and kubectl.

python -m tests.oracle.trials [subject …]

Prints each block's commands with what they print; the containers do what stands below, for the runtime is scripted. So
what a block asks of processes inside containers, of networks and of other clusters is not run: see `PLAYED`.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from app.place import CONTENT
from tests.oracle.plane import enter
from tests.oracle.record import cluster
from tests.oracle.scenario import Recorder

TRY = re.compile(r"^::: try\n```sh\n(.*?)^```", re.M | re.S)
HELD_S = 420
"""The longest that a block may take."""

_SERVES = {"listens": [{"port": 80, "from_ms": 0, "answers": [{"status": 200}]}], "term_ms": 200}
_DEAF = {"runs": [{"ignores_term": True}], "exec": {"false": {"exit_code": 1}}}
_IMAGES: Mapping[str, Any] = {
    **{
        name: {"pull_ms": 300, "size": 1048576}
        for name in ("nginx:1.29", "python:3.13-alpine", "busybox:1.36", "busybox:1.37")
    },
    "nginx:no-such-tag": {
        "pull_ms": 300,
        "code": "NotFound",
        "error": 'failed to pull and unpack image "docker.io/library/nginx:no-such-tag": failed to resolve image: '
        "docker.io/library/nginx:no-such-tag: not found",
    },
}


def _ends(code: int, **more: Any) -> dict[str, Any]:
    return {"runs": [{"exit_after_ms": 200, "exit_code": code, **more}]}


PLAYED: Mapping[str, Mapping[str, Any]] = {
    "pod-creation": {},
    "deployment-creation": {},
    "oom-and-qos": {"app": _ends(137, reason="OOMKilled")},
    "scheduler": {},
    "container-life": {
        **{
            name: _ends(code)
            for name, code in {"content": 0, "error": 1, "folder": 126, "typo": 127, "asked": 143}.items()
        },
        "deaf": _DEAF,
    },
    "pod-troubles": {"main": _DEAF},
}
"""For each subject whose block runs here, what its containers do; all others serve on port 80."""


def blocks(subject: str) -> Iterator[str]:
    """What readers paste, as the English lesson prints it."""
    (folder,) = CONTENT.glob(f"*-{subject}")
    yield from TRY.findall((folder / "lesson.en.md").read_text(encoding="utf-8"))


def run(recorder: Recorder, subject: str, block: str) -> int:
    """The exit status of the shell that the block was pasted into."""
    plane = recorder.plane
    recorder.play({"images": _IMAGES, "containers": {**PLAYED[subject], "*": {"runs": [_SERVES]}}, "sandbox_ms": 120})
    tools = plane.folder / "tools"
    tools.mkdir(exist_ok=True)
    kubectl = tools / "kubectl"
    kubectl.write_text(f'#!/bin/sh\nexec {" ".join(plane.kubectl_command())} "$@"\n')
    kubectl.chmod(0o755)
    environment = {**plane.environment("admin"), "PATH": f"{tools}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-v"],
        input=block,
        text=True,
        env=environment,
        cwd=plane.folder,
        timeout=HELD_S,
        check=False,
        stderr=subprocess.STDOUT,
    )
    return done.returncode


def main(wanted: list[str]) -> int:
    enter(["-m", "tests.oracle.trials", *wanted])
    failed = []
    with cluster() as recorder:
        for subject in wanted or PLAYED:
            for block in blocks(subject):
                print(f"\n===== {subject}", flush=True)
                if status := run(recorder, subject, block):
                    failed.append(subject)
                    print(f"===== ended with {status}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
