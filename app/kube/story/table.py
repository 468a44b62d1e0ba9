"""What `kubectl get pods -w` prints: a STATUS that is no field, ages, columns that never shrink."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from app.kube.printed.pod_row import row_of
from app.record import dataclass

PADDING, NARROWEST = 3, 6  # kubectl's tabwriter: cli-runtime/pkg/printers/tabwriter.go
POD_COLUMNS = ("NAME", "READY", "STATUS", "RESTARTS", "AGE")


def human_duration(seconds: float) -> str:
    """An age as the API server writes it into tables (apimachinery/pkg/util/duration/duration.go, v0.37)."""
    whole = int(seconds)
    if whole < 0:
        return "<invalid>" if whole < -1 else "0s"
    minutes, hours = whole // 60, whole // 3600
    if whole < 120:
        return f"{whole}s"
    if minutes < 10:
        return f"{minutes}m{whole % 60}s" if whole % 60 else f"{minutes}m"
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"
    if hours < 48:
        return f"{hours}h"
    if hours < 192:
        return f"{hours // 24}d{hours % 24}h" if hours % 24 else f"{hours // 24}d"
    if hours < 24 * 365 * 2:
        return f"{hours // 24}d"
    if hours < 24 * 365 * 8:
        years, days = divmod(hours // 24, 365)
        return f"{years}y{days}d" if days else f"{years}y"
    return f"{hours // 24 // 365}y"


def pod_cells(pod: Mapping[str, Any], now: datetime) -> tuple[str, ...]:
    """The cells of a Pod's row at a time."""
    row = row_of(pod)
    restarts = str(row.restarts)
    if row.restarts and row.restarted_at:
        restarts += f" ({human_duration((now - as_time(row.restarted_at)).total_seconds())} ago)"
    age = human_duration((now - as_time(pod["metadata"]["creationTimestamp"])).total_seconds())
    return pod["metadata"]["name"], row.ready_of_all, row.status, restarts, age


def as_time(text: str) -> datetime:
    return datetime.fromisoformat(text)


@dataclass(frozen=True)
class Terminal:
    """A terminal so far. A column keeps its widest cell; lines already printed stay as they are."""

    lines: tuple[str, ...] = ()
    widths: tuple[int, ...] = ()

    def typed(self, command: str) -> "Terminal":
        return replace(self, lines=(*self.lines, f"$ {command}"))

    def told(self, *lines: str) -> "Terminal":
        return replace(self, lines=(*self.lines, *lines))

    def row(self, cells: Sequence[str], columns: Sequence[str] = POD_COLUMNS) -> "Terminal":
        """One more line of the watch; the first brings the headings (cli-runtime printers/tabwriter.go)."""
        rows = [cells] if self.widths else [columns, cells]
        return self.rows(rows)

    def rows(self, rows: Sequence[Sequence[str]]) -> "Terminal":
        wanted = [max(NARROWEST, *(len(row[i]) + PADDING for row in rows)) for i in range(len(rows[0]))]
        widths = tuple(map(max, wanted, self.widths)) if self.widths else tuple(wanted)
        lines = tuple(
            "".join(cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)) + row[-1] for row in rows
        )
        return Terminal((*self.lines, *lines), widths)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)
