"""Members as etcdctl prints them: ids in hexadecimal, and `member list` in each of its four forms.

Before 3.4 there were no learners, and no column for them.
"""

import re
from collections.abc import Iterator

from app.kube.digits import is_whole
from app.kube.manifest import Part, load_documents
from app.kube.refusal import Refusal
from app.record import dataclass

# An id is the first 8 bytes of a hash, printed with %x (etcd v3.7.1 etcdctl/ctlv3/command/printer.go).
HEX_ID = re.compile(r"[0-9a-f]{12,16}")
SHOWN_IN_HEX = 1 << 40
_TABLE = re.compile(
    r"\|\s*([0-9a-f]{1,16})\s*\|\s*(?:un)?started\s*\|([^|]*)\|[^|]*\|[^|\n]*\|(?:[ \t]*(true|false)[ \t]*\|)?"
)
_SIMPLE = re.compile(r"^[ \t]*([0-9a-f]{1,16}), (?:un)?started, ([^,\n]*), [^\n]*?(?:, (true|false))?[ \t]*$", re.M)
_FIELDS = re.compile(
    r'^"ID" : ([0-9a-f]{1,20})\s*\n"Name" : "([^"\n]*)"(?:\n"(?:Peer|Client)URL" : .*)*'
    r'(?:\n"IsLearner" : (true|false))?',
    re.M,
)
_STATUS = re.compile(r"raft ?index|^\S+:\d+, [0-9a-f]{1,16}, \d+\.\d+", re.I | re.M)


@dataclass(frozen=True)
class Listed:
    """A line of `etcdctl member list`. One that has not started has no name, and is a voter all the same."""

    id: int
    name: str
    is_learner: bool


def is_hexadecimal(words: list[str]) -> bool:
    """Whether ids are in hexadecimal: one of them has a letter, which no decimal number has."""
    return any(HEX_ID.fullmatch(word) and not is_whole(word) for word in words)


def shown(id_: int) -> str:
    """An id as etcdctl shows it; small numbers, as raft's own examples have them, stay decimal."""
    return f"{id_:x}" if id_ >= SHOWN_IN_HEX else str(id_)


def is_printed(text: str) -> bool:
    """Whether this is something that etcdctl prints, not ids that somebody has typed."""
    return text.lstrip()[:1] in ("{", "[", "|", "+") or bool(
        _SIMPLE.search(text) or _FIELDS.search(text) or _STATUS.search(text)
    )


def read_list(text: str, field: str) -> tuple[Listed, ...]:
    """The members of `member list`; `endpoint status` names only the endpoints that were asked, and is refused."""
    if _STATUS.search(text):
        raise Refusal("quorum-status", field=field)
    found = tuple(_json(text, field)) if text.lstrip()[:1] in ("{", "[") else tuple(_lines(text))
    if not found:
        raise Refusal("quorum-list", field=field)
    return found


def _lines(text: str) -> Iterator[Listed]:
    for id_, name, learner in _TABLE.findall(text) or _SIMPLE.findall(text):
        yield Listed(int(id_, 16), name.strip(), learner == "true")
    for id_, name, learner in _FIELDS.findall(text):
        yield Listed(int(id_, 10 if id_.isascii() and id_.isdigit() else 16), name, learner == "true")


def _json(text: str, field: str) -> Iterator[Listed]:
    """`-w json` has decimal ids, with `--hex` texts of hexadecimal digits (printer_json.go)."""
    documents = load_documents(text if text.lstrip()[:1] == "{" else f'{{"list":{text}}}', field=field)
    for member in documents[0].root.parts("members") if documents else ():
        yield Listed(_id(member), member.text("name"), member.boolean("isLearner") or False)


def _id(member: Part) -> int:
    value = member.content.get("ID")
    if isinstance(value, str) and re.fullmatch(r"[0-9a-f]{1,16}", value):
        return int(value, 16)
    return member.integer("ID", 0, (1 << 64) - 1) or 0
