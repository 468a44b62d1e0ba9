"""The code that opens a learner's progress on another device. One a learner; only its hash is kept."""

import hashlib

from sqlalchemy import Connection, bindparam, select

from app.store import learner, transfer
from app.store.learner import Owner
from app.store.tables import RECOVERY
from app.store.upsert import putting

_put = putting(RECOVERY, ("code_hash", "made_ms"))
_FIND = select(RECOVERY.c.learner_id).where(RECOVERY.c.code_hash == bindparam("hash"))
_MADE = select(RECOVERY.c.made_ms).where(RECOVERY.c.learner_id == bindparam("learner"))


def put_code(tx: Connection, owner: int, code: bytes, now_ms: int) -> None:
    """From now on this code opens the learner's progress, and no other does."""
    tx.execute(_put(tx), {"learner_id": owner, "code_hash": _hash(code), "made_ms": now_ms})


def made_ms(tx: Connection, owner: int) -> int | None:
    """When the learner's code was made; None when there is none."""
    made: int | None = tx.execute(_MADE, {"learner": owner}).scalar_one_or_none()
    return made


def redeem(tx: Connection, code: bytes, key: str | None, fresh_key: str, now_ms: int) -> Owner | None:
    """Opens the code's progress for this cookie; what the cookie opened before is merged into it.

    None when no code is like this. A client without a cookie of ours gets `fresh_key`.
    """
    owner: int | None = tx.execute(_FIND, {"hash": _hash(code)}).scalar_one_or_none()
    if owner is None:
        return None
    before = learner.find(tx, key)
    if before is None:
        learner.add_device(tx, owner, fresh_key, now_ms)
        return Owner(owner, fresh_key)
    if before != owner:
        transfer.merge(tx, owner, before)
    return Owner(owner)


def _hash(code: bytes) -> bytes:
    return hashlib.sha256(b"podscope recovery " + code).digest()
