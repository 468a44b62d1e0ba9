"""Learners and the cookies that open their progress. Only the hash of a cookie's 128 random bits is kept."""

import hashlib
import re
import secrets

from sqlalchemy import Connection, bindparam, delete, exists, insert, select, update

from app.kube.refusal import Refusal
from app.record import dataclass
from app.store import tries
from app.store.direct import Direct
from app.store.tables import DEVICE, LEARNER
from app.store.tries import EVERYBODY, HOUR_MS, MINUTE_MS, Limit

RENEW_AFTER_MS = 30 * 86_400_000  # browsers forget a cookie after 400 days: an active one is sent again in time
EACH = (Limit(300, HOUR_MS),)  # learners that one network may make: a school that begins together
TOGETHER = (Limit(6000, HOUR_MS),)  # and all of them
_KEY = re.compile(r"[A-Za-z0-9_-]{22}")


@dataclass(frozen=True)
class Owner:
    """The learner of a write. `send_key`: the cookie to set now (a new learner, or a renewal), else None."""

    id: int
    send_key: str | None = None


@dataclass(frozen=True)
class Newcomer:
    """Who a learner is made for, if there is none: the key of their cookie, and where they come from."""

    key: str
    client: str


_FIND = (
    select(DEVICE.c.learner_id, DEVICE.c.sent_ms)
    .join(LEARNER, LEARNER.c.id == DEVICE.c.learner_id)
    .where(DEVICE.c.key_hash == bindparam("hash"))
)
# On PostgreSQL this makes the writes of one learner take turns; SQLite has one writer anyway and ignores it.
_FIND_AND_LOCK = Direct(_FIND.with_for_update(of=LEARNER))


def new_key() -> str:
    return secrets.token_urlsafe(16)


def newcomer() -> Newcomer:
    """Asked for in the thread of a request, which knows its client."""
    return Newcomer(new_key(), tries.client.get())


def hash_of(key: str) -> bytes | None:
    """What is stored of a key; None when it is not of the form of a key, so nobody can own it."""
    return hashlib.sha256(key.encode()).digest() if _KEY.fullmatch(key) else None


def find(tx: Connection, key: str | None) -> int | None:
    """The learner that this cookie opens."""
    hashed = hash_of(key) if key else None
    if hashed is None:
        return None
    row = tx.execute(_FIND, {"hash": hashed}).one_or_none()
    return row.learner_id if row else None


def find_locked(tx: Connection, key: str | None) -> int | None:
    """The learner that this cookie opens, held until the transaction ends."""
    hashed = hash_of(key) if key else None
    row = _FIND_AND_LOCK.row(tx, {"hash": hashed}) if hashed else None
    return row[0] if row else None


def find_or_create(tx: Connection, key: str | None, fresh: Newcomer, now_ms: int) -> Owner:
    """The learner of this cookie, held until the transaction ends; without one a new one for `fresh`, or a Refusal when
    their network, or all together, have made too many.

    A cookie that we did not make opens nothing and is replaced, so nobody can choose another's.
    """
    hashed = hash_of(key) if key else None
    row = _FIND_AND_LOCK.row(tx, {"hash": hashed}) if hashed else None
    if row is None:
        for what, who, limits in (("learner", fresh.client, EACH), ("learner-all", EVERYBODY, TOGETHER)):
            if wait_ms := tries.spend(tx, what, who, limits, now_ms):
                raise Refusal("too-many-learners", field="cookie", minutes=-(-wait_ms // MINUTE_MS))
        return Owner(create(tx, fresh.key, now_ms), fresh.key)
    owner, sent_ms = row
    if now_ms - sent_ms < RENEW_AFTER_MS:
        return Owner(owner)
    tx.execute(update(DEVICE).where(DEVICE.c.key_hash == hashed).values(sent_ms=now_ms))
    return Owner(owner, key)


def create(tx: Connection, key: str, now_ms: int) -> int:
    result = tx.execute(insert(LEARNER).values(made_ms=now_ms).returning(LEARNER.c.id))
    learner: int = result.scalar_one()
    add_device(tx, learner, key, now_ms)
    return learner


def add_device(tx: Connection, learner: int, key: str, now_ms: int) -> None:
    """From now on this cookie opens this learner's progress."""
    tx.execute(insert(DEVICE).values(key_hash=hash_of(key), learner_id=learner, sent_ms=now_ms))


def lock(tx: Connection, learner: int) -> bool:
    """Holds the learner until the transaction ends; False when there is no such learner."""
    query = select(LEARNER.c.id).where(LEARNER.c.id == learner).with_for_update()
    return tx.execute(query).one_or_none() is not None


def delete_everything(tx: Connection, learner: int) -> None:
    """Nothing of the learner is left: all that refers to them goes with them."""
    tx.execute(delete(LEARNER).where(LEARNER.c.id == learner))


def forget_unused(tx: Connection, before_ms: int, most: int) -> int:
    """Deletes learners whose cookies were all sent before then, which an active one never is for longer than
    RENEW_AFTER_MS; at most so many. How many there were."""
    is_used = exists().where(DEVICE.c.learner_id == LEARNER.c.id, DEVICE.c.sent_ms >= before_ms)
    found = select(LEARNER.c.id).where(LEARNER.c.made_ms < before_ms, ~is_used).limit(most)
    return int(tx.execute(delete(LEARNER).where(LEARNER.c.id.in_(found))).rowcount)
