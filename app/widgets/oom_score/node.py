"""The node's memory: what pods may have of it, what is in use, and when the kubelet begins to evict.

Sources (kubernetes v1.36): pkg/kubelet/cm/node_container_manager_linux.go, pkg/kubelet/eviction/helpers.go and
eviction/api/types.go GetThresholdQuantity. All in bytes.
"""

import struct

from app.kube.oom import PAGE_BYTES
from app.kube.quantity import read_quantity
from app.kube.refusal import Refusal
from app.record import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """A node as the reader describes it."""

    capacity: int
    swap: int
    kube_reserved: int
    system_reserved: int
    hard_eviction: int
    system_used: int


@dataclass(frozen=True, slots=True)
class Node:
    """The settings and what follows from them; `available` and the rest of it are null while usage is unknown."""

    capacity: int
    swap: int
    total_pages: int
    point_bytes: int
    kube_reserved: int
    system_reserved: int
    hard_eviction: int
    allocatable: int
    pods_limit: int
    system_used: int
    pods_used: int | None
    available: int | None
    allocatable_available: int | None
    under_pressure: bool | None


def read_settings(
    *,
    node_memory: str,
    swap: str,
    kube_reserved: str,
    system_reserved: str,
    eviction_hard: str,
    system_used: str,
) -> Settings:
    """The node from its texts; the hard threshold may be a percentage of the capacity."""
    capacity = read_bytes(node_memory, "node_memory")
    if capacity < PAGE_BYTES:
        raise Refusal("node-memory-zero", field="node_memory")
    return Settings(
        capacity=capacity,
        swap=read_bytes(swap, "swap"),
        kube_reserved=read_bytes(kube_reserved, "kube_reserved"),
        system_reserved=read_bytes(system_reserved, "system_reserved"),
        hard_eviction=read_threshold(eviction_hard, capacity, "eviction_hard"),
        system_used=read_bytes(system_used, "system_used"),
    )


def read_bytes(text: str, field: str) -> int:
    """A memory quantity of a form's field; spaces around it are trimmed, an empty field is 0."""
    quantity = read_quantity(text.strip() or "0", field=field)
    if quantity.nano < 0:
        raise Refusal("node-negative", field=field, text=quantity.text)
    return quantity.value


def read_threshold(text: str, capacity: int, field: str) -> int:
    """A quantity, or a percentage, which the kubelet holds as a 32-bit float and truncates to whole bytes."""
    trimmed = text.strip().removeprefix("memory.available<")  # as kubelet's own flag has it
    if not trimmed.endswith("%"):
        return read_bytes(trimmed, field)
    digits = trimmed.removesuffix("%")
    if not digits.replace(".", "", 1).isdecimal() or not digits.isascii() or len(digits) > 12:
        raise Refusal("node-percentage", field=field, text=trimmed)
    if float(digits) > 100:
        raise Refusal("node-percentage", field=field, text=trimmed)
    return int(float(capacity) * _single(_single(float(digits)) / 100))


def _single(value: float) -> float:
    """Rounded to a 32-bit float."""
    rounded: float = struct.unpack("f", struct.pack("f", value))[0]
    return rounded


def describe_node(settings: Settings, pods_used: int | None) -> Node:
    """Allocatable, the limit of the kubepods cgroup, and what is left of both."""
    pods_limit = max(0, settings.capacity - settings.kube_reserved - settings.system_reserved)
    available = allocatable_available = under_pressure = None
    if pods_used is not None:
        available = max(0, settings.capacity - settings.system_used - pods_used)
        allocatable_available = max(0, pods_limit - pods_used)
        under_pressure = min(available, allocatable_available) < settings.hard_eviction
    total_pages = (settings.capacity + settings.swap) // PAGE_BYTES
    return Node(
        capacity=settings.capacity,
        swap=settings.swap,
        total_pages=total_pages,
        point_bytes=total_pages // 1000 * PAGE_BYTES,
        kube_reserved=settings.kube_reserved,
        system_reserved=settings.system_reserved,
        hard_eviction=settings.hard_eviction,
        allocatable=max(0, pods_limit - settings.hard_eviction),
        pods_limit=pods_limit,
        system_used=settings.system_used,
        pods_used=pods_used,
        available=available,
        allocatable_available=allocatable_available,
        under_pressure=under_pressure,
    )
