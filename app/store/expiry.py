"""What nobody has used for 18 months goes: learners with all that is theirs, and short links.

forgotten = forget_unused(store, now_ms)     # Forgotten(learners, links); safe in several processes at once
"""

from app.record import dataclass
from app.store import learner, link
from app.store.learner import RENEW_AFTER_MS
from app.store.store import Store

MONTHS = 18
DAY_MS = 86_400_000
UNUSED_MS = MONTHS * 365 * DAY_MS // 12
AT_ONCE = 500  # rows of a transaction, so that nobody waits for it


@dataclass(frozen=True)
class Forgotten:
    learners: int
    links: int


def forget_unused(store: Store, now_ms: int) -> Forgotten:
    """Deletes it in small steps. When something was used is known to RENEW_AFTER_MS, and what is not known counts for
    the learner: nothing goes earlier than it is told."""
    before_ms = now_ms - UNUSED_MS - RENEW_AFTER_MS
    counts = []
    for forget in (learner.forget_unused, link.forget_unused):
        total = 0
        while count := store.write(forget, before_ms, AT_ONCE):
            total += count
        counts.append(total)
    return Forgotten(*counts)
