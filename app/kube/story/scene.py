"""A scene that is told frame by frame: every step gives the next scene and leaves a Frame behind."""

from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, datetime, timedelta
from typing import Any

from app.kube.frame import Frame, next_frame
from app.kube.story.event import KINDS, Kind, Noted, described, emit
from app.kube.story.lazy import LazyObject, LazyUnstored, Unstored, Version
from app.kube.story.status import read_status, settled
from app.kube.story.table import Terminal, pod_cells
from app.kube.story.yaml_text import Printer
from app.record import dataclass

Object = Mapping[str, Any]

START = datetime(2026, 9, 14, 8, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Scene:
    """Everything at one moment. `idle` is how each actor is when it has nothing to do with the step.

    `objects` are stored, `in_flight` are not yet; `before` are stored and shown only once they change.
    `hidden` are objects that frames leave out, `described` those whose events they list (all, when empty);
    `shown` are the objects of the last frame; `kinds` are the events it knows.
    """

    idle: Mapping[str, str]
    revision: int
    at_s: float = 0.0
    objects: Mapping[str, Object] = field(default_factory=dict)
    in_flight: Mapping[str, Object] = field(default_factory=dict)
    before: Mapping[str, Object] = field(default_factory=dict)
    events: tuple[Noted, ...] = ()
    described: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()
    terminal: Terminal = field(default_factory=Terminal)
    frames: tuple[Frame, ...] = ()
    shown: Mapping[str, LazyObject] = field(default_factory=dict)
    kinds: Mapping[str, Kind] = field(default_factory=lambda: KINDS, compare=False, repr=False)
    printer: Printer = field(default_factory=Printer, compare=False, repr=False)

    @property
    def now(self) -> datetime:
        return START + timedelta(seconds=self.at_s)

    @property
    def time(self) -> str:
        """The time as it stands in objects: whole seconds, UTC."""
        return self.now.isoformat()[:19] + "Z"

    def _with(self, **fields: object) -> "Scene":
        """What `dataclasses.replace` gives, in a sixth of its time: a story makes two hundred scenes."""
        made = object.__new__(Scene)
        vars(made).update(vars(self), **fields)
        return made

    def after(self, seconds: float) -> "Scene":
        return self._with(at_s=round(self.at_s + seconds, 3))

    def until(self, at_s: float) -> "Scene":
        return self._with(at_s=at_s)

    def resting(self, **idle: str) -> "Scene":
        """From here on these actors are in another state (a name's `_` stands for `-`)."""
        return self._with(idle={**self.idle, **_named(idle)})

    def carrying(self, key: str, thing: Object) -> "Scene":
        """The object as it is inside the API server, before anything is stored."""
        return self._with(in_flight={**self.in_flight, key: thing})

    def dropping(self, key: str) -> "Scene":
        return self._with(in_flight={k: v for k, v in self.in_flight.items() if k != key})

    def writing(self, key: str, thing: Object, *, quietly: bool = False) -> "Scene":
        """The object is stored under the next revision; the watch prints a Pod's row unless `quietly`."""
        revision = self.revision + 1
        kept = {**thing, "metadata": {**thing["metadata"], "resourceVersion": str(revision)}}
        watched = key.startswith("Pod/") and not quietly
        return self._with(
            revision=revision,
            objects={**self.objects, key: kept},
            in_flight={k: v for k, v in self.in_flight.items() if k != key},
            terminal=self.terminal.row(pod_cells(kept, self.now)) if watched else self.terminal,
        )

    def watching(self, key: str) -> "Scene":
        """The watch begins with a row of an object that has long been there."""
        return self._with(terminal=self.terminal.row(pod_cells(self.before[key], self.now)))

    def printing(self, key: str) -> "Scene":
        return self._with(terminal=self.terminal.row(pod_cells(self.objects[key], self.now)))

    def removing(self, key: str) -> "Scene":
        return self._with(objects={k: v for k, v in self.objects.items() if k != key})

    def event(self, kind: str, of: str, **values: str) -> "Scene":
        return self._with(events=emit(self.events, self.kinds[kind], self.at_s, of, **values))

    def typed(self, command: str) -> "Scene":
        return self._with(terminal=self.terminal.typed(command))

    def told(self, *lines: str) -> "Scene":
        return self._with(terminal=self.terminal.told(*lines))

    def frame(
        self,
        key: str,
        actor: str,
        *,
        say: str = "",
        to: str | None = None,
        from_: str | None = None,
        verb: str = "",
        path: str | None = None,
        now: Mapping[str, str] | None = None,
        details: tuple[str, ...] = (),
        acting: tuple[str, ...] = (),
        also: tuple[tuple[str, str], ...] = (),
        **values: str,
    ) -> "Scene":
        """The scene with this moment told; `now` are states that hold for this frame only."""
        shown = self._shown()
        told = next_frame(
            self.frames,
            key,
            actor,
            {**self.idle, **(now or {})},
            say=say,
            values=values,
            details=details,
            from_=from_,
            to=to,
            verb=verb,
            path=path,
            objects=shown.values(),
            events=described((e for e in self.events if not self.described or e.of in self.described), self.at_s),
            terminal=self.terminal.text,
            at_s=self.at_s,
            acting=acting,
            also=also,
        )
        return self._with(frames=(*self.frames, told), shown=shown)

    def _shown(self) -> dict[str, LazyObject]:
        """What is stored and what is under way, each with the lines that are new since the frame before."""
        things = {**self.objects, **self.in_flight}
        return {key: self._show(key, thing) for key, thing in things.items() if key not in self.hidden}

    def _show(self, key: str, thing: Object) -> LazyObject:
        kind, _, name = key.partition("/")
        shown = self.shown.get(key)
        if key in self.in_flight:
            return LazyUnstored(kind, name, self._version(key, thing), is_new=not _is_of(shown, thing))
        if shown is not None and _is_of(shown, thing) and not isinstance(shown, Unstored):
            return shown.still()
        status = read_status(thing, shown.status if shown else read_status(self.before.get(key, {})))
        status = status if self.frames else settled(status)
        return LazyObject(kind, name, self._version(key, thing), status, is_new=not _is_of(shown, thing))

    def _version(self, key: str, thing: Object) -> Version:
        shown = self.shown.get(key)
        if shown is not None:
            return shown.version if _is_of(shown, thing) else Version(self.printer.text, thing, shown.version)
        known = Version(self.printer.text, self.before[key]) if key in self.before else None
        return Version(self.printer.text, thing, known)


def _is_of(shown: LazyObject | None, thing: Object) -> bool:
    """Whether this is what was shown, and no later version of it."""
    return shown is not None and shown.version.thing is thing


def _named(idle: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): state for name, state in idle.items()}
