"""Progress as the files that an import takes: one, or several where it is larger than that.

    export_files(desk, cookie, now)       # (b"{…}",)

An import is a union, so that the parts may be brought in one after another, in any order.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from app.quiz.answer import Desk
from app.quiz.transfer import IMPORT_LIMIT, ROW_LIMIT, export_progress
from app.store import learner, transfer
from app.store.store import Transaction

AROUND = 4096  # bytes of a file besides its rows, at most
FEW = 10_000  # rows that are one file whatever is in them, as long as nobody imports what no answer looks like


def export_files(desk: Desk, cookie: str | None, now: datetime) -> tuple[bytes, ...]:
    """Everything of whoever the cookie opens."""
    whole = export_progress(desk, cookie, now)
    body = _written(whole)
    has_room = all(len(rows) <= ROW_LIMIT for rows in whole.values() if isinstance(rows, list))
    return (body,) if has_room and len(body) <= IMPORT_LIMIT else tuple(map(_written, _parts(whole)))


def count_files(desk: Desk, cookie: str | None, now: datetime) -> int:
    """How many files there are; of most learners it is known without writing them."""

    def count(tx: Transaction) -> int:
        owner = learner.find(tx, cookie)
        return 0 if owner is None else transfer.row_count(tx, owner)

    return 1 if desk.store.read(count) <= FEW else len(export_files(desk, cookie, now))


def _written(file: dict[str, Any]) -> bytes:
    return json.dumps(file, ensure_ascii=False, indent=1).encode()


def _parts(whole: dict[str, Any]) -> Iterator[dict[str, Any]]:
    lists = {name: rows for name, rows in whole.items() if isinstance(rows, list)}
    head = {name: value for name, value in whole.items() if name not in lists}

    def begun() -> dict[str, Any]:
        return {**head, **{name: [] for name in lists}}

    part, size, count = begun(), AROUND, 0
    for name, rows in lists.items():
        for row in rows:
            more = _size_of(row)
            if size + more > IMPORT_LIMIT or count == ROW_LIMIT:
                yield part
                part, size, count = begun(), AROUND, 0
            part[name].append(row)
            size, count = size + more, count + 1
    yield part


def _size_of(row: dict[str, Any]) -> int:
    """The bytes of a row in a file, where its lines are two signs further in, with a comma and a line end behind it."""
    text = json.dumps(row, ensure_ascii=False, indent=1)
    return len(text.encode()) + 2 * (text.count("\n") + 1) + 2
