"""What the page says about a choice: the derivation, the steps from tag to process, what kubectl shows, the traps."""

from typing import Literal

from app.record import dataclass
from app.widgetkit.contract import Say
from app.widgets.image_index.document import Image
from app.widgets.image_index.model import Choice, Entry, Fate, Matcher, Node, needs_aarch32
from app.widgets.image_index.platform import Platform

NAME = "registry.example.com/shop:1.4"
EXIT_CODE = 255  # runc's own, when execve fails after the hand-over to the container


@dataclass(frozen=True)
class Stage:
    """One of the four steps from the tag to the process."""

    name: Literal["resolve", "choose", "fetch", "start"]
    state: Literal["ok", "fail", "skip", "open"]
    said: Say


@dataclass(frozen=True)
class Shown:
    """A piece of a terminal: a table scrolls, a text wraps."""

    kind: Literal["table", "text"]
    lines: tuple[str, ...]


def taken(image: Image, choice: Choice) -> str:
    best = _best(choice)
    return "" if image.kind == "manifest" or best is None else f"manifests[{best.position}]"


def _best(choice: Choice) -> Entry | None:
    return next((entry for entry in choice.entries if entry.rank == 1), None)


def why(image: Image, node: Node, choice: Choice, binaries: Platform | None) -> Say:
    best = _best(choice)
    if choice.fate == "no-image":
        return Say(f"why.no-image.{image.artifact}", {})
    values = {
        "node": str(node.normalized),
        "count": len(image.entries),
        "kept": sum(entry.matches for entry in choice.entries),
        "offered": str(best.normalized) if best and best.normalized else "",
        "binaries": str(binaries) if binaries else "",
    }
    if choice.fate == "runs" and best is not None and image.kind == "index" and best.normalized:
        return Say("why.runs.exact" if best.step == 0 else "why.runs.fallback", values)
    if choice.fate == "pull-fails" and best is not None:
        return Say("why.artifact-refuses" if best.descriptor.artifact else "why.config-refuses", values)
    inside = binaries or (best.normalized if best else None)
    if choice.fate == "unknown" and needs_aarch32(node, inside):
        return Say("why.aarch32", values | {"binaries": str(inside)})
    if choice.fate == "unknown" and best is not None and best.descriptor.is_index:
        return Say("why.nested", values)
    kind = image.kind if choice.fate in ("exec-format-error", "runs", "unknown") else ""
    return Say(".".join(filter(None, ("why", choice.fate, kind))), values)


def derive(text: str, node: Node, matcher: Matcher) -> tuple[Say, ...]:
    """How the platform's text becomes the list."""
    listed = [str(item) for item in node.accepts[:12]] + (["…"] if len(node.accepts) > 12 else [])
    values = {
        "text": text if len(text) <= 60 else f"{text[:60]}…",
        "platform": str(node.platform),
        "normalized": str(node.normalized),
        "accepts": " > ".join(listed),
    }
    accepts = "sum.accepts" if node.accepts else "sum.accepts-nothing"
    return (Say("sum.platform", values), Say(accepts, values), Say(f"sum.{matcher}", values))


def stages(image: Image, choice: Choice) -> tuple[Stage, ...]:
    """From the tag to the process: what succeeds, what fails, what is never reached."""
    best = _best(choice)
    kept = sum(entry.matches for entry in choice.entries)
    values = {"count": len(image.entries), "kept": kept, "taken": taken(image, choice), "error": choice.error or ""}
    resolve = Stage("resolve", "ok", Say(f"stage.resolve.{image.kind}", values))
    if image.kind == "manifest":
        chosen = Stage("choose", "skip", Say("stage.choose.plain", values))
    elif best is None:
        chosen = Stage("choose", "fail", Say("stage.choose.none", values))
    else:
        key = "no-platform" if best.normalized is None else "best"
        chosen = Stage("choose", "ok", Say(f"stage.choose.{key}", values))
    if choice.error:
        fetched = Stage("fetch", "skip" if best is None else "fail", Say(_fetch_failure(best, choice), values))
        return (resolve, chosen, fetched, Stage("start", "skip", Say("stage.start.skip", values)))
    fetched = Stage("fetch", "ok", Say("stage.fetch.ok", values))
    states: dict[Fate, Literal["ok", "fail", "open"]] = {
        "runs": "ok",
        "emulated": "ok",
        "exec-format-error": "fail",
        "no-image": "fail",
    }
    start = Stage("start", states.get(choice.fate, "open"), Say(f"stage.start.{choice.fate}", values))
    return (resolve, chosen, fetched, start)


def _fetch_failure(best: Entry | None, choice: Choice) -> str:
    if best is None:
        return "stage.fetch.skip"
    return "stage.fetch.missing" if choice.fate == "content-missing" else "stage.fetch.config"


def shows(choice: Choice) -> tuple[Shown, ...]:
    """What kubectl prints; nothing where the outcome is open."""
    if choice.error:
        words = choice.error
        if not words.startswith("get image config"):
            words = f'failed to pull and unpack image "{NAME}": {words}'
        event = f'Failed to pull image "{NAME}": rpc error: code = NotFound desc = {words}'
        return (
            _table("0/1     ErrImagePull       0", "0/1     ImagePullBackOff   0"),
            Shown("text", ("Warning  Failed  kubelet", event)),
        )
    if choice.fate == "exec-format-error":
        return (
            _table("0/1     Error              0", "0/1     CrashLoopBackOff   1"),
            Shown("text", ("$ kubectl logs shop", "exec /app/shop: exec format error")),
            Shown("text", ("Last State:  Terminated", "  Reason:    Error", f"  Exit Code: {EXIT_CODE}")),
        )
    if choice.fate in ("runs", "emulated"):
        return (_table("1/1     Running            0"),)
    return ()


def _table(*rows: str) -> Shown:
    return Shown("table", ("NAME   READY   STATUS             RESTARTS", *(f"shop   {row}" for row in rows)))


def find_notes(image: Image, node: Node, choice: Choice, binaries: Platform | None) -> tuple[Say, ...]:
    notes = []
    best = _best(choice)
    if any(entry.why == "attestation" for entry in choice.entries):
        notes.append(Say("note.attestation", {}))
    if not node.normalized.variant and any(_is_level_of_amd64(entry) for entry in choice.entries):
        notes.append(Say("note.amd64-level", {}))
    if not node.accepts:
        notes.append(Say("note.unknown-variant", {"variant": node.normalized.variant}))
    if best and image.kind == "index" and any(e.matches and e.position < best.position for e in choice.entries):
        notes.append(Say("note.order", {}))
    if image.kind == "manifest" and binaries is None and not image.artifact:
        notes.append(Say("note.binaries", {}))
    if node.normalized.os == "windows":
        notes += _windows_notes(node, choice)
    if choice.fate == "content-missing":
        notes.append(Say("note.local-pull", {}))
    if image.kind == "index" and binaries is not None and best and best.normalized and choice.selected is not None:
        notes.append(Say("note.label-trusted", {"label": str(best.normalized), "binaries": str(binaries)}))
    return tuple(notes)


def _windows_notes(node: Node, choice: Choice) -> list[Say]:
    offered = {e.normalized.os_version for e in choice.entries if e.matches and e.normalized}
    notes = [Say("note.windows-order", {})] if len(offered) > 1 else []
    return notes if node.normalized.os_version else [*notes, Say("note.windows-version", {})]


def verdict(image: Image, choice: Choice) -> Say:
    """The headline; a plain manifest has no place in an index to be named by."""
    is_plain = image.kind == "manifest" and choice.fate in ("runs", "emulated")
    return Say(f"verdict.{choice.fate}{'.manifest' if is_plain else ''}", {"taken": taken(image, choice)})


def _is_level_of_amd64(entry: Entry) -> bool:
    return entry.why == "variant" and entry.normalized is not None and entry.normalized.architecture == "amd64"
