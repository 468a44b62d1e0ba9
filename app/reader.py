"""Reads and checks what we wrote, where it does not lie on the shelf as it is now."""

from functools import cache, partial
from pathlib import Path

from app.content.cheat import load_cheat
from app.content.lesson import Lesson, load_lessons
from app.content.news import load_news
from app.content.plan import load_plans
from app.content.prompts import load_interviews
from app.content.questions import load_bank
from app.content.same import load_same
from app.content.terms import terms_of
from app.content.value import read_values
from app.content.words import Words, load_words
from app.place import APP
from app.site import Reference, Written
from app.web.shelf import Later
from app.widgetkit.registry import Rooms


def read_words() -> dict[Path, Words]:
    """The sentences of each file of the site and its rooms."""
    return {path: load_words(path) for path in sorted(APP.rglob("words.yaml"))}


def read_written(content: Path, rooms: Rooms) -> Written:
    """All of it, with what the rooms compute for it; the first mistake is a ContentError with file, line and
    advice."""
    values_of = cache(partial(read_values, compute=rooms.value))
    lessons = Later(load_lessons(content, values_of))
    return Written(lessons, load_bank(content, values_of), Later(load_interviews(content, values_of)))


def read_reference(content: Path, lessons: tuple[Lesson, ...]) -> Reference:
    cheats = {lesson.slug: load_cheat(lesson.folder, lesson.sources) for lesson in lessons}
    return Reference(
        terms_of(content),
        load_news(content / "news.yaml"),
        cheats,
        load_plans(content / "interviews.yaml"),
        load_same(content / "changes.yaml"),
    )
