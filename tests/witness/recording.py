"""A recording of the real programs, read back: requests, objects after each write, events, what was printed."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

RECORDINGS = Path(__file__).parents[1] / "recordings"


@dataclass(frozen=True)
class Seen:
    """An object after a write; `type` is the watch's word: ADDED, MODIFIED, DELETED."""

    at: float
    type: str
    object: Mapping[str, Any]


@dataclass(frozen=True)
class Recording:
    """`story` is the name of the story that it is held against; without one, of the scenario."""

    path: Path
    told: Mapping[str, Any]
    story: str = ""

    @property
    def room(self) -> str:
        return str(self.told["room"])

    @property
    def scenario(self) -> str:
        return self.story or str(self.told["scenario"])

    @property
    def version(self) -> str:
        return f"KubeVirt {self.told['kubevirt']}" if "kubevirt" in self.told else str(self.told["kubernetes"])

    @cached_property
    def requests(self) -> list[Mapping[str, Any]]:
        return list(self.told["requests"])

    @cached_property
    def objects(self) -> Mapping[str, list[Seen]]:
        """Every state of every object, by `Kind/name`."""
        now: dict[str, Any] = {}
        seen: dict[str, list[Seen]] = {}
        for change in self.told["changes"]:
            kind, _, name = change["of"].split("/")
            key = f"{kind}/{name}"
            now[key] = patched(now.get(key, {}), change["patch"])
            seen.setdefault(key, []).append(Seen(change["at"], change["type"], now[key]))
        return seen

    @property
    def events(self) -> Iterator[Mapping[str, Any]]:
        """Every event that was sent after the story began, in its last state."""
        for key, states in self.objects.items():
            if key.startswith("Event/") and states[-1].at >= self.begins:
                yield states[-1].object

    @cached_property
    def begins(self) -> float:
        """When somebody first does something: kubectl asks for more than a list."""
        mine = [each for each in self.requests if each["user"] == "kubernetes-admin" and each["verb"] != "list"]
        if all(each["verb"] == "get" for each in mine):
            mine = [each for each in self.requests if each["user"] == "kubernetes-admin"]  # nobody does more than look
        return float(min(each["at"] for each in mine))

    @cached_property
    def ends(self) -> float:
        """When kubectl is asked for the last time how things are."""
        return float(max(each["at"] for each in self.requests if each["user"] == "kubernetes-admin"))

    def printed(self, command: str) -> list[str] | None:
        """What a kubectl command printed, its errors last; None when it was not run."""
        for session in self.told["sessions"]:
            if session["command"] == f"kubectl {command}":
                return [text for _, text in (*session["lines"], *session["errors"])]
        return None


def patched(old: Any, patch: Any) -> Any:
    """An object after a JSON merge patch (RFC 7396)."""
    if not isinstance(patch, Mapping):
        return patch
    new = dict(old) if isinstance(old, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            new.pop(name, None)
        else:
            new[name] = patched(new.get(name), value)
    return new


def recordings(program: str) -> list[Recording]:
    """All recordings of a program and version, for instance `kubernetes-1.37.2`."""
    found = sorted((RECORDINGS / program).glob("*/*.json"))
    return [Recording(path, json.loads(path.read_text(encoding="utf-8"))) for path in found]
