"""Short links: an address for inputs that are too long for one, kept in the store."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime

from app.kube.refusal import Refusal
from app.store import link, tries
from app.store.engine import StoreError
from app.store.learner import RENEW_AFTER_MS
from app.store.review import milliseconds
from app.store.store import Store
from app.store.tries import EVERYBODY, HOUR_MS, MINUTE_MS, Limit
from app.widgetkit.contract import TEXT_LIMIT
from app.widgetkit.state import Saved

_ID = re.compile("[a-z2-7]{16}")  # the only kind that is made; PostgreSQL takes no NUL
EACH_HOUR = 30  # links that one network may make
EACH_KIB = 8 << 10  # and how much may stand in them in an hour
ALL_KIB = 64 << 10  # of all networks together


class Links:
    """Keeps a widget's inputs and finds them again. The same inputs always have the same link."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def keep(self, widget: str, inputs: Mapping[str, str], client: str) -> Saved:
        """The link for these inputs; Refusal when they are too much or one client makes too many."""
        if sum(map(len, inputs.values())) > TEXT_LIMIT:
            raise Refusal("link-long", field="link", limit=TEXT_LIMIT)
        now_ms = milliseconds(datetime.now(UTC))
        kib = 1 + (sum(len(text.encode()) for text in inputs.values()) >> 10)
        for code, what, who, limit, amount in (
            ("link-often", "link", client, EACH_HOUR, 1),
            ("link-much", "link-kib", client, EACH_KIB, kib),
            ("link-much", "link-kib-all", EVERYBODY, ALL_KIB, kib),
        ):
            wait_ms = self._store.write(tries.spend, what, who, [Limit(limit, HOUR_MS)], now_ms, amount)
            if wait_ms:
                raise Refusal(code, field="link", limit=EACH_HOUR, minutes=-(-wait_ms // MINUTE_MS))
        made = self._store.write(lambda tx: link.make(tx, widget, inputs, now_ms))
        return Saved(made.slug, inputs)

    def find(self, widget: str, id_: str) -> Saved | None:
        """The inputs behind a link of this widget, or None."""
        if not _ID.fullmatch(id_):
            return None
        found = self._store.read(lambda tx: link.find(tx, id_))
        if found is None or found.widget != widget:
            return None
        now_ms = milliseconds(datetime.now(UTC))
        if now_ms - found.used_ms > RENEW_AFTER_MS:
            with suppress(StoreError):  # who opens it need not wait for a database that keeps nothing now
                self._store.write(link.use, id_, now_ms)
        return Saved(found.slug, {name: str(value) for name, value in found.inputs.items()})
