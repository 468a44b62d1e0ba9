"""All diagnoses that rooms may come to, filtered by what `kubectl get pods` prints, each with an address."""

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from urllib.parse import urlencode

from app.content.language import Lang
from app.lessons.claims import Choice
from app.record import dataclass
from app.widgetkit.contract import Diagnosis
from app.widgetkit.registry import Room, Rooms

EVERY, NO_POD = "", "none"


@dataclass(frozen=True)
class Listed:
    """The diagnoses that a STATUS leaves, by their groups, and every STATUS with what it would leave; `rare` are those
    that one diagnosis has."""

    groups: tuple[tuple[str, tuple[Diagnosis, ...]], ...]
    choices: tuple[Choice, ...]
    rare: tuple[Choice, ...]
    total: int


def diagnosing(rooms: Rooms) -> Iterator[tuple[Room, tuple[Diagnosis, ...]]]:
    """The rooms that come to diagnoses, each with all of its own."""
    for room in rooms.values():
        if room.widget.diagnoses:
            yield room, room.widget.diagnoses()


def listed(diagnoses: tuple[Diagnosis, ...], lang: Lang, status: str = EVERY) -> Listed:
    """What a STATUS leaves; one that nothing prints filters nothing. NO_POD leaves those where no Pod is listed."""
    counts = Counter(word for each in diagnoses for word in words_of(each))
    status = status if status in counts else EVERY
    left = [each for each in diagnoses if status in (EVERY, *words_of(each))]
    in_order = sorted(counts, key=lambda word: (word == NO_POD, -counts[word], word))
    choices = [Choice(word, word, counts[word], _url(lang, word), word == status) for word in in_order]
    return Listed(
        tuple((group, tuple(members)) for group, members in groupby(left, key=lambda each: each.group)),
        (
            Choice(EVERY, "", len(diagnoses), _url(lang, EVERY), status == EVERY),
            *(choice for choice in choices if choice.count > 1),
        ),
        tuple(choice for choice in choices if choice.count == 1),
        len(left),
    )


def words_of(diagnosis: Diagnosis) -> tuple[str, ...]:
    """The values of the filter that leave it."""
    return tuple(word or NO_POD for word in diagnosis.status)


def _url(lang: Lang, status: str) -> str:
    return f"/{lang}/diagnoses" + (f"?{urlencode([('status', status)])}" if status else "")
