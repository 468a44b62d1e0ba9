"""Where each widget belongs: the rooms by lesson, as the lists of models show them."""

from app.content.error import ContentError, Tell, line_of, stop
from app.content.lesson import Lesson
from app.record import dataclass
from app.widgetkit.registry import Room, Rooms


@dataclass(frozen=True)
class Chapter:
    """A lesson and the rooms that belong to it: its sequences first, then as the reader meets them there."""

    lesson: Lesson
    rooms: tuple[Room, ...]


def arrange(rooms: Rooms, lessons: tuple[Lesson, ...], tell: Tell = stop) -> tuple[Chapter, ...]:
    """Every room in its chapter, in the order of the lessons; a room of no lesson is told."""
    for room in rooms.values():
        if room.widget.subject not in {lesson.slug for lesson in lessons}:
            advice = "subject must be the name of a folder in content, without its number"
            path = room.folder / "widget.py"
            message = f"no lesson is called {room.widget.subject}"
            tell(ContentError(path, line_of(path, f'"{room.widget.subject}"'), message, advice))
    return tuple(Chapter(lesson, _rooms_of(lesson, rooms)) for lesson in lessons)


def _rooms_of(lesson: Lesson, rooms: Rooms) -> tuple[Room, ...]:
    met = [part.argument for part in lesson.texts["en"].parts if part.name == "widget"]

    def place(room: Room) -> tuple[bool, int]:
        return room.widget.kind != "sequence", met.index(room.slug) if room.slug in met else len(met)

    return tuple(sorted((room for room in rooms.values() if room.widget.subject == lesson.slug), key=place))
