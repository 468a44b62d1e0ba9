"""Memory in use, pasted as lines `namespace/pod/container quantity` or as `kubectl top pods` prints it."""

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import field
from typing import NamedTuple

from app.kube.paste.read import CLEANED, unreadable
from app.kube.paste.recognise import clean, recognise
from app.kube.quantity import read_quantity
from app.kube.refusal import Refusal
from app.listed import Listed
from app.record import dataclass
from app.widgets.oom_score.pod import Pod

LINE_LIMIT = 50_000
UNKNOWN_SHOWN = 5


class Process(NamedTuple):
    """One process of a container and the bytes it uses; kubectl does not tell processes apart, so it has no name."""

    name: str
    used: int


@dataclass(slots=True)
class Usage:
    """Processes of each container by (namespace, pod), and what the text says about pods that the manifest lacks."""

    by_pod: dict[tuple[str, str], dict[str, list[Process]]] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)

    @property
    def is_given(self) -> bool:
        """Whether the text says anything about these pods; a list of other pods alone says nothing."""
        return bool(self.by_pod)

    def of(self, pod: Pod) -> list[Sequence[Process]]:
        """The processes of each of the pod's containers, in their order; none where nothing is said."""
        known = self.by_pod.get((pod.namespace, pod.name))
        if known is None:
            return [()] * len(pod.containers)
        return [known.get(container.name, ()) for container in pod.containers]


def total(processes: Sequence[Process]) -> int | None:
    """Bytes of all processes, or None when nothing is said about any."""
    return sum([process.used for process in processes]) if processes else None


class _Line(NamedTuple):
    number: int
    namespace: str
    pod: str
    container: str
    process: str
    quantity: str


Names = Set[tuple[str, str]]
"""Namespace and name of pods."""


def read_usage(text: str, pods: Sequence[Pod], field: str, elsewhere: Names = frozenset()) -> Usage:
    """Every line's usage, matched with the pods; Refusal for what cannot be read or is ambiguous.

    Pods that run `elsewhere` are not unknown: their lines are passed over without a word.
    """
    text = clean(text) if len(text) <= CLEANED else text
    shape = recognise(text)
    if shape and shape.name != "top-pods":
        raise unreadable(shape, text, field=field, wanted="kubectl top pods -A --containers")
    names_elsewhere = {name for _, name in elsewhere}
    by_name: dict[str, list[Pod]] = {}
    for pod in pods:
        by_name.setdefault(pod.name, []).append(pod)
    usage = Usage()
    for line in _read_lines(text, field):
        pod_or_none = _find(line, by_name, field)
        if pod_or_none is None:
            if (line.namespace, line.pod) in elsewhere or (not line.namespace and line.pod in names_elsewhere):
                continue
            name = f"{line.namespace}/{line.pod}" if line.namespace else line.pod
            if len(usage.unknown) < UNKNOWN_SHOWN and name not in usage.unknown:
                usage.unknown.append(name)
            continue
        _add(usage, line, pod_or_none, field)
    return usage


def _add(usage: Usage, line: _Line, pod: Pod, field: str) -> None:
    container = line.container or _only_container(line, pod, field)
    of_pod = usage.by_pod.setdefault((pod.namespace, pod.name), {})
    processes = of_pod.get(container)
    if processes is None:
        names = [known.name for known in pod.containers]
        if container not in names:
            joined = Listed(names)
            raise _at(line, field, "usage-container", pod=pod.name, container=container, names=joined)
        processes = of_pod[container] = []
    elif any(known.name == line.process for known in processes):
        raise _at(line, field, "usage-twice", pod=pod.name, container=container)
    processes.append(Process(line.process, _bytes(line, field)))


def _bytes(line: _Line, field: str) -> int:
    quantity = read_quantity(line.quantity, field=field, line=line.number)
    if quantity.nano < 0:
        raise _at(line, field, "usage-negative", quantity=line.quantity)
    return quantity.value


def _find(line: _Line, by_name: dict[str, list[Pod]], field: str) -> Pod | None:
    named = by_name.get(line.pod, [])
    if line.namespace:
        named = [pod for pod in named if pod.namespace == line.namespace]
    if len(named) > 1:
        places = Listed(f"{pod.namespace}/{pod.name} ({pod.kind})" for pod in named)
        raise _at(line, field, "usage-ambiguous", pod=line.pod, places=places)
    return named[0] if named else None


def _only_container(line: _Line, pod: Pod, field: str) -> str:
    running = pod.of_kind("container", "sidecar")
    if len(running) > 1:
        names = Listed(container.name for container in running)
        raise _at(line, field, "usage-which-container", pod=pod.name, names=names)
    return running[0].name


def _at(line: _Line, field: str, code: str, **values: str) -> Refusal:
    return Refusal(code, field=field, line=line.number, **values)


def _read_lines(text: str, field: str) -> Iterator[_Line]:
    columns: tuple[str, ...] = ()
    count = 0
    for number, raw in enumerate(text.split("\n"), 1):
        cells = raw.split()
        if not cells or cells[0].startswith("#"):
            continue
        if raw[0] in "_ \t" and not raw.strip("_ \t\r"):
            return  # `kubectl top --sum` rules off the total
        if "MEMORY(bytes)" in cells:
            columns = _columns(cells)
            continue
        count += 1
        if count > LINE_LIMIT:
            raise Refusal("usage-many", field=field, line=number, limit=LINE_LIMIT)
        yield (_read_path(cells, number, field) if "/" in cells[0] else _read_row(cells, columns, number, field))


def _columns(cells: Iterable[str]) -> tuple[str, ...]:
    """The columns of `kubectl top pods`: with --containers POD and NAME, else the pod itself is NAME."""
    names = tuple(cells)
    return names if "POD" in names else tuple("POD" if name == "NAME" else name for name in names)


def _read_row(cells: list[str], columns: tuple[str, ...], number: int, field: str) -> _Line:
    if not columns:
        columns = {
            4: ("POD", "NAME", "CPU(cores)", "MEMORY(bytes)"),
            5: ("NAMESPACE", "POD", "NAME", "CPU(cores)", "MEMORY(bytes)"),
        }.get(len(cells), ())
    if len(cells) != len(columns) or not columns:
        raise Refusal("usage-line", field=field, line=number)
    row = dict(zip(columns, cells, strict=True))
    return _Line(number, row.get("NAMESPACE", ""), row["POD"], row.get("NAME", ""), "", row["MEMORY(bytes)"])


def _read_path(cells: list[str], number: int, field: str) -> _Line:
    """`pod/container`, `namespace/pod/container`, or with a fourth part that names one process of the container."""
    names = cells[0].split("/")
    if len(cells) != 2 or not 2 <= len(names) <= 4 or "" in names:
        raise Refusal("usage-line", field=field, line=number)
    namespace = names.pop(0) if len(names) > 2 else ""
    process = names[2] if len(names) > 2 else ""
    return _Line(number, namespace, names[0], names[1], process, cells[1])
