"""Of the cookies that a client sends, those of this site alone go on to it.

    OwnCookies(application, ("lang", "learner"))

The framework reads all of them for every route, and Python before 3.11.10 and 3.12.6 takes the square of its length for
a quoted one (CVE-2024-7592): ten seconds for 60 kB, in which nobody was answered.
"""

import re
from collections.abc import Iterable
from typing import Any

from app.web.page import Headers


class OwnCookies:
    """Pure ASGI: ours have these names, and values that need no quotes."""

    def __init__(self, app: Any, names: Iterable[str]) -> None:
        self._app = app
        self._own = re.compile(rb"(?:%b)=[A-Za-z0-9_-]{1,64}" % b"|".join(re.escape(name.encode()) for name in names))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            scope["headers"] = self._with_own(scope["headers"])  # not in a copy: whoever measures is told the route
        await self._app(scope, receive, send)

    def _with_own(self, headers: Headers) -> Headers:
        sent = [value for name, value in headers if name == b"cookie"]
        if not sent:
            return headers
        own = [pair for pair in map(bytes.strip, b";".join(sent).split(b";")) if self._own.fullmatch(pair)]
        others = [(name, value) for name, value in headers if name != b"cookie"]
        return [*others, (b"cookie", b"; ".join(own))] if own else others
