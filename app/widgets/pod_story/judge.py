"""Holds the rules against one Pod: the first that the paste proves, with the lines that prove it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from fnmatch import fnmatchcase

from app.kube.transcript.text import Chunk, Quote
from app.record import dataclass
from app.widgets.pod_story.facts import FACTS, focus, ready
from app.widgets.pod_story.rule import Rule, Signal, Sure
from app.widgets.pod_story.rules import OPEN, RULES
from app.widgets.pod_story.view import View

REFUSALS = 200
"""Refusals that are looked at; the rest say the same."""

BROKEN_LOG = 12
"""Lines at the end of a log that are read as one, where no line alone says it."""

EVIDENCE = 6
"""Quotations that a verdict has at most."""


@dataclass
class Hit:
    """A signal that was found: where, and the values that it gave."""

    quotes: list[Quote] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Judged:
    """The diagnosis with its evidence; `values` fill its sentences and commands."""

    rule: Rule
    sure: Sure
    evidence: tuple[Quote, ...]
    values: Mapping[str, str]


def judge(view: View, rules: Iterable[Rule] = RULES) -> Judged:
    """The first rule that holds; `open` when none does."""
    found: dict[Signal, Hit | None] = {}
    is_ready = bool(ready(view))
    for rule in rules:
        if is_ready and not rule.if_ready:
            continue
        judged = _try(rule, view, found)
        if judged:
            return judged
    return Judged(OPEN, "open", tuple(_whatever(view)), _values(view, {}))


def _whatever(view: View) -> Iterator[Quote]:
    """What the paste says at least."""
    pod = view.pod
    yield from (pod.where[name] for name in ("column", "status") if name in pod.where)


def _try(rule: Rule, view: View, found: dict[Signal, Hit | None]) -> Judged | None:
    hits = []
    for signal in rule.all:
        hit = _find(signal, view, found)
        if hit is None:
            return None
        hits.append(hit)
    if rule.any:
        chosen = [hit for signal in rule.any if (hit := _find(signal, view, found)) is not None]
        if not chosen:
            return None
        hits = [*chosen, *hits]
    if any(_find(signal, view, found) is not None for signal in rule.none):
        return None
    sure: Sure = rule.sure
    for signal in rule.sure_if:
        if (hit := _find(signal, view, found)) is not None:
            hits.append(hit)
            sure = "proved"
    hits += [hit for signal in rule.shows if (hit := _find(signal, view, found)) is not None]
    values: dict[str, str] = {}
    for hit in reversed(hits):
        values |= hit.values
    return Judged(rule, sure, _distinct(quote for hit in hits for quote in hit.quotes), _values(view, values))


def _distinct(quotes: Iterable[Quote]) -> tuple[Quote, ...]:
    """Each line once, the first that was found first."""
    kept: dict[int, Quote] = {}
    for quote in quotes:
        if quote.line and quote.quote:
            kept.setdefault(quote.line, quote)
    return tuple(list(kept.values())[:EVIDENCE])


def _values(view: View, found: Mapping[str, str]) -> dict[str, str]:
    pod = view.pod
    it = focus(view)
    owner = next((e for e in view.others if e.reason == "FailedCreate"), None)
    container = next((e.container for e in view.events if e.container and e.type == "Warning"), "")
    image = next((i for e in view.events if (i := _image(e.chunk))), "")
    exit_code = next((c for c in (it.exit_code, it.last_exit) if c is not None), None) if it else None
    beside, its_namespace = _owner(view)
    values = {
        "pod": pod.name or (owner.name if owner else "") or "POD",
        "namespace": pod.namespace or ("" if pod.name else its_namespace),
        "node": view.node_name or _troubled_node(view) or "NODE",
        "owner": beside or "NAME",
        "container": (it.name if it else "") or container or "CONTAINER",
        "image": image or (it.image if it else "") or "IMAGE",
        "exit": "" if exit_code is None else str(exit_code),
        "name": "",
    }
    return values | {name: value for name, value in found.items() if value}


def _troubled_node(view: View) -> str:
    """The node that is not ready, where the paste tells of one and of no Pod."""
    its = [node.name for node in view.case.nodes if node.name and node.ready not in ("", "True")]
    return its[0] if len(its) == 1 and not view.pod.name else ""


def _owner(view: View) -> tuple[str, str]:
    """Name and namespace of the object that the paste tells of: the one with a warning, else the first."""
    warned = ((event.name, event.namespace) for event in view.others if event.type == "Warning" and event.name)
    return next(warned, None) or next(((e.name, e.namespace) for e in view.case.owners if e.name), ("", ""))


def _image(chunk: Chunk) -> str:
    import re

    match = re.search(r"(?:[Pp]ull(?:ing)?|[Cc]ontainer)image\"(?P<image>[^\"]+)\"", chunk.squashed)
    return match["image"] if match else ""


# --- signals ------------------------------------------------------------------------------------------


def _find(signal: Signal, view: View, found: dict[Signal, Hit | None]) -> Hit | None:
    if signal not in found:
        found[signal] = _FINDERS[signal.where](signal, view)
    return found[signal]


def _event(signal: Signal, view: View) -> Hit | None:
    """Warnings count for the Pod's own events; of other objects only those whose reason is asked for."""
    best: Hit | None = None
    youngest = None
    for event in (each for reason in signal.names for each in view.by_reason.get(reason, ())):
        match = event.chunk.find(signal.compiled) if signal.pattern else None
        if signal.pattern and match is None:
            continue
        if view.is_overtaken(event):
            continue
        # Of several the latest counts: messages change while one waits.
        if best is None or (event.last is not None and youngest is not None and event.last < youngest):
            best = Hit([event.chunk.quote(match)], dict(match.groupdict("")) if match else {})
            youngest = event.last
    return best


def _chunks(view: View) -> Iterator[tuple[Chunk, bool]]:
    """Messages about the Pod, the surest first: its events, then refusals and lines of unknown kind."""
    for event in view.events:
        if not view.is_overtaken(event):
            yield event.chunk, True
    for event in view.others:
        if event.kind not in ("Pod", "") and event.type == "Warning" and not view.is_overtaken(event):
            yield event.chunk, True
    for refusal in view.case.refusals[:REFUSALS]:
        yield refusal.chunk, False
    yield from ((chunk, False) for chunk in view.case.loose)


def _said(signal: Signal, view: View) -> Hit | None:
    from app.kube.transcript.text import squash

    pod = view.pod
    texts = [(c.message, c.quote) for c in pod.conditions.values() if c.message and c.status != "True"]
    texts += [(pod.message, pod.where.get("message", Quote("", 0)))] if pod.message else []
    for it in pod.containers:
        for which, message in (("state", it.message), ("last", it.last_message)):
            if message:
                texts.append((message, it.where.get(f"{which}.message") or it.where.get(which) or Quote("", 0)))
    for text, quote in texts:
        if match := signal.compiled.search(squash(text)):
            return Hit([quote], dict(match.groupdict("")))
    for chunk, _ in _chunks(view):
        if match := chunk.find(signal.compiled):
            return Hit([chunk.quote(match)], dict(match.groupdict("")))
    return None


def _is_one(name: str, names: Iterable[str]) -> bool:
    return any(fnmatchcase(name, each) for each in names)


def _column(signal: Signal, view: View) -> Hit | None:
    pod = view.pod
    if pod.column and _is_one(pod.column, signal.names):
        return Hit([pod.where["column"]] if "column" in pod.where else [])
    return None


def _waiting(signal: Signal, view: View) -> Hit | None:
    for it in view.pod.containers:
        if it.state == "waiting" and it.reason in signal.names:
            quote = it.where.get("state.reason") or it.where.get("state")
            return Hit([quote] if quote else [], {"container": it.name})
    names = {*signal.names, *(f"Init:{name}" for name in signal.names)}
    return _column(Signal("column", tuple(names)), view)


def _ended(signal: Signal, view: View) -> Hit | None:
    for it in sorted(view.pod.containers, key=lambda it: it.ready is not False):
        for which, state, reason, code in (
            ("state", it.state, it.reason, it.exit_code),
            ("last", it.last_state, it.last_reason, it.last_exit),
        ):
            if state != "terminated" or (it.init and not it.sidecar and state == "terminated" and code == 0):
                continue
            if reason in signal.names or f"exit:{code}" in signal.names:
                names = (f"{which}.reason", f"{which}.exit code")
                quotes = [it.where[name] for name in names if name in it.where]
                return Hit(quotes, {"container": it.name, "exit": "" if code is None else str(code)})
    return None


def _pod(signal: Signal, view: View) -> Hit | None:
    from app.kube.transcript.text import squash

    pod = view.pod
    if pod.reason and pod.reason in signal.names:
        match = None
    elif signal.pattern and pod.message and (match := signal.compiled.search(squash(pod.message))):
        pass
    else:
        return None
    quotes = [pod.where[name] for name in ("reason", "message") if name in pod.where]
    return Hit(quotes, dict(match.groupdict("")) if match else {})


def _condition(signal: Signal, view: View) -> Hit | None:
    from app.kube.transcript.text import squash

    kind, *reasons = signal.names
    found = view.pod.conditions.get(kind)
    if found is None or found.status != signal.status or (reasons and found.reason not in reasons):
        return None
    if signal.pattern:
        match = signal.compiled.search(squash(found.message))
        return Hit([found.quote], dict(match.groupdict(""))) if match else None
    return Hit([found.quote])


def _log(signal: Signal, view: View) -> Hit | None:
    for chunk in view.log_lines:
        if match := chunk.find(signal.compiled):
            return Hit([chunk.quote()], dict(match.groupdict("")))
    if view.case.logs:
        # A narrow terminal may have broken the line that is looked for.
        last = Chunk(tuple(line for chunk in view.log_lines[:BROKEN_LOG][::-1] for line in chunk.lines))
        match = last.find(signal.compiled)
        return Hit([last.quote(match)], dict(match.groupdict(""))) if match else None
    for chunk in view.case.loose:
        if match := chunk.find(signal.compiled):
            return Hit([chunk.quote()], dict(match.groupdict("")))
    return None


def _kernel(signal: Signal, view: View) -> Hit | None:
    for chunk in (*view.case.loose, *view.log_lines, *(e.chunk for e in view.others if e.kind == "Node")):
        if match := chunk.find(signal.compiled):
            return Hit([chunk.quote(match)], dict(match.groupdict("")))
    return None


def _refusal(signal: Signal, view: View) -> Hit | None:
    for refusal in view.case.refusals[:REFUSALS]:
        if match := refusal.chunk.find(signal.compiled):
            return Hit([refusal.chunk.quote(match)], dict(match.groupdict("")))
    for event in (*view.events, *view.others):
        if event.reason not in ("FailedCreate", "ReplicaFailure", "ReplicaSetCreateError") or view.is_overtaken(event):
            continue
        if match := event.chunk.find(signal.compiled):
            return Hit([event.chunk.quote(match)], dict(match.groupdict("")))
    return None


def _fact(signal: Signal, view: View) -> Hit | None:
    quotes = FACTS[signal.names[0]](view)
    return None if quotes is None else Hit(quotes)


_FINDERS = {
    "event": _event,
    "said": _said,
    "column": _column,
    "waiting": _waiting,
    "ended": _ended,
    "pod": _pod,
    "condition": _condition,
    "log": _log,
    "kernel": _kernel,
    "refusal": _refusal,
    "fact": _fact,
}
