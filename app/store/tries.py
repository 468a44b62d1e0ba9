"""Limits that hold for all processes and replicas together, since what was done is counted in the database.

    wait_ms = store.write(tries.spend, "code", client, [Limit(5, MINUTE_MS)], now_ms)

A limit's window slides: what was done in the span before counts by the share of it that still lies within.
"""

import hashlib
import ipaddress
from collections.abc import Iterable
from contextvars import ContextVar
from math import ceil, floor
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select

from app.record import dataclass
from app.store.tables import TRIES
from app.store.upsert import Statement, per_dialect

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
LONGEST_MS = HOUR_MS
client: ContextVar[str] = ContextVar("client", default="")  # the address that a request comes from
EVERYBODY = "everybody"  # who is counted when all are counted together


@dataclass(frozen=True)
class Limit:
    """At most this amount in any span of time."""

    amount: int
    span_ms: int


def _counting(insert: Any) -> Statement:
    new = insert(TRIES)
    return new.on_conflict_do_update(
        index_elements=[column.name for column in TRIES.primary_key],
        set_={"amount": TRIES.c.amount + new.excluded.amount},
        where=TRIES.c.amount + new.excluded.amount <= bindparam("allowed"),
    ).returning(TRIES.c.amount)


_count = per_dialect(_counting)
_SPENT = select(TRIES.c.began_ms, TRIES.c.amount).where(
    TRIES.c.what == bindparam("of"),
    TRIES.c.who_hash == bindparam("by"),
    TRIES.c.span_ms == bindparam("span"),
    TRIES.c.began_ms >= bindparam("since"),
)


def spend(tx: Connection, what: str, who: str, limits: Iterable[Limit], now_ms: int, amount: int = 1) -> int:
    """Counts this amount of `what` for `who` and returns 0; or how many milliseconds to wait, when it would be more
    than one of the limits allows.

    The spans of `limits` are at most LONGEST_MS, the amount at most what each allows. `who` is the address of a
    client, of which only a hash is kept.
    """
    tx.execute(delete(TRIES).where(TRIES.c.began_ms < now_ms - 2 * LONGEST_MS))
    waits = (_spend(tx, what, hash_of(who), limit, now_ms, amount) for limit in limits)
    return next((wait_ms for wait_ms in waits if wait_ms), 0)


def _spend(tx: Connection, what: str, who: bytes, limit: Limit, now_ms: int, amount: int) -> int:
    began_ms = now_ms - now_ms % limit.span_ms
    asked = {"of": what, "by": who, "span": limit.span_ms, "since": began_ms - limit.span_ms}
    spent: dict[int, int] = {row.began_ms: row.amount for row in tx.execute(_SPENT, asked)}
    before, now = spent.get(began_ms - limit.span_ms, 0), spent.get(began_ms, 0)
    over = (now_ms - began_ms) / limit.span_ms
    allowed = limit.amount - floor(before * (1 - over))
    row = {"what": what, "who_hash": who, "span_ms": limit.span_ms, "began_ms": began_ms, "amount": amount}
    if amount <= allowed and tx.execute(_count(tx), {**row, "allowed": allowed}).one_or_none():
        return 0
    return _wait(limit, before, now, over, amount)


def _wait(limit: Limit, before: int, now: int, over: float, amount: int) -> int:
    """Milliseconds until this amount fits again: when enough of the last span, or of this one, has slid out. What
    slides is counted in whole units, so the last unit need not have left wholly."""
    room = limit.amount - amount
    if before and now <= room:
        share = 1 - (room - now + 1) / before - over
    else:
        share = 1 - over + max(0.0, 1 - (room + 1) / now if now else 0.0)
    return max(0, ceil(share * limit.span_ms)) + 1


def hash_of(who: str) -> bytes:
    """What is kept of an address. One subscriber has a whole /64 of IPv6, so that is counted as one."""
    try:
        address = ipaddress.ip_address(who)
    except ValueError:
        return hashlib.sha256(who.encode("utf-8", "backslashreplace")).digest()
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
    bits = 64 if address.version == 6 else 32
    return hashlib.sha256(str(ipaddress.ip_network((address, bits), strict=False)).encode()).digest()
