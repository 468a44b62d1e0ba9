"""Short links: an address for a widget's inputs that are too long for one."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select

from app.store.tables import LINK
from app.store.upsert import adding


@dataclass(frozen=True)
class Link:
    """What a short link stands for."""

    slug: str
    widget: str
    inputs: Mapping[str, Any]


_add = adding(LINK)
_FIND = select(LINK.c.slug, LINK.c.widget, LINK.c.inputs).where(LINK.c.slug == bindparam("of"))


def make(tx: Connection, widget: str, inputs: Mapping[str, Any], now_ms: int) -> Link:
    """The link for these inputs; the same inputs always have the same one."""
    text = json.dumps(inputs, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(f"{widget}\n{text}".encode()).digest()
    slug = base64.b32encode(digest[:10]).decode().lower()
    tx.execute(_add(tx), {"slug": slug, "widget": widget, "inputs": text, "made_ms": now_ms})
    return Link(slug, widget, dict(inputs))


def find(tx: Connection, slug: str) -> Link | None:
    row = tx.execute(_FIND, {"of": slug}).one_or_none()
    return Link(row.slug, row.widget, json.loads(row.inputs)) if row else None
