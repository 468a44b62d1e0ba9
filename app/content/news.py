"""What is new for readers: `content/news.yaml`, of which feeds and the dates of pages are made."""

import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from app.content.entry import Entry, Text, read_yaml
from app.content.error import Tell, going_on, stop
from app.record import dataclass

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True)
class News:
    """One piece of news; `pages` are addresses without their language (`/lessons/etcd`)."""

    id: str
    day: date
    title: Text
    text: Text
    pages: tuple[str, ...]
    line: int


def load_news(path: Path, tell: Tell = stop) -> tuple[News, ...]:
    """The news, the newest first; a folder of content without the file has none."""
    found: list[News] = []
    for entry in read_yaml(path).items() if path.exists() else ():
        with going_on(tell):
            news = _news(entry)
            if any(news.id == other.id for other in found):
                raise entry.error(f"{news.id} is written twice", "give one of them another id")
            if found and news.day > found[-1].day:
                raise entry.error(f"{news.day} stands behind {found[-1].day}", "write the newest first")
            found.append(news)
    return tuple(found)


def _news(entry: Entry) -> News:
    told = entry.fields(["id", "date", "title", "text", "pages"])
    if not _ID.fullmatch(told["id"].text()):
        raise told["id"].error("is no id", "write small letters, digits and hyphens")
    try:
        day = date.fromisoformat(told["date"].text())
    except ValueError as error:
        raise told["date"].error(f"{told['date'].text()} is no date", "write year-month-day, quoted") from error
    pages = tuple(page.text() for page in told["pages"].items())
    return News(told["id"].text(), day, told["title"].both(), told["text"].both(), pages, entry.line)


def dates_of(news: Iterable[News]) -> dict[str, date]:
    """When each page that is named was last changed so that a reader should look again."""
    found: dict[str, date] = {}
    for each in news:
        for page in each.pages:
            found[page] = max(each.day, found.get(page, each.day))
    return found
