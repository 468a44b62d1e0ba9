"""Limits of what one client may do, and all together. They are counted in the store, so that they hold for all workers
and replicas at once and survive a restart: otherwise each process would allow its own share of guesses.

    CODES.admit(store, client, now)                       # Refusal when there were too many tries
    IMPORTS.admit(store, client, now, amount=size_kib)

`client` is the address that the server sees: of a proxy, if there is one that is not trusted to name another.
"""

from datetime import datetime
from functools import partial
from typing import Any

from app.record import dataclass
from app.store import tries
from app.store.review import milliseconds
from app.store.store import Store
from app.store.tries import EVERYBODY, HOUR_MS, MINUTE_MS, Limit
from app.widgetkit.contract import Refusal


@dataclass(frozen=True)
class Guard:
    """What `each` client may do, and `together` all clients; `code` and `field` are those of the Refusal."""

    what: str
    each: tuple[Limit, ...]
    together: tuple[Limit, ...]
    code: str
    field: str

    def admit(self, store: Store, client: str, now: datetime, amount: int = 1) -> None:
        """Counts it; Refusal with the minutes to wait when it is too much."""
        now_ms = milliseconds(now)
        for what, who, limits in ((self.what, client, self.each), (f"{self.what}-all", EVERYBODY, self.together)):
            wait_ms = store.write(partial(tries.spend, amount=amount), what, who, limits, now_ms)
            if wait_ms:
                raise Refusal(self.code, field=self.field, minutes=-(-wait_ms // MINUTE_MS))


# A code has 80 random bits, so that guessing is hopeless at any of these rates; slips of the pen fit in.
CODES = Guard(
    what="code",
    each=(Limit(5, MINUTE_MS), Limit(30, HOUR_MS)),
    together=(Limit(120, MINUTE_MS),),
    code="too-many-tries",
    field="code",
)
# What an import costs grows with its size, so KiB are counted: two of the largest files a minute, or 500 small ones.
LEAST_IMPORT_KIB = 64
IMPORTS = Guard(
    what="import",
    each=(Limit(32 << 10, MINUTE_MS), Limit(256 << 10, HOUR_MS)),
    together=(Limit(128 << 10, MINUTE_MS),),
    code="too-much-import",
    field="body",
)
TOO_MANY = frozenset(  # refusals that are answered with 429
    [*(guard.code for guard in (CODES, IMPORTS)), "too-many-learners", "link-often", "link-much"]
)


class Client:
    """Pure ASGI: from here on it is known whose tries are counted."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        asked = tries.client.set(scope["client"][0] if scope.get("client") else "")
        try:
            await self._app(scope, receive, send)
        finally:
            tries.client.reset(asked)


def status_of(refusal: Refusal) -> int:
    """The status that a refusal is answered with."""
    return 429 if refusal.code in TOO_MANY else 422


def wait_of(refusal: Refusal) -> dict[str, str]:
    """The header that says when to come again, for those that were too many."""
    return {"retry-after": str(60 * refusal.values["minutes"])} if refusal.code in TOO_MANY else {}
