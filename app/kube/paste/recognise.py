"""Names what was pasted by its shape, and clears away what a terminal adds to it.

Every shape is data: the patterns that its lines must match and the command that prints it. Nothing is guessed: a text
that fits no shape has none. Cleaning keeps every line in its place, so that lines can be named afterwards.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from app.record import dataclass

LOOKED_AT, CHARACTERS = 400, 1 << 16
"""Lines, and characters, from the top in which a shape must show itself."""


@dataclass(frozen=True)
class Shape:
    """One kind of text that people paste.

    `marks` must all be found, each at the start of some line; `printed_by` is the command (or file) it comes from.
    """

    name: str
    printed_by: str
    marks: tuple[re.Pattern[str], ...]


def _shape(name: str, printed_by: str, *marks: str) -> Shape:
    return Shape(name, printed_by, tuple(re.compile(mark, re.MULTILINE) for mark in marks))


def _table(name: str, printed_by: str, *columns: str) -> Shape:
    """A table of kubectl: its first column is NAME or NAMESPACE, and these columns follow in this order.

    Each column is sought once, from where the last one ended with all its blanks, so that no line is read more often
    than it has columns.
    """
    first, *others = columns
    sought = rf"(?>\b{first})" + "".join(rf"(?>.*?\b{column})" for column in others)
    return _shape(name, printed_by, rf"^(?:NAMESPACE ++)?NAME ++{sought}")


_KUSTOMIZE = (
    r"^(?:name(?:Prefix|Suffix|space)|(?:common)?[lL]abels|images|patches\w*|(?:configMap|secret)Generator|replicas|"
    r"generatorOptions):"
)
_HELM = (
    r"\{\{-?[ \t]*(?:\.(?:Values|Release|Chart|Capabilities)\b|\$|"
    r"(?:include|template|define|toYaml|tpl|if|with|range|end|default|printf)\b)"
)
_ERROR = r"^(?:Error from server|error: |The connection to the server|No resources found|Unable to connect)"

SHAPES: tuple[Shape, ...] = (
    _shape(
        "describe-node",
        "kubectl describe node",
        r"^Name:[ \t]",
        r"^(?:Allocatable|Capacity|Roles|Unschedulable|Taints):",
    ),
    # Where its top was cut off.
    _shape(
        "describe-node", "kubectl describe node", r"^Capacity:[ \t]*$", r"^Allocatable:[ \t]*$", r"^ {1,2}pods:[ \t]+\d"
    ),
    _shape(
        "describe-service",
        "kubectl describe service",
        r"^Name:[ \t]",
        r"^(?:IP Families|Session Affinity|TargetPort|Internal Traffic Policy|External Traffic Policy):[ \t]",
    ),
    _shape("describe-endpoints", "kubectl describe endpoints", r"^Name:[ \t]", r"^Subsets:"),
    _shape("describe-endpointslice", "kubectl describe endpointslice", r"^Name:[ \t]", r"^AddressType:[ \t]"),
    _shape(
        "describe-deployment",
        "kubectl describe deployment",
        r"^Name:[ \t]",
        r"^(?:StrategyType|RollingUpdateStrategy):[ \t]",
    ),
    _shape(
        "describe-pod",
        "kubectl describe pod",
        r"^Name:[ \t]",
        r"^(?:QoS Class|Controlled By|Service Account|Node-Selectors|Start Time|IPs):",
    ),
    _shape("describe-pod", "kubectl describe pod", r"^[ \t]*(?:Liveness|Readiness|Startup):[ \t]+\S+[ \t].*delay=\d"),
    _shape("describe", "kubectl describe", r"^Name:[ \t]", r"^(?:Namespace|Labels|Annotations|Selector|Status):[ \t]"),
    _table("top-pods", "kubectl top pods", r"CPU\(cores\) ", r"MEMORY\(bytes\)(?!.*%)"),
    _shape("top-pods", "kubectl top pods", r"^POD +NAME +CPU\(cores\) +MEMORY\(bytes\)"),
    _table("top-nodes", "kubectl top nodes", r"CPU\(cores\) ", r"(?:CPU%|CPU\(%\))"),
    _table("get-services", "kubectl get services", "TYPE +", "CLUSTER-IP +", r"PORT\(S\)"),
    _table("get-endpointslices", "kubectl get endpointslices", "ADDRESSTYPE +", "PORTS +", "ENDPOINTS"),
    _table("get-endpoints", "kubectl get endpoints", "ENDPOINTS +", "AGE"),
    _table("get-nodes", "kubectl get nodes", "STATUS +", "ROLES +", "AGE +", "VERSION"),
    _table("get-pods", "kubectl get pods", "READY +", "STATUS +", "RESTARTS +", "AGE"),
    _table("get-deployments", "kubectl get deployments", "READY +", "UP-TO-DATE +", "AVAILABLE"),
    _table("get-daemonsets", "kubectl get daemonsets", "DESIRED +", "CURRENT +", "READY +", "UP-TO-DATE"),
    _table("get-replicasets", "kubectl get replicasets", "DESIRED +", "CURRENT +", "READY"),
    _table("get-hpa", "kubectl get hpa", "REFERENCE +", "TARGETS +", "MINPODS"),
    _table("get-statefulsets", "kubectl get statefulsets", "READY +", "AGE"),
    _shape("get-events", "kubectl get events", r"^(?:NAMESPACE +)?LAST SEEN +TYPE +REASON"),
    _shape("get", "kubectl get", r"^(?:NAMESPACE +)?NAME  +(?:[A-Z][A-Z()%/-]*(?:  +|[ \t]*$)){1,12}$"),
    _shape("iptables-save", "iptables-save", r"^\*(?:nat|filter|mangle|raw)[ \t]*$", r"^(?::[A-Z][\w-]* |-A )"),
    _shape("iptables-save", "iptables-save", r"^-A KUBE-[A-Z0-9-]+ "),
    _shape("iptables-list", "iptables -L", r"^Chain [\w-]+ \((?:policy|\d+ references)"),
    _shape("nft", "nft list ruleset", r"^table (?:ip|ip6|inet) [\w-]+ \{", r"^[ \t]+(?:chain|set|map) [\w/.-]+ \{"),
    _shape("ipvs", "ipvsadm -Ln", r"^IP Virtual Server version"),
    _shape(
        "ipvs", "ipvsadm -Ln", r"^(?:TCP|UDP|SCTP) +\S+:\d+ +[a-z]{2,5}\b", r"^ +-> \S+:\d+ +(?:Masq|Route|Tunnel) "
    ),
    _shape("crictl-ps", "crictl ps", r"^CONTAINER(?: ID)? +IMAGE +CREATED +STATE +NAME"),
    _shape("crictl-pods", "crictl pods", r"^POD ID +CREATED +STATE +NAME"),
    _shape("docker-ps", "docker ps", r"^CONTAINER ID +IMAGE +COMMAND +CREATED +STATUS"),
    _shape("kubectl-error", "kubectl", _ERROR),
    _shape("kustomization", "kustomization.yaml", r"^kind: Kustomization\b"),
    _shape("kustomization", "kustomization.yaml", r"^(?:resources|bases|components):[ \t]*$", _KUSTOMIZE),
    _shape("helm", "a Helm chart", _HELM),
    _shape(
        "compose",
        "docker-compose.yml",
        r"^services:[ \t]*$",
        r"^  [\w.-]+:[ \t]*$",
        r"^    (?:image|build|ports|environment|deploy):",
    ),
)
"""In the order in which they are tried; the first that fits is taken."""


def recognise(text: str) -> Shape | None:
    """The shape of a text, or None when it is none of those known. The text should be clean."""
    head = "\n".join(text[:CHARACTERS].split("\n", LOOKED_AT)[:LOOKED_AT])
    return next((shape for shape in SHAPES if all(mark.search(head) for mark in shape.marks)), None)


def first_mark(text: str, shape: Shape) -> int:
    """The line, from 1, on which the shape shows itself."""
    found = shape.marks[-1].search(text[:CHARACTERS])
    return text.count("\n", 0, found.start()) + 1 if found else 1


# --- what a terminal adds ---------------------------------------------------------------------------

_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*+[ -/]*+[@-~]|\][^\x07\x1b\n]*+(?:\x07|\x1b\\)?|[@-Z\\^_])")
_COMMANDS = (
    r"(?:kubectl|k|oc|helm|kustomize|crictl|iptables-save|ip6tables-save|iptables|ipvsadm|nft|cat|curl|amtool|promtool|etcdctl|"
    r"docker|podman|nerdctl|crane|skopeo)"
)
_BEFORE = (
    r"(?![^$#%>\n]*: )(?:[^\n{}\"']{0,80}?[$#%>❯➜»λ][ \t]+)?(?:sudo[ \t]+)?(?:microk8s[ \t]+|minikube[ \t]+)?"
    r"(?:[A-Z][A-Z0-9_]{0,40}=\S{0,80}[ \t]+){0,3}(?:(?:/[\w.-]{1,40}){1,6}/)?"
)
_PROMPT = re.compile(rf"^{_BEFORE}{_COMMANDS}\s+(?:--\s+)?[\w.*|/-][^\n]*$")
_BARE_PROMPT = re.compile(r"^(?:\[?[\w.-]+@[\w.-]+[^\n{}\"']{0,80}|[\w.:@-]*[~/][^\s{}\"']{0,80} ?)?[$#%❯➜]\s*$")
_ADVICE = re.compile(r"^(?:Warning: |Flag --|Defaulted container |W\d{4} \d\d:|E\d{4} \d\d:)")
_HERE = r"[^\n{}]{0,160}<<-?[ \t]*[\"']?(?:EOF|EOT|YAML)\b"
_HERE_DOCUMENT = re.compile(rf"^(?:{_HERE}|(?:EOF|EOT|YAML)[ \t]*$)")
"""The line of a shell that begins a text of its own, and the word that ends it."""

_FENCE = re.compile(r"^\s*(?:```|~~~)[\w-]*\s*$")
_DIVIDER = "---"


class Piece(NamedTuple):
    """A stretch of lines, from 1, both ends in it, printed by one command or standing in one fence."""

    from_line: int
    to_line: int
    text: str


def clean(text: str) -> str:
    """The text without colours, prompts, typed commands, kubectl's warnings and Markdown fences.

    Of a diff it is what stands there after the change; numbers that a manual puts behind its lines are taken away.

    Lines keep their places. Between two stretches of YAML a typed command becomes `---`.
    """
    text = without_callouts(undiff(unquoted(strip_escapes(text))))
    if not _may_hold_prompts(text):
        return text
    lines = text.split("\n")
    drawn = [is_drawn(line) for line in lines]
    if not any(drawn):
        return text
    printed = (line for line, is_ours in zip(lines, drawn, strict=True) if line.strip() and not is_ours)
    is_json = next(printed, "").lstrip()[:1] in ("{", "[")
    seen, kept = False, []
    for line, is_ours in zip(lines, drawn, strict=True):
        if not is_ours:
            seen = seen or bool(line.strip())
            kept.append(line)
        else:
            # A comment that holds a command stands in the midst of an object as well.
            kept.append(_DIVIDER if seen and not is_json and not line.startswith("#") else "")
    while kept and kept[-1] in ("", _DIVIDER):
        kept.pop()
    return "\n".join(kept) + "\n"


_QUOTED = re.compile(r"^[ \t]*>(?![^\s>]) ?", re.MULTILINE)
QUOTED_DEEP = 8
"""Mails within mails."""


def unquoted(text: str) -> str:
    """The text without the `>` that a mail or Markdown puts before every line; no object can begin each line so."""
    for _depth in range(QUOTED_DEEP):
        if not text.lstrip().startswith(">"):
            break
        full = [line for line in text.split("\n") if line.strip()]
        if len(full) < 2 or not all(map(_QUOTED.match, full)):
            break
        text = _QUOTED.sub("", text)
    return text


_HUNK = re.compile(r"^@@ -\d{1,7}(?:,\d{1,7})? \+\d{1,7}(?:,\d{1,7})? @@", re.MULTILINE)
_ADDED = re.compile(r"^\+[ \t]*+(?:- )?[\w\"'][^\n:]{0,200}:(?:[ \t]|$)", re.MULTILINE)
_OF_A_DIFF = re.compile(
    r"(?:diff --git |index [0-9a-f]{6,40}\.\.|--- (?:a/|/dev/null)|\+\+\+ (?:b/|/dev/null)|@@ -|-|\\ No newline)"
)


def undiff(text: str) -> str:
    """What a diff leads to, each line in its place; any other text as it is.

    Without the head of a hunk every line must have a mark, and one that is added a key.
    """
    if not _HUNK.search(text):
        full = [line for line in text.split("\n") if line.strip() and not _FENCE.match(line)]
        if not _ADDED.search(text) or not all(line[0] in " +-" for line in full):
            return text
    kept = ("" if _OF_A_DIFF.match(line) else line[line[:1] in ("+", " ") :] for line in text.split("\n"))
    return "\n".join(kept)


_CALLOUT = re.compile(r"(?<![ \t])[ \t]++<(\d{1,2})>[ \t]*$", re.MULTILINE)


def without_callouts(text: str) -> str:
    """The text without `<1>`, `<2>`… at the ends of lines, by which a manual explains them below: all, in order."""
    if "<1>" not in text:
        return text
    numbers = [int(number) for number in _CALLOUT.findall(text)]
    return _CALLOUT.sub("", text) if numbers == list(range(1, len(numbers) + 1)) else text


_QUERY = re.compile(r"^[ \t]*`?[a-zA-Z_:][\w:]*[ \t]*\([^\n]*\)[^\n()]*$")


def clean_answer(text: str) -> str:
    """What the API of a server answered, clean, and without the query that was written above it."""
    text = clean(text)
    lines = text.split("\n")
    full = [index for index, line in enumerate(lines) if line.strip()][:2]
    if len(full) > 1 and _QUERY.match(lines[full[0]]) and lines[full[1]].lstrip()[0] in "[{":
        lines[full[0]] = ""
    return "\n".join(lines)


def strip_escapes(text: str) -> str:
    """The text without the escape sequences that colour it."""
    return _ESCAPE.sub("", text) if "\x1b" in text else text


def _may_hold_prompts(text: str) -> bool:
    """Whether it is worth looking at every line: most of what is pasted begins with an object."""
    return bool(_SUSPECT.search(text))


_SUSPECT = re.compile(
    rf"^{_BEFORE}{_COMMANDS} |^[$#%❯➜]|^\S[^\n{{}}\"']{{0,120}}[$#%❯➜][ \t]*$"
    rf"|^(?:Warning: |Flag --|Defaulted container )|^{_HERE}|^[WE]\d{{4}} \d\d:|^[ \t]*(?:```|~~~)",
    re.MULTILINE,
)


def is_drawn(line: str) -> bool:
    """Whether a line is the terminal's and not the output's: no indented line is, nor a comment without a command."""
    if not line or line[0] in " \t":
        return False
    if line.startswith("# ") and not re.match(rf"# {_COMMANDS} ", line):
        return False
    line = line.rstrip()
    return any(pattern.match(line) for pattern in (_PROMPT, _BARE_PROMPT, _HERE_DOCUMENT, _ADVICE, _FENCE))


def pieces(text: str) -> Iterator[Piece]:
    """The stretches between prompts, in their order; one stretch where there are none."""
    lines: Sequence[str] = strip_escapes(text).split("\n")
    start: int | None = None
    for number, line in enumerate((*lines, None), 1):
        if line is None or is_drawn(line):
            if start is not None:
                inner = lines[start - 1 : number - 1]
                if any(part.strip() for part in inner):
                    yield Piece(start, number - 1, "\n".join(inner))
            start = None
        elif start is None:
            start = number
