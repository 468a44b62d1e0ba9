"""A subject's cheat sheet: `content/NN-subject/cheat.yaml`, the numbers and the commands of one printable page."""

from collections.abc import Mapping
from pathlib import Path

from app.content.entry import Text, read_yaml
from app.content.error import Tell, going_on, stop
from app.content.source import Source
from app.record import dataclass

MOST = 8  # numbers, and commands, that a page has room for
LONGEST = 72  # characters of a command


@dataclass(frozen=True)
class Number:
    value: str
    means: Text
    source: Source


@dataclass(frozen=True)
class Command:
    run: str
    shows: Text


@dataclass(frozen=True)
class Cheat:
    numbers: tuple[Number, ...] = ()
    commands: tuple[Command, ...] = ()


def load_cheat(folder: Path, sources: Mapping[str, Source], tell: Tell = stop) -> Cheat:
    """What a subject has; nothing where it has no such file."""
    path = folder / "cheat.yaml"
    if not path.exists():
        return Cheat()
    found = read_yaml(path).fields(["numbers", "commands"])
    for name in ("numbers", "commands"):
        if len(found[name].items()) > MOST:
            tell(found[name].error(f"has {len(found[name].items())} entries", f"write at most {MOST}: it is one page"))
    numbers, commands = [], []
    for entry in found["numbers"].items():
        with going_on(tell):
            told = entry.fields(["value", "means", "source"])
            if told["source"].text() not in sources:
                raise told["source"].error(f"no source {told['source'].text()}", "add it to sources.yaml")
            numbers.append(Number(told["value"].text(), told["means"].both(), sources[told["source"].text()]))
    for entry in found["commands"].items():
        with going_on(tell):
            told = entry.fields(["run", "shows"])
            commands.append(Command(told["run"].line_of_text(3, LONGEST), told["shows"].both()))
    return Cheat(tuple(numbers), tuple(commands))
