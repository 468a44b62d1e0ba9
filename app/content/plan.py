"""How the interview asks its questions: `content/interviews.yaml`, by the id of the question."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from app.content.entry import Entry, read_yaml
from app.content.error import ContentError, Tell, going_on, stop
from app.record import dataclass

JUNIOR, MIDDLE, SENIOR = 1, 2, 3
COLLECTIONS = 30  # of interview questions in which it was counted how often each is asked


@dataclass(frozen=True)
class Plan:
    """`level` from which on it is asked, `minutes` with what follows, `asked` by how many collections (0: not counted),
    `weak` and `strong`: what is asked next after few or most of the points."""

    level: int = MIDDLE
    minutes: int = 6
    asked: int = 0
    weak: str = ""
    strong: str = ""
    line: int = 1


Plans = Mapping[str, Plan]


def load_plans(path: Path, tell: Tell = stop) -> Plans:
    """The plans by id; a folder of content without the file has none, and then all are asked alike."""
    found: dict[str, Plan] = {}
    for id_, entry in read_yaml(path).mapping(tell).items() if path.exists() else ():
        with going_on(tell):
            found[id_] = _plan(entry)
    return found


def _plan(entry: Entry) -> Plan:
    told = entry.fields(["level", "minutes"], ["asked", "weak", "strong"])
    return Plan(
        level=told["level"].whole(JUNIOR, SENIOR),
        minutes=told["minutes"].whole(2, 20),
        asked=told["asked"].whole(1, COLLECTIONS) if "asked" in told else 0,
        weak=told["weak"].text() if "weak" in told else "",
        strong=told["strong"].text() if "strong" in told else "",
        line=entry.line,
    )


def misplanned(path: Path, plans: Plans, ids: Collection[str]) -> Iterator[ContentError]:
    """Plans that name what is not asked. A question without a plan is one of the middle, of six minutes."""
    for id_, plan in plans.items():
        for name in (id_, plan.weak, plan.strong):
            if name and name not in ids:
                message = f"{id_}: no question is called {name}"
                yield ContentError(path, plan.line, message, "name one of an interview.yaml, or take it away")
        if id_ in (plan.weak, plan.strong):
            yield ContentError(path, plan.line, f"{id_} is followed by itself", "name another question")
