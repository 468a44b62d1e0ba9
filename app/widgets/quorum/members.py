"""Members as etcdctl prints them: ids in hexadecimal, and `member list` in each of its four forms.

Before 3.4 there were no learners, and no column for them. With ETCDCTL_API=2, the default until 3.3, each line names
what it says, and `cluster-health` names every member too (etcd v3.4 etcdctl/ctlv2/command/member_commands.go,
cluster_health.go). The gateway's /v3/cluster/member/list has the JSON of protobuf: every 64-bit number is a text.
"""

import re
from collections.abc import Iterator, Sequence

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
_HEALTH_OF = re.compile(r"^[ \t]*member ([0-9a-f]{1,16}) is (?:healthy|unhealthy|unreachable)\b", re.M)
_BEGUN = re.compile(r"^[ \t]*+(?:\|[ \t]*+)?[0-9a-f]{1,16}(?:[ \t]*+\||,|:|[ \t]*+\Z)", re.M)
_STATUS = re.compile(r"raft ?index|^\S+:\d+, [0-9a-f]{1,16}, \d+\.\d+", re.I | re.M)
_HEALTH = re.compile(
    r"^\S+:\d+ is (?:un)?healthy:|^\|\s*ENDPOINT\s*\|\s*HEALTH\s*\||^cluster (?:is|may be) (?:un)?healthy"
    r'|"endpoint":"[^"\n]*","health":',
    re.M,
)


_CONFIGURED = re.compile(
    r"switched to configuration voters=\((?P<voters>[0-9a-f ]{1,600})\)(?:&&\((?P<old>[0-9a-f ]{0,600})\))?"
    r"(?: learners=\((?P<learners>[0-9a-f ]{0,600})\))?"
)
"""What raft logs whenever the members change: raft v3.7 raft.go switchToConfig, tracker/tracker.go Config.String. Ids
are hexadecimal there, and were decimal up to v3.6."""


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
        pattern.search(text)
        for pattern in (_TABLE, _SIMPLE, _NAMED, _FIELDS, _STATUS, _HEALTH_OF, _HEALTH, _CONFIGURED)
    )


def read_list(text: str, field: str) -> tuple[Listed, ...]:
    """The members of `member list`; `endpoint status` names only the endpoints that were asked, and is refused."""
    if configured := list(_CONFIGURED.finditer(text)):
        if configured[-1]["old"]:
            raise Refusal("quorum-joint", field=field)
        return tuple(_of_configuration(configured[-1]))
    if _STATUS.search(text):
        raise Refusal("quorum-status", field=field)
    if _HEALTH.search(text) and not _HEALTH_OF.search(text):
        raise Refusal("quorum-health", field=field)
    found = tuple(_json(text, field)) if text.lstrip()[:1] in ("{", "[") else tuple(_lines(text, field))
    if not found:
        raise Refusal("quorum-list", field=field)
    return found


def _of_configuration(match: re.Match[str]) -> Iterator[Listed]:
    words = {key: (match[key] or "").split() for key in ("voters", "learners")}
    ids = [word for listed in words.values() for word in listed]
    longest = max(map(len, ids))
    base = 10 if all(map(_DECIMAL.fullmatch, ids)) and (longest > HEX_DIGITS or longest < SHORT_ID) else 16
    for key, listed in words.items():
        yield from (Listed(int(word, base), "", key == "learners") for word in listed)


def _lines(text: str, field: str) -> Iterator[Listed]:
    end = 0
    for match in list(_TABLE.finditer(text)) or list(_SIMPLE.finditer(text)):
        yield Listed(int(match[1], 16), match[2].strip(), match[3] == "true")
        end = match.end()
    for match in _NAMED.finditer(text):
        yield Listed(int(match[1], 16), match[2] or "", False)
        end = match.end()
    for id_ in _HEALTH_OF.findall(text):
        yield Listed(int(id_, 16), "", False)
    if end and (rest := _BEGUN.search(text, end)):
        raise Refusal("quorum-cut", field=field, line=text.count("\n", 0, rest.end()) + 1)
    for id_, name, learner in _FIELDS.findall(text):
        yield Listed(int(id_, 10 if id_.isascii() and id_.isdigit() else 16), name, learner == "true")


def _json(text: str, field: str) -> Iterator[Listed]:
    """`-w json` has decimal ids, with `--hex` texts of hexadecimal digits (printer_json.go); the gateway texts of
    decimal ones."""
    documents = load_documents(text if text.lstrip()[:1] == "{" else f'{{"list":{text}}}', field=field)
    if not documents:
        return
    root = documents[0].root
    members = root.parts("members") or (root.parts("list") if root.content.keys() == {"list"} else [])
    in_decimal = isinstance(root.mapping("header").get("raft_term"), str) or _are_decimal(members)
    for member in members:
        yield Listed(_id(member, in_decimal), member.text("name"), member.boolean("isLearner") or False)


def _are_decimal(members: Sequence[Part]) -> bool:
    """Whether ids in texts are decimal: none has a letter, and one is longer than 64 bits are in hexadecimal."""
    ids = [str(member.content.get("ID")) for member in members]
    return all(map(_DECIMAL.fullmatch, ids)) and any(len(id_) > HEX_DIGITS for id_ in ids)


HEX_DIGITS = 16
SHORT_ID = 3
"""Digits from which an id is one of etcd's, and not one of raft's own examples."""

_DECIMAL = re.compile(r"[0-9]{1,20}")


def _id(member: Part, in_decimal: bool) -> int:
    value = member.content.get("ID")
    if isinstance(value, str) and in_decimal and _DECIMAL.fullmatch(value) and int(value) < 1 << 64:
        return int(value)
    if isinstance(value, str) and re.fullmatch(r"[0-9a-f]{1,16}", value):
        return int(value, 16)
    return member.integer("ID", 0, (1 << 64) - 1) or 0
