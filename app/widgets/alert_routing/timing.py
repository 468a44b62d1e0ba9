"""When a group sends: the looks at it, and what each finds. Times in milliseconds from the group's first alert.

prometheus/alertmanager v0.35.0: dispatch/dispatch.go (aggrGroup.run: group_wait, then every group_interval),
notify/dedup_stage.go, needsUpdate (what is worth a message).
"""

from collections.abc import Iterator
from typing import Literal

from app.record import dataclass
from app.widgets.alert_routing.config import Options

Found = Literal["first", "joined", "repeat", "resolved", "resolved-unsent", "gone-before", "repeats", "forgotten"]

REPEATS = 2
"""Repetitions that are shown one by one."""

RETENTION_MS = 120 * 3_600_000
"""--data.retention: so long Alertmanager remembers what it has sent; no longer than twice repeat_interval either.

nflog/nflog.go, Log; notify/set_notifies_stage.go.
"""

MAINTENANCE_MS = 15 * 60_000
"""--data.maintenance-interval: so often entries that have expired are deleted. nflog/nflog.go, GC."""


@dataclass(frozen=True)
class Timers:
    wait: int
    interval: int
    repeat: int

    def look(self, number: int) -> int:
        """The time of a look; the first has number 0."""
        return self.wait + number * self.interval

    def first_look_from(self, at: int) -> int:
        """The number of the first look at or after a time."""
        return max(0, -((self.wait - at) // self.interval))

    @property
    def repeat_looks(self) -> int:
        """After how many looks a message is repeated: the log entry must be older than repeat_interval.

        The entry is written just after its look began, so a multiple of group_interval is not enough.
        """
        return self.repeat // self.interval + 1

    @property
    def forgotten_looks(self) -> tuple[int, int]:
        """After how many looks the entry of the last message may be gone, and after how many it is.

        It expires after the retention; when maintenance deletes it nobody can say from here. A group without an entry
        is a new one, and is sent.
        """
        return RETENTION_MS // self.interval + 1, (RETENTION_MS + MAINTENANCE_MS) // self.interval + 1

    @property
    def forgets(self) -> bool:
        """Whether the entry is gone before repeat_interval has passed."""
        return self.forgotten_looks[0] < self.repeat_looks


@dataclass(frozen=True)
class Look:
    """One look at the group. `sent` says whether a message goes out; `skipped` looks before it found nothing.

    `found` "repeats" stands for `times` repetitions that are not shown one by one, the last of them at `at_ms`;
    "forgotten" for a message that goes out at a look between `at_ms` and `until_ms`.
    """

    number: int
    at_ms: int
    found: Found
    sent: bool
    firing: int
    skipped: int
    times: int = 1
    until_ms: int = 0


def timers(options: Options) -> Timers:
    return Timers(options.group_wait.value, options.group_interval.value, options.repeat_interval.value)


def looks(timers: Timers, joins_ms: int | None, resolves_ms: int | None, *, send_resolved: bool) -> list[Look]:
    """The looks that find something, for an alert that fires at 0.

    A second alert joins its group at `joins_ms`; at `resolves_ms` both are resolved.
    """
    return list(_looks(timers, joins_ms, resolves_ms, send_resolved))


def _looks(timers: Timers, joins: int | None, resolves: int | None, send_resolved: bool) -> Iterator[Look]:
    if resolves is not None and joins is not None and joins >= resolves:
        joins = None
    if resolves is not None and resolves <= timers.wait:
        yield Look(0, timers.wait, "gone-before", False, 0, 0)
        return
    firing = 1 if joins is None or joins > timers.wait else 2
    yield Look(0, timers.wait, "first", True, firing, 0)
    seen = sent = 0
    joining = timers.first_look_from(joins) if joins is not None and firing == 1 else None
    ending = timers.first_look_from(resolves) if resolves is not None else None
    repeated = 0
    while True:
        repeat = sent + timers.repeat_looks
        forgotten, gone = (sent + number for number in timers.forgotten_looks)
        if timers.forgets and all(number is None or number >= forgotten for number in (joining, ending)):
            # What comes later depends on when maintenance ran, so nothing is said of it.
            skipped = forgotten - seen - 1
            yield Look(forgotten, timers.look(forgotten), "forgotten", True, firing, skipped, 1, timers.look(gone))
            return
        due = min(number for number in (joining, ending, repeat) if number is not None)
        if due == ending:
            found: Found = "resolved" if send_resolved else "resolved-unsent"
            yield Look(due, timers.look(due), found, send_resolved, 0, due - seen - 1)
            return
        if due == joining:
            firing, joining, repeated = 2, None, 0
            yield Look(due, timers.look(due), "joined", True, firing, due - seen - 1)
        elif repeated < REPEATS:
            repeated += 1
            yield Look(due, timers.look(due), "repeat", True, firing, due - seen - 1)
        else:
            coming = [number for number in (joining, ending) if number is not None]
            if not coming:
                return
            # All repetitions before the next change at once: there may be millions.
            times = (min(coming) - 1 - sent) // timers.repeat_looks
            due = sent + times * timers.repeat_looks
            yield Look(due, timers.look(due), "repeats", True, firing, due - seen - times, times)
        seen = sent = due
