"""Short links: an address for a widget's inputs that are too long for one."""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select, update

from app.record import dataclass
from app.store.tables import LINK
from app.store.upsert import adding


@dataclass(frozen=True)
class Link:
    """What a short link stands for, and when it was last opened or made."""

    slug: str
    widget: str
    inputs: Mapping[str, Any]
    used_ms: int


_add = adding(LINK)
_USED = func.coalesce(LINK.c.used_ms, LINK.c.made_ms)
_FIND = select(LINK.c.slug, LINK.c.widget, LINK.c.inputs, _USED.label("used_ms")).where(LINK.c.slug == bindparam("of"))


def make(tx: Connection, widget: str, inputs: Mapping[str, Any], now_ms: int) -> Link:
    """The link for these inputs; the same inputs always have the same one."""
    text = json.dumps(inputs, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(f"{widget}\n{text}".encode()).digest()
    slug = base64.b32encode(digest[:10]).decode().lower()
    tx.execute(_add(tx), {"slug": slug, "widget": widget, "inputs": text, "made_ms": now_ms})
    return Link(slug, widget, dict(inputs), now_ms)


def find(tx: Connection, slug: str) -> Link | None:
    row = tx.execute(_FIND, {"of": slug}).one_or_none()
    return Link(row.slug, row.widget, json.loads(row.inputs), row.used_ms) if row else None


def use(tx: Connection, slug: str, now_ms: int) -> None:
    """Remembers that somebody has opened it."""
    tx.execute(update(LINK).where(LINK.c.slug == slug).values(used_ms=now_ms))


def forget_unused(tx: Connection, before_ms: int, most: int) -> int:
    """Deletes links that nobody has made or opened since then, at most so many; how many there were."""
    found = select(LINK.c.slug).where(before_ms > _USED).limit(most)
    return int(tx.execute(delete(LINK).where(LINK.c.slug.in_(found))).rowcount)
