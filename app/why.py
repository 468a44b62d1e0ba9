"""`podscope why`: a Pod's story on the command line, from standard input or from what kubectl answers.

kubectl is only read from: get, and logs. Exit status 0 all is well, 1 something is wrong, 2 bad input.
"""

import json
import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

from app.content.language import Lang
from app.kube.frame import Frame
from app.record import dataclass
from app.widgetkit.form import for_files, read_inputs
from app.widgetkit.registry import Room

FINE = ("healthy", "completed")
TAIL = 50  # lines of each log
PATIENCE_S = 30  # for one command of kubectl


class KubectlError(Exception):
    """kubectl is not there, or cannot answer; the text is what it said."""


@dataclass(frozen=True)
class Target:
    """The Pod that is asked about, and how kubectl is told of its cluster."""

    name: str
    namespace: str = ""
    options: tuple[str, ...] = ()

    @property
    def where(self) -> tuple[str, ...]:
        return (*self.options, *(("-n", self.namespace) if self.namespace else ()))


Kubectl = Callable[[Sequence[str]], tuple[int, str, str]]
"""Runs kubectl with arguments: its exit status, what it printed, what it said on standard error."""


def read_target(text: str, namespace: str, options: tuple[str, ...]) -> Target:
    """`pod/web` or `web`; ValueError for another kind of object, or what is no name."""
    kind, slash, name = text.partition("/")
    if not slash:
        kind, name = "pod", text
    if kind.lower() not in ("pod", "pods", "po") or not name or name.startswith("-") or "/" in name:
        raise ValueError(text)
    return Target(name, namespace, options)


def run_kubectl(arguments: Sequence[str]) -> tuple[int, str, str]:
    try:
        done = subprocess.run(  # nosec B603 B607 # the reader's own kubectl, without a shell
            ["kubectl", *arguments], capture_output=True, timeout=PATIENCE_S, check=False, stdin=subprocess.DEVNULL
        )
    except FileNotFoundError:
        raise KubectlError("kubectl is not installed; paste what you have into: podscope why -") from None
    except subprocess.TimeoutExpired:
        raise KubectlError(f"kubectl {' '.join(arguments[:3])}: no answer within {PATIENCE_S} s") from None
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


def gather(target: Target, kubectl: Kubectl = run_kubectl) -> str:
    """Everything that kubectl tells of the Pod, each piece under the command that printed it; KubectlError."""
    status, pod, said = kubectl(["get", "pod", target.name, *target.where, "-o", "json"])
    if status:
        raise KubectlError(_said(said) or f"kubectl ended with {status}")
    thing = json.loads(pod)
    namespace = str((thing.get("metadata") or {}).get("namespace") or target.namespace or "default")
    pieces = [_piece(["get", "pod", target.name, "-n", namespace, "-o", "json"], _without_managed(thing))]
    where = (*target.options, "-n", namespace)
    asked: list[tuple[list[str], Sequence[str]]] = [
        (["get", "events", "--field-selector", f"involvedObject.name={target.name}", "-o", "json"], where)
    ]
    if node := (thing.get("spec") or {}).get("nodeName"):
        asked.append((["get", "node", str(node), "-o", "json"], target.options))
    for container in _restarted(thing):
        asked.append((["logs", target.name, "-c", container, "--previous", f"--tail={TAIL}"], where))
    for command, options in asked:
        status, printed, _ = kubectl([*command, *options])
        if not status and printed.strip():
            pieces.append(_piece([*command, *(("-n", namespace) if "node" not in command else ())], printed))
    return "".join(pieces)


def _said(text: str) -> str:
    """What kubectl said, without what its libraries log."""
    return "\n".join(line for line in text.splitlines() if not re.match(r"[IWEF]\d{4} \d\d:", line)).strip()


def _piece(command: Sequence[str], printed: str) -> str:
    return f"$ kubectl {' '.join(command)}\n{printed.rstrip()}\n"


def _without_managed(thing: dict[str, Any]) -> str:
    thing.get("metadata", {}).pop("managedFields", None)
    return json.dumps(thing, ensure_ascii=False, indent=4)


def _restarted(pod: dict[str, Any]) -> Iterator[str]:
    """Containers that have ended once, whose last words are worth reading."""
    status = pod.get("status") or {}
    for kind in ("initContainerStatuses", "containerStatuses"):
        for each in status.get(kind) or ():
            if each.get("restartCount") or "terminated" in (each.get("lastState") or {}):
                yield str(each.get("name"))


def answer(room: Room, text: str, name: str = "", now: str = "") -> Any:
    """The room's outcome for a text; Refusal when nothing of it can be read."""
    inputs = {"text": text, "pod": name, "now": now}
    return room.run(read_inputs(for_files(room.widget.form), inputs))


def exit_status(outcome: Any) -> int:
    return 0 if outcome.verdict.code in FINE else 1


def print_story(room: Room, lang: Lang, outcome: Any) -> Iterator[str]:
    """Where the Pod stands, what happened, why it is so, the lines that say so, and what to ask next."""

    def word(key: str, **values: object) -> str:
        return room.words.text(lang, key, **values)

    verdict = outcome.verdict
    name = "/".join(filter(None, (outcome.namespace, outcome.pod))) or word(outcome.unnamed)
    yield "  ".join(filter(None, (name, outcome.status)))
    yield ""
    for frame in outcome.frames:
        yield f"  {_when(frame, word):>12}  {word(f'actor.{frame.actor}')}: {room.text(lang, frame.say)}"
    yield ""
    yield f"{verdict.code} ({word(f'sure.{verdict.sure}')}): {room.text(lang, verdict)}"
    for quote in verdict.evidence:
        for number, line in enumerate(quote.quote.split("\n")):
            yield f"  {word('line', line=quote.line) if not number else '':>10}  {line}"
    if verdict.candidates:
        yield f"{word('part.candidates')}:"
        yield from (f"  {code}: {word(f'cause.{code}')}" for code in verdict.candidates)
    if verdict.code not in FINE:
        yield f"{word('part.who')}: {room.text(lang, verdict.act)}"
        yield f"{word('part.refuted')}: {room.text(lang, verdict.refuted_by)}"
    for title, commands in (("part.next", verdict.next), ("part.wanted", outcome.wanted)):
        if commands:
            yield f"{word(title)}:"
            yield from (f"  {command}" for command in commands)


def _when(frame: Frame, word: Callable[..., str]) -> str:
    if frame.key == "now":
        return ""
    ago = getattr(frame, "ago", "")
    return word("ago", age=ago) if ago else "–"


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def open_in_site(site: str, lang: Lang, inputs: dict[str, str]) -> str:
    """The address of a short link to this story on a site that runs; KubectlError when none answers."""
    request = Request(
        f"{site}/{lang}/widgets/pod-story/link",
        data=urlencode(inputs).encode(),
        headers={"Origin": site, "Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"},
    )
    try:
        with build_opener(_Stay).open(request, timeout=10):
            pass
    except HTTPError as error:
        with error:
            if error.code in (302, 303) and error.headers["Location"]:
                return site + error.headers["Location"]
        raise KubectlError(f"{site} answers {error.code}") from None
    except (URLError, OSError):
        raise KubectlError(f"no site answers at {site}; start one with: podscope serve") from None
    raise KubectlError(f"{site} made no link")
