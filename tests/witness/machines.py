"""Stories of virtual machines beside what the real virt-api, virt-controller and Kubernetes did.

Our objects show some of their fields, so what we show is held, and no more. What virt-handler writes was played by the
recorder: it is held too, but is no evidence; nor is what happens inside a node.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from app.kube.frame import Frame
from tests.witness.held import (
    ANSWER,
    Count,
    Evidence,
    Held,
    address,
    aligned,
    asked_in,
    changed_by,
    event,
    named,
    now,
    printed,
    states,
    story,
    unlike,
)
from tests.witness.mask import mask, mask_line, mask_text
from tests.witness.recording import Recording
from tests.witness.written import OF_SERVER, Leaf, leaves

USERS = {
    "user": "kubernetes-admin",
    "scheduler": "system:kube-scheduler",
    "virt-api": "system:serviceaccount:kubevirt:kubevirt-apiserver",
    "virt-controller": "system:serviceaccount:kubevirt:kubevirt-controller",
    "kubelet-1": "system:node:node-1",
    "kubelet-2": "system:node:node-2",
}
PLAYED = "system:serviceaccount:kubevirt:kubevirt-handler"
AGENTS = {
    "user": ("virtctl", "kubectl"),
    "scheduler": ("kube-scheduler",),
    "virt-api": ("virt-api",),
    "virt-controller": ("virt-controller",),
    "kubelet-1": ("kubelet",),
    "kubelet-2": ("kubelet",),
}
KINDS = ("VirtualMachine/", "VirtualMachineInstance/", "VirtualMachineInstanceMigration/", "Pod/")
SAID = ("VM web ", "Error", "error", "Warning: ", 'pod "')


def hold(recording: Recording) -> Held:
    """The story of a recording's operation, strategy and fault beside the recording."""
    frames = story(recording.room, recording.scenario)
    count, evidence = Count(), Evidence()
    count.add("frames", len(frames))
    pairs = _pairs(frames, recording)
    asked = list(_requests(frames, recording, pairs, count))
    found = (
        *(text for _, text, _ in asked if text),
        *_states(frames, recording, pairs, count, evidence),
        *_events(frames, recording, pairs, count, evidence),
        *_rows(frames, recording, count, evidence),
        *_words(frames, recording, count),
    )
    for frame, text, real in asked:
        evidence.add(frame, "request", good=not text and real is not None)
    taken = {id(request) for _, _, request in asked if request}
    rest = [
        named(each)
        for each in recording.requests
        if each["at"] >= recording.begins and id(each) not in taken and each["user"] != PLAYED
    ]
    return Held(count.counts, tuple(found), tuple(rest), evidence.steps)


def _is_played(frame: Frame) -> bool:
    return frame.actor.startswith(("handler-", "launcher-"))


# Requests


def _requests(
    frames: Sequence[Frame], recording: Recording, pairs: Mapping[str, str], count: Count
) -> Iterator[tuple[Frame, str, Mapping[str, Any] | None]]:
    real = [(address(each), each) for each in recording.requests]
    last: dict[str, int] = {}
    taken: set[int] = set()
    for number, frame in enumerate(frames):
        who = USERS.get(frame.actor)
        for verb, path in asked_in(frame) if who else ():
            count.add("requests")
            places = [
                place
                for place, (where, each) in enumerate(real)
                if place not in taken
                and where == (verb, path)
                and each["user"] == who
                and each["at"] >= recording.begins
            ]
            later = [place for place in places if place > last.get(str(who), -1)]
            if not later:
                why = "was asked earlier" if places else "was not asked"
                yield frame, f"{frame.key}: {verb} {path} {why} by {frame.actor}", None
                continue
            otherwise = {place: _carried(frames, number, real[place][1], pairs) for place in later}
            best = min(later, key=lambda place: len(otherwise[place] or ()))
            last[str(who)] = best
            taken.add(best)
            count.add("agents")
            program = real[best][1]["agent"].partition("/")[0]
            if program not in AGENTS[frame.actor]:
                yield frame, f"{frame.key}: asked by {program}, not by {' or '.join(AGENTS[frame.actor])}", None
            elif differing := otherwise[best]:
                yield frame, f"{frame.key}: {verb} {path} carries something else: {differing[0]}", None
            else:
                if otherwise[best] is not None:
                    count.add("bodies")
                yield frame, "", real[best][1]
        if (match := ANSWER.match(frame.verb)) and frame.path:
            count.add("answers")
            path = mask_text(frame.path)
            codes = sorted({each["code"] for (_, where), each in real if where == path})
            if int(match["code"]) not in codes:
                yield frame, f"{frame.key}: {path} is answered with {codes}, not {match['code']}", None


def _carried(
    frames: Sequence[Frame], number: int, real: Mapping[str, Any], pairs: Mapping[str, str]
) -> list[str] | None:
    """What the body sets otherwise than our step; None where it carries no object of ours."""
    key = changed_by(frames[number], real, pairs)
    if key is None:
        return None
    before = next((found for each in reversed(frames[:number]) if (found := now(each, key))), None)
    after = now(frames[number], key) or {}
    if isinstance(real["body"], Mapping) and real["body"].get("kind") == "Binding":
        node = real["body"]["target"]["name"]
        ours = after["spec"].get("nodeName")
        return [] if node == ours else [f"it binds to {node!r}, our Pod is on {ours!r}"]
    return list(_otherwise(real, before, after))


def _otherwise(real: Mapping[str, Any], before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> Iterator[str]:
    if real["verb"] == "create":  # admission may still add to it
        body = mask(real["body"])
        meta = after["metadata"]
        parts = {"spec": after["spec"], "metadata": {name: meta[name] for name in OF_BODY if name in meta}}
        yield from lacking(parts, body)
        return
    sets, ours, was = _sets(real["body"]), leaves(after), leaves(before or {})
    changed = {path: value for path, value in ours.items() if was.get(path) != value and path in sets}
    for name in OF_SERVER:
        changed.pop(name, None)
    if not changed:
        yield "nothing of what our step writes is in the body"
    yield from (
        f"our step writes .{'.'.join(path)} = {value!r}, the body {sets[path]!r}"
        for path, value in changed.items()
        if sets[path] != value
    )


def _sets(body: Any) -> dict[Leaf, Any]:
    """Every scalar that a body sets, by its path: of a whole object, a merge patch, or a JSON patch."""
    if isinstance(body, Mapping):
        return leaves(mask(body))
    found: dict[Leaf, Any] = {}
    for each in body:
        if each["op"] in ("add", "replace"):
            names = [name.replace("~1", "/").replace("~0", "~") for name in each["path"].strip("/").split("/")]
            found |= leaves(mask(each["value"], names[-1]), tuple(names))
    return found


# States


def _pairs(frames: Sequence[Frame], recording: Recording) -> dict[str, str]:
    """Which object of the recording each of ours is: of this name, or made from the same pattern and most alike."""
    found: dict[str, str] = {}
    keys = sorted({f"{each.kind}/{each.name}" for frame in frames for each in frame.objects})
    for key in keys:
        if not key.startswith(KINDS):
            continue
        ours = states(frames, key)
        like = [each for each in recording.objects if mask_text(each) == mask_text(key)]
        if ours and like:
            found[key] = min(like, key=lambda each: aligned(ours, _real(recording, each), lacking)[0])
    return found


def _real(recording: Recording, key: str) -> list[Mapping[str, Any]]:
    return [mask(dict(seen.object)) for seen in recording.objects[key] if seen.type != "DELETED"]


NAMED = ("name", "type", "kind", "phase", "reference")
WHOLE = ("conditions", "finalizers", "phaseTransitionTimestamps", "stateChangeRequests")
"""Lists of which we show every member, but for the conditions of a Pod."""
OF_KUBELET = ("PodReadyToStartContainers", "ContainersReady")


OF_BODY = ("generateName", "ownerReferences")


def lacking(here: Any, there: Any, place: str = "") -> Iterator[str]:
    """What we show and is not so; of lists that we show whole also what is missing."""
    if isinstance(here, Mapping) and isinstance(there, Mapping):
        for name in here:
            at = f"{place}.{name}"
            if name not in there:
                if here[name] is not None:
                    yield f"{at} = {here[name]!r} is not there in truth"
            else:
                yield from lacking(here[name], there[name], at)
    elif isinstance(here, list) and isinstance(there, list):
        yield from _members(here, there, place)
    elif here != there:
        yield f"{place} is {there!r}, not {here!r}"


def _members(here: Sequence[Any], there: Sequence[Any], place: str) -> Iterator[str]:
    key = next((name for name in NAMED if all(isinstance(each, Mapping) and name in each for each in here)), "")
    if not here or not key:
        if len(here) == len(there):
            for number, (one, other) in enumerate(zip(here, there, strict=True)):
                yield from lacking(one, other, f"{place}[{number}]")
        else:
            yield f"{place} is {there!r}, not {here!r}"
        return
    by_key = {each.get(key): each for each in there}
    for each in here:
        if each[key] not in by_key:
            yield f"{place}[{each[key]}] is not there in truth"
        else:
            yield from lacking(each, by_key[each[key]], f"{place}[{each[key]}]")
    if place.rpartition(".")[2] in WHOLE and not any(each.get("type") in OF_KUBELET for each in there):
        missing = [name for name in by_key if name not in [each[key] for each in here]]
        yield from (f"{place}[{name}] is missing: {by_key[name]!r}" for name in missing)


def _states(
    frames: Sequence[Frame], recording: Recording, pairs: Mapping[str, str], count: Count, evidence: Evidence
) -> Iterator[str]:
    for key in sorted({f"{each.kind}/{each.name}" for frame in frames for each in frame.objects}):
        ours = states(frames, key)
        if not ours or not key.startswith(KINDS):
            continue
        kind = key.partition("/")[0]
        count.add("states", len(ours))
        if key not in pairs:
            yield f"{kind}: there is none like {mask_text(key)}"
            continue
        real = _real(recording, pairs[key])
        beside = aligned(ours, real, lacking)[1]
        for number, (frame, here) in enumerate(ours):
            lines = list(lacking(here, real[beside[number]])) if number in beside else ["no such state was written"]
            if not (_is_played(frame) and kind == "VirtualMachineInstance"):
                evidence.add(frame, "object", good=not lines)
            yield from (f"{kind} after {frame.key}: {line}" for line in lines)


# Events


def _events(
    frames: Sequence[Frame], recording: Recording, pairs: Mapping[str, str], count: Count, evidence: Evidence
) -> Iterator[str]:
    ours = {_sent(each) for each in frames[-1].events if each.from_ != "virt-handler"}
    count.add("events", len(ours))
    names = {real.partition("/")[2] for real in pairs.values()} | {"web"}
    real = {event(each) for each in recording.events if each["involvedObject"]["name"] in names}
    known: set[tuple[Any, ...]] = set()
    for frame in frames:
        fresh = [
            each for each in frame.events if each.from_ != "virt-handler" and (*_sent(each), each.count) not in known
        ]
        for each in fresh:
            evidence.add(frame, "event", good=_sent(each) in real)
        known |= {(*_sent(each), each.count) for each in fresh}
    yield from (f"event not sent in truth: {' | '.join(each)}" for each in sorted(ours - real))
    yield from (f"event not told: {' | '.join(each)}" for each in sorted(real - ours))


def _sent(each: Any) -> tuple[str, str, str, str]:
    return each.type, each.reason, each.from_, mask_text(each.message)


# What is printed


def _rows(frames: Sequence[Frame], recording: Recording, count: Count, evidence: Evidence) -> Iterator[str]:
    """The watch that stands in our terminal; a row that says the same as the one before it says nothing."""
    command = next(line for line in frames[-1].terminal.splitlines() if " -w" in line)
    there = _changing(recording.printed(command.removeprefix("$ kubectl ").removesuffix(" &")) or ())
    here = _changing(frames[-1].terminal.splitlines())
    count.add("rows", len(here))
    for last, frame in pairwise((None, *frames)):
        shown, past = _changing(frame.terminal.splitlines()), _changing(last.terminal.splitlines() if last else ())
        if not _is_played(frame):
            for row in shown[len(past) :]:
                evidence.add(frame, "terminal", good=row in there)
    yield from (f"get -w: {line}" for line in unlike(here, there))


def _changing(lines: Sequence[str]) -> list[str]:
    rows = [mask_line(line) for line in lines if line.startswith(("web ", "kubevirt-migrate-vm-"))]
    return [row for number, row in enumerate(rows) if number == 0 or rows[number - 1] != row]


def _words(frames: Sequence[Frame], recording: Recording, count: Count) -> Iterator[str]:
    said = {mask_text(text) for session in recording.told["sessions"] for _, text in printed(session)}
    for line in frames[-1].terminal.splitlines():
        if line.startswith(SAID):
            count.add("words")
            if mask_text(line) not in said:
                yield f"not said: {mask_text(line)}"
