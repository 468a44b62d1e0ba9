"""Sentences of kinds that were wrong before: each rule finds what such a sentence says, and what makes it right.

A rule is exact enough to stop a check: what it finds is wrong, or says too little to be right. A sentence is looked at
by itself, with its code. What needs the sentence before to be right is not found, and is for a reader to find.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from app.content.error import ContentError
from app.content.language import LANGUAGES, Lang
from app.content.terms import texts_of
from app.record import dataclass

_LEFT_OUT = re.compile(r"^---\n.*?\n---\n|```.*?```|https?://[^\s）)]+", re.S | re.M)
_ENDS = re.compile(r"(?<=[.!?;])(?=\s)|(?<=[。！？；|\n])")

CONDITIONS = (
    *("PodScheduled", "PodReadyToStartContainers", "Initialized", "ContainersReady", "Ready", "DisruptionTarget"),
    *("Available", "Progressing", "ReplicaFailure", "MemoryPressure", "DiskPressure", "PIDPressure"),
    *("NetworkUnavailable", "LiveMigratable", "StorageLiveMigratable", "Synchronized", "AgentConnected", "Paused"),
    *("RestartRequired", "migrationRejectedByResourceQuota", "Unused"),
)
_CONDITION = rf"`?(?:{'|'.join(CONDITIONS)})\b(?:=\w+)?`?"
_STATUSES = "`?(?:Stopped|Starting|Provisioning|Running|STATUS)\\b"


@dataclass(frozen=True)
class Rule:
    """`says` is what a sentence of this kind says in a language, `right` what has to stand in it as well."""

    id: str
    says: Mapping[Lang, re.Pattern[str]]
    right: re.Pattern[str]
    message: str
    advice: str


def _in(**patterns: str) -> dict[Lang, re.Pattern[str]]:
    return {lang: re.compile(patterns[lang]) for lang in LANGUAGES if lang in patterns}


NEVER = re.compile(r"(?!)")
RULES = (
    # kubevirt v1.9.0 pkg/virt-controller/watch/vm/vm.go updateStatus writes printableStatus, and nobody else does.
    Rule(
        "new-vm",
        _in(
            en=rf"(?i:\b(?:new|newly created|just created) (?:VM|VirtualMachine|(?:virtual )?machine)s?\b).*{_STATUSES}"
            rf"|{_STATUSES}.*(?i:\b(?:new|newly created|just created) (?:VM|VirtualMachine|(?:virtual )?machine)s?\b)",
            zh=rf"(?:新建|新创建|刚建|刚创建)的? ?(?:`?VM`?|虚拟机|机器|连).*{_STATUSES}",
        ),
        re.compile(r"\bempty\b|\bonce\b|\bafter\b|as soon as|空|之后|以后|一旦"),
        "a new VM has no STATUS before virt-controller has seen it",
        "say that it is empty, or after what it is something",
    ),
    # kubernetes v1.37 pkg/registry/core/pod/storage/storage.go setPodNodeAndMetadata writes the condition.
    Rule(
        "pod-scheduled",
        _in(
            en=r"\bscheduler (?:\w+ ){0,2}(?:writes?|wrote|sets?|adds?|notes?|patches)\b[^,;]*PodScheduled\b",
            zh=r"调度器(?=[^，；。]*(?:写|置|设|改|记))[^，；。]*PodScheduled\b",
        ),
        re.compile(r"\bFalse\b|API [Ss]erver|apiserver"),
        "the API server writes PodScheduled=True, in the binding",
        "name the API server; the scheduler sends the event Scheduled, and writes the condition only as False",
    ),
    # Linux ignores a signal that the first process of a PID namespace has no handler for (pid_namespaces(7)).
    Rule(
        "obeyed-sigterm",
        _in(
            en=r"(?=.*\b(?:SIGTERM|TERM)\b)(?=.*(?<![\d.])143(?!\d|\.\d))(?=.*\b(?:gone|exits?|ends?|dies|terminates?)\b)",
            zh=r"(?=.*(?:SIGTERM|TERM\b))(?=.*(?<![\d.])143(?!\d|\.\d))(?=.*(?:退出(?!码)|终止|结束))",
        ),
        re.compile(
            r"\bshell|PID 1\b|\bitself\b|handler|\bobey|\binit\b|returns|ended by|被信号|自己|处理函数|照办|返回|子进程"
        ),
        "SIGTERM ends no first process that does not handle it, so 143 is what somebody returns",
        "say who returns it: the program itself, a shell, an init process",
    ),
    Rule(
        "shell-codes",
        _in(
            en=r"(?i:exit code|\bcode|\breturns|\bexits with)\D{0,20}(?<![\d.])12[67](?!\d|\.\d|:)",
            zh=r"(?:退出码|返回)\D{0,12}(?<![\d.])12[67](?!\d|\.\d|:)",
        ),
        re.compile(r"\bshell|StartError|startup|launcher"),
        "126 and 127 are mostly what a shell returns; the runtime itself says 128, StartError",
        "name the shell",
    ),
    Rule(
        "condition",
        _in(zh=rf"(?:条件|状态) ?{_CONDITION}(?![\w-])|{_CONDITION} ?(?:这个|这一|的)?(?:条件|状态)(?![码机转])"),
        NEVER,
        "what Kubernetes calls a condition has another word here",
        "write condition",
    ),
    Rule(
        "spelling",
        _in(
            en=r"(?i)\b(?:behaviour|neighbour|favour|colour|honour|licence|practise|catalogue|judgement|grey\b"
            r"|(?:cancel|label|model|travel)l(?:ed|ing)\b|(?:organ|recogn|real|summar|initial)is(?:e|ed|ing|ation)\b"
            r"|analys(?:e|ed|ing)\b|for ever\b|any more(?=[,.;:)]|$))"
        ),
        NEVER,
        "British spelling beside American",
        "spell as upstream does: behavior, neighbor, license, canceled, recognize",
    ),
    Rule(
        "percent",
        _in(en=r"\d[ \u00a0\u202f]%(?!\w)", zh=r"\d[ \u00a0\u202f]%(?!\w)"),
        NEVER,
        "a space before a percent sign",
        "write 10%",
    ),
    Rule(
        "wide-mark",
        _in(zh=r"[，：；、）》】] (?=[^\s|{*_])|[^\s|#>] (?=[（《【])|[一-鿿] “|” [一-鿿]"),
        NEVER,
        "a space beside a full-width mark",
        "take the space away: the mark brings its own",
    ),
)


def sentences(text: str) -> Iterator[tuple[int, str]]:
    """The sentences and table cells of a text with their lines (from 1), without front matter, blocks and addresses."""
    prose = _LEFT_OUT.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    place = 0
    for end in (*(match.start() for match in _ENDS.finditer(prose)), len(prose)):
        if said := prose[place:end].strip():
            yield prose.count("\n", 0, prose.index(said, place)) + 1, said
        place = end


def broken_rules(text: str, lang: Lang) -> Iterator[tuple[int, str, Rule]]:
    """Each sentence that breaks a rule, with its line."""
    for line, said in sentences(text):
        for rule in RULES:
            if lang in rule.says and rule.says[lang].search(said) and not rule.right.search(said):
                yield line, said, rule


def misstated(paths: Iterable[Path]) -> Iterator[ContentError]:
    """Each sentence of these files that breaks a rule; a file that cannot be read is told elsewhere."""
    for path in paths:
        try:
            texts = tuple(texts_of(path))
        except ContentError:
            continue
        for lang, start, text in texts:
            for line, said, rule in broken_rules(text, lang):
                yield ContentError(path, start + line - 1, f"{rule.message}: “{said[:60]}”", rule.advice)
