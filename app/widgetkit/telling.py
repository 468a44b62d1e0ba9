"""A sequence on the command line: the whole story step by step, or one step with all that can be seen at it.

Teller(room, "en").story(outcome)      # lines, plain
Teller(room, "zh", coloured, 80).step(outcome, 9)
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from app.content.language import Lang
from app.content.words import COMMA
from app.kube.frame import Event, Frame, Sequence, StoredObject
from app.kube.say import Say
from app.listed import Listed
from app.record import dataclass
from app.widgetkit.columns import padded, width_of, wrapped
from app.widgetkit.pane import Evidence, evidence, in_words, new_events
from app.widgetkit.registry import Room

Style = Literal["title", "quiet", "request", "terminal", "normal", "warning", "new"]
Paint = Callable[[str, Style], str]

_CODES: dict[Style, str] = {  # of ECMA-48, SGR
    "title": "1",
    "quiet": "2",
    "request": "36",
    "terminal": "2",
    "normal": "32",
    "warning": "33",
    "new": "32",
}
MARGIN = "    "


def plain(text: str, _style: Style) -> str:
    return text


def coloured(text: str, style: Style) -> str:
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if text else text


@dataclass(frozen=True)
class Teller:
    """Tells a room's runs in one language; sentences are broken at `width` columns, or not at all."""

    room: Room
    lang: Lang
    paint: Paint = plain
    width: int | None = None

    def story(self, told: Sequence) -> Iterator[str]:
        """Every step with what it sends and says, and the events and lines of the terminal that it brings."""
        before: Frame | None = None
        for frame in told.frames:
            if before:
                yield ""
            yield from self._head(told, frame)
            yield from self._events(new_events(before, frame))
            yield from self._terminal(frame.terminal[len(before.terminal) if before else 0 :])
            before = frame
        yield from self._ending(told)

    def step(self, told: Sequence, number: int) -> Iterator[str]:
        """One step (from 1) with its details, the state of everybody, and every pane."""
        frame = told.frames[number - 1]
        yield from self._head(told, frame)
        for detail in frame.details:
            yield from self._paragraph(self.room.text(self.lang, detail), "- ")
        yield ""
        yield from self._states(frame)
        for each in evidence(self.room.widget.panes, told.frames, frame, self._word):
            yield ""
            yield from self._pane(each, frame)
        if number == len(told.frames):
            yield from self._ending(told)

    def _head(self, told: Sequence, frame: Frame) -> Iterator[str]:
        number = f"{frame.step:{len(str(len(told.frames)))}}"
        title = self.paint(f"{number}  {self._word(f'step.{frame.key}')}", "title")
        yield f"{title}  {self._way(told, frame)}  {self.paint(seconds(frame.at_s), 'quiet')}"
        if frame.verb:
            yield MARGIN + self.paint(" ".join(filter(None, (frame.verb, frame.path))), "request")
        yield from self._paragraph(self.room.text(self.lang, frame.say))

    def _way(self, told: Sequence, frame: Frame) -> str:
        """Who sends to whom, or who acts, as they stand on the stage."""
        if not frame.ways:
            return self._names(told, frame.actors_at_work)
        return f"{self._names(told, frame.senders)} → {self._names(told, frame.receivers)}"

    def _names(self, told: Sequence, actors: Iterable[str]) -> str:
        stage = self.room.stage_of(told)
        order = [place.name for place in stage.places] if stage else []
        wanted = list(actors)
        there = sorted(wanted, key=[*order, *wanted].index)
        return Listed(self._word(f"actor.{name}") for name in there).between(COMMA[self.lang])

    def _states(self, frame: Frame) -> Iterator[str]:
        rows = [(self._word(f"actor.{name}"), self._word(f"state.{code}")) for name, code in frame.actors.items()]
        width = max(width_of(name) for name, _ in rows)
        yield from (f"{MARGIN}{padded(name, width)}  {state}" for name, state in rows)

    def _pane(self, each: Evidence, frame: Frame) -> Iterator[str]:
        title = self._word(f"pane.{each.pane.name}")
        yield self.paint(f"{title}  {each.pane.command}".rstrip(), "title")
        if each.pane.shows == "events":
            lines = list(self._events(frame.events))
        elif each.pane.shows == "terminal":
            lines = list(self._terminal(frame.terminal))
        else:
            mine = (in_words(each.pane, thing, self._word) for thing in frame.objects)
            kept = {(thing.kind, thing.name): thing for thing in mine}
            lines = [line for shown in each.objects for line in self._object(kept[shown.kind, shown.name])]
        yield from lines or [MARGIN + self.paint(self._word(f"pane.{each.pane.name}.none"), "quiet")]

    def _object(self, thing: StoredObject) -> Iterator[str]:
        unstored = "" if getattr(thing, "stored", True) else f"  ({self._word('player.unstored')})"
        yield MARGIN + self.paint(f"{thing.kind} {thing.name}{unstored}", "quiet")
        for number, line in enumerate(thing.yaml.splitlines(), 1):
            is_new = number in thing.changed
            yield "  " + ("+ " if is_new else "  ") + (self.paint(line, "new") if is_new else line)

    def _events(self, events: Iterable[Event]) -> Iterator[str]:
        for event in events:
            age = getattr(event, "age", "")
            told = f"{event.type}  {event.reason}  {age}  {event.from_}" if age else f"{event.type}  {event.from_}"
            yield f"{MARGIN}* {self.paint(told, 'warning' if event.type == 'Warning' else 'normal')}  {event.message}"

    def _terminal(self, text: str) -> Iterator[str]:
        for line in text.strip("\n").splitlines():
            yield f"{MARGIN}| {self.paint(line, 'terminal')}"

    def _ending(self, told: Sequence) -> Iterator[str]:
        if told.sees or told.works or told.check:
            yield ""
        for name, say in (("sees", told.sees), ("works", told.works), ("check", told.check)):
            if say:
                yield from self._closing(name, say)

    def _closing(self, name: str, say: Say) -> Iterator[str]:
        yield self.paint(self._word(f"player.{name}"), "title")
        yield from self._paragraph(self.room.text(self.lang, say))

    def _paragraph(self, text: str, mark: str = "") -> Iterator[str]:
        room = None if self.width is None else max(20, self.width - len(MARGIN) - len(mark))
        for number, line in enumerate(wrapped(text, room)):
            yield MARGIN + (mark if not number else " " * len(mark)) + line

    def _word(self, key: str) -> str:
        return self.room.words.text(self.lang, key)


def seconds(at_s: float) -> str:
    """Model time to the microsecond, without zeros that say nothing."""
    return f"{at_s:.6f}".rstrip("0").rstrip(".") + " s"
