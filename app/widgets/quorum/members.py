"""Members as etcdctl prints them: ids in hexadecimal, and `member list` in each of its four forms.

Before 3.4 there were no learners, and no column for them. With ETCDCTL_API=2, the default until 3.3, each line names
what it says (etcd v3.4 etcdctl/ctlv2/command/member_commands.go).
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
_NAMED = re.compile(r"^[ \t]*([0-9a-f]{1,16})(?:\[unstarted\])?: (?:name=(\S*) )?peerURLs=\S*", re.M)
_BEGUN = re.compile(r"^[ \t]*+(?:\|[ \t]*+)?[0-9a-f]{1,16}(?:[ \t]*+\||,|:|[ \t]*+\Z)", re.M)
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
    return text.lstrip()[:1] in ("{", "[", "|", "+") or any(
        pattern.search(text) for pattern in (_TABLE, _SIMPLE, _NAMED, _FIELDS, _STATUS)
    )


def read_list(text: str, field: str) -> tuple[Listed, ...]:
    """The members of `member list`; `endpoint status` names only the endpoints that were asked, and is refused."""
    if _STATUS.search(text):
        raise Refusal("quorum-status", field=field)
    found = tuple(_json(text, field)) if text.lstrip()[:1] in ("{", "[") else tuple(_lines(text, field))
    if not found:
        raise Refusal("quorum-list", field=field)
    return found


def _lines(text: str, field: str) -> Iterator[Listed]:
    end = 0
    for match in list(_TABLE.finditer(text)) or list(_SIMPLE.finditer(text)):
        yield Listed(int(match[1], 16), match[2].strip(), match[3] == "true")
        end = match.end()
    for match in _NAMED.finditer(text):
        yield Listed(int(match[1], 16), match[2] or "", False)
        end = match.end()
    if end and (rest := _BEGUN.search(text, end)):
        raise Refusal("quorum-cut", field=field, line=text.count("\n", 0, rest.end()) + 1)
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
