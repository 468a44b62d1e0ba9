"""What a scenario leaves: requests from the audit log, objects as they changed, events, and what kubectl printed."""

import json
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.oracle.plane import Plane, Printed

WATCHED = {
    "pods": "/api/v1/pods",
    "events": "/api/v1/events",
    "replicasets": "/apis/apps/v1/replicasets",
    "deployments": "/apis/apps/v1/deployments",
    "endpointslices": "/apis/discovery.k8s.io/v1/endpointslices",
    "nodes": "/api/v1/nodes",
}

# Requests that go on whatever happens, and belong to no story.
_NOISE_VERBS = ("watch",)
_NOISE_USERS = ("system:apiserver",)


@dataclass(frozen=True)
class Change:
    """An object after a write, as a watch delivered it; `at` in seconds since the tape began."""

    at: float
    type: str
    object: Mapping[str, Any]


@dataclass(frozen=True)
class Line:
    at: float
    text: str


@dataclass
class Session:
    """One kubectl command: what it was, what it printed and when, how it ended (None: it was still running)."""

    command: str
    lines: list[Line] = field(default_factory=list)
    errors: list[Line] = field(default_factory=list)
    status: int | None = None


class Tape:
    """Records from its making until `stop`."""

    def __init__(self, plane: Plane, watched: Mapping[str, str] = WATCHED) -> None:
        self._plane = plane
        self._begun = time.time()
        self._audit_from = plane.audit_log.stat().st_size if plane.audit_log.exists() else 0
        self._changes: list[Change] = []
        self._sessions: list[tuple[Session, subprocess.Popen[str], list[threading.Thread]]] = []
        self._notes: list[Line] = []
        self._watches: list[subprocess.Popen[str]] = []
        self._listened: tuple[str, str] | None = None
        for path in watched.values():
            self._watch(path)

    @property
    def now(self) -> float:
        return round(time.time() - self._begun, 3)

    def note(self, text: str) -> None:
        """What the scenario itself did at this moment: a program taken away, a script changed."""
        self._notes.append(Line(self.now, text))

    def listen(self, user: str, path: str) -> None:
        """With which requests this user watches this path is kept as well; the watches of others belong to no story."""
        self._listened = user, path

    def run(
        self, *arguments: str, stdin: str | None = None, seconds: float = 60.0, program: str = "kubectl"
    ) -> Printed:
        """A command of kubectl, or of another tool, from its beginning to its end."""
        session = Session(f"{program} {' '.join(arguments)}")
        at = self.now
        printed = self._plane.kubectl(*arguments, stdin=stdin, seconds=seconds, user="admin", program=program)
        session.lines = [Line(at, text) for text in printed.stdout.splitlines()]
        session.errors = [Line(at, text) for text in printed.stderr.splitlines()]
        session.status = printed.status
        self._sessions.append((session, None, []))  # type: ignore[arg-type]
        return printed

    def follow(self, *arguments: str) -> Session:
        """A kubectl command that goes on (`get -w`, `rollout status`), with the time of each line."""
        session = Session("kubectl " + " ".join(arguments))
        program = subprocess.Popen(
            self._plane.kubectl_command(*arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self._plane.environment("admin"),
            cwd=self._plane.folder,
        )
        threads = [
            threading.Thread(target=self._read, args=(program.stdout, session.lines), daemon=True),
            threading.Thread(target=self._read, args=(program.stderr, session.errors), daemon=True),
        ]
        for thread in threads:
            thread.start()
        self._sessions.append((session, program, threads))
        return session

    def _read(self, stream: Any, lines: list[Line]) -> None:
        for text in stream:
            lines.append(Line(self.now, text.rstrip("\n")))

    def _watch(self, path: str) -> None:
        program = subprocess.Popen(
            self._plane.kubectl_command("get", "--raw", f"{path}?watch=1&allowWatchBookmarks=false"),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=self._plane.environment("observer"),
        )
        threading.Thread(target=self._take, args=(program.stdout,), daemon=True).start()
        self._watches.append(program)

    def _take(self, stream: Any) -> None:
        for text in stream:
            told = json.loads(text)
            if told["type"] == "ERROR":  # the watch has broken: the API server cannot reach etcd
                continue
            told["object"].get("metadata", {}).pop("managedFields", None)
            self._changes.append(Change(self.now, told["type"], told["object"]))

    @property
    def changes(self) -> tuple[Change, ...]:
        return tuple(self._changes)

    def stop(self) -> dict[str, Any]:
        """Everything recorded, as JSON."""
        for _, program, threads in self._sessions:
            if program is None:
                continue
            if program.poll() is None:
                program.terminate()
                program.wait()
            else:
                self_status = program.returncode
                next(s for s, p, _ in self._sessions if p is program).status = self_status
            for thread in threads:
                thread.join(2)
        for watch in self._watches:
            watch.terminate()
            watch.wait()
        return {
            "notes": [[line.at, line.text] for line in self._notes],
            "requests": list(self._requests()),
            **({"watches": list(self._watches_of(*self._listened))} if self._listened else {}),
            "changes": _told(sorted(self._changes, key=lambda change: change.at)),
            "sessions": [
                {
                    "command": session.command,
                    "lines": [[line.at, line.text] for line in session.lines],
                    "errors": [[line.at, line.text] for line in session.errors],
                    "status": session.status,
                }
                for session, _, _ in self._sessions
            ],
        }

    def _requests(self) -> Iterator[dict[str, Any]]:
        for entry in self._audited():
            if entry["verb"] not in _NOISE_VERBS and entry["user"]["username"] not in _NOISE_USERS:
                yield _request(entry, self._begun)

    def _watches_of(self, user: str, path: str) -> Iterator[dict[str, Any]]:
        """Watches that began; the log has each once more when it ends."""
        for entry in self._audited():
            asked = entry["verb"], entry["stage"], entry["user"]["username"], entry["requestURI"].partition("?")[0]
            if asked == ("watch", "ResponseStarted", user, path):
                yield _request(entry, self._begun)

    def _audited(self) -> Iterator[dict[str, Any]]:
        with self._plane.audit_log.open() as log:
            log.seek(self._audit_from)
            for text in log:
                yield json.loads(text)


def _request(entry: Mapping[str, Any], begun: float) -> dict[str, Any]:
    status = entry.get("responseStatus", {})
    told = {
        "at": round(_seconds(entry["requestReceivedTimestamp"]) - begun, 3),
        "took": round(_seconds(entry["stageTimestamp"]) - _seconds(entry["requestReceivedTimestamp"]), 3),
        "user": entry["user"]["username"],
        "agent": entry.get("userAgent", ""),
        "verb": entry["verb"],
        "uri": entry["requestURI"],
        "code": status.get("code"),
    }
    is_read = entry["verb"] in ("get", "list")
    if not is_read and (body := entry.get("requestObject")):
        told["body"] = body
    if status.get("code", 200) >= 400:
        told["refusal"] = {name: status[name] for name in ("reason", "message") if name in status}
    for name, value in entry.get("annotations", {}).items():
        if name.startswith(("mutation.", "validation.", "patch.")):
            told.setdefault("annotations", {})[name] = value
    return told


def _seconds(stamp: str) -> float:
    return datetime.fromisoformat(stamp).timestamp()


def _told(changes: list[Change]) -> list[dict[str, Any]]:
    """Each change of an object as what differs from how it was before: a JSON merge patch."""
    before: dict[str, Mapping[str, Any]] = {}
    told = []
    for change in changes:
        meta = change.object["metadata"]
        key = f"{change.object['kind']}/{meta.get('namespace', '')}/{meta['name']}"
        told.append(
            {
                "at": change.at,
                "type": change.type,
                "of": key,
                "patch": merge_patch(before.get(key, {}), change.object),
            }
        )
        before[key] = change.object
    return told


def merge_patch(old: Any, new: Any) -> Any:
    """What turns `old` into `new` (RFC 7396); lists are whole."""
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return new
    patch = {name: None for name in old if name not in new}
    for name, value in new.items():
        if name not in old:
            patch[name] = value
        elif old[name] != value:
            patch[name] = merge_patch(old[name], value)
    return patch


def save(path: Path, told: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
