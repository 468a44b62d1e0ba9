"""Whose a request or a limit is: it stands at a container; a Pod's is the sum of those, or a field of its own.

A sentence that calls one a Pod's is right where the whole Pod's is meant, and wrong where the number is one
container's; no pattern tells which. So each such sentence is looked at once, and stands in `whose.txt` from then on.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from app.content.error import ContentError
from app.content.language import Lang
from app.content.misstated import sentences
from app.content.terms import texts_of

_WHAT = r"`?(?:requests?|limits?)\b`?"
_KIND = r"(?:`?(?:memory|CPU|resource|own|total|whole|effective|large|small|high|low|and|or|its|an?|no|the)`? )*"
_SIZE = r"\d[\d.,]* ?(?:m\b|[KMGT]i?B?\b|CPUs?\b|核)"
_SAID: Mapping[Lang, re.Pattern[str]] = {
    "en": re.compile(
        rf"\bPods?['’]s? {_KIND}{_WHAT}(?! to\b)"
        rf"|{_WHAT} (?:of|for) (?:\w+ ){{0,2}}`?Pods?\b"
        rf"|\bPods? (?:with|without|has|have|lacks?) {_KIND}{_WHAT}"
        rf"|\bPods? (?:[\w-]+ ){{0,6}}(?:its|their) {_KIND}{_WHAT}"
        rf"|\bPods? (?:\w+ ){{0,2}}(?:requests?|limits?|asks? for)\b[^.]{{0,25}}{_SIZE}",
        re.I,
    ),
    "zh": re.compile(
        rf"Pod ?(?:自己|本身|各自)?的(?: ?(?:内存|CPU|资源|总|有效|合计|、|和))* ?{_WHAT}"
        rf"|Pod ?[^，。；：]{{0,6}}(?:没写|没有|不写|写了|超过|达到|到了|超)[^，。；：]{{0,6}}{_WHAT}"
        rf"|(?:requests?|limits?)`? ?的 ?Pod|Pod ?(?:请求|声明|申请|要)了? ?{_SIZE}",
    ),
}
_LIST = Path(__file__).with_suffix(".txt")


def place_of(path: Path) -> str:
    """A file as the list names it: `08-scheduler/lesson.en.md`."""
    return f"{path.parent.name}/{path.name}"


@lru_cache(maxsize=1)
def looked_at() -> Mapping[str, frozenset[str]]:
    """The sentences that were looked at, by file: a line that begins with a space belongs to the file above it."""
    found: dict[str, set[str]] = {}
    place = ""
    for line in _LIST.read_text(encoding="utf-8").splitlines():
        if line.startswith(" "):
            found[place].add(line.strip())
        elif line and not line.startswith("#"):
            place = line
            found.setdefault(place, set())
    return {name: frozenset(said) for name, said in found.items()}


def said_of_pods(path: Path) -> Iterator[tuple[int, str]]:
    """Each sentence of a file that calls a request or a limit a Pod's, with its line."""
    for lang, start, text in texts_of(path):
        for line, said in sentences(text):
            if _SAID[lang].search(said):
                yield start + line - 1, " ".join(said.split())


def whose(paths: Iterable[Path]) -> Iterator[ContentError]:
    """Each sentence of that kind that nobody has looked at; a file that cannot be read is told elsewhere."""
    for path in paths:
        known = looked_at().get(place_of(path), frozenset())
        try:
            found = tuple(said_of_pods(path))
        except ContentError:
            continue
        for line, said in found:
            if said not in known:
                message = f"a request or a limit is called a Pod's: “{said[:60]}”"
                advice = f"say the container's if it is one's; if it is the whole Pod's, add it to {_LIST.name}"
                yield ContentError(path, line, message, advice)
