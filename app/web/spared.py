"""Libraries that others take along where they find them, and that nobody here uses.

with spared("rich"):
    import structlog

do_without("pydantic.v1")
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def spared(name: str) -> Iterator[None]:
    """What is imported inside finds no such library, unless it is loaded already; afterwards it is there as before."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]  # for which an import is an ImportError, as the language has it
    try:
        yield
    finally:
        del sys.modules[name]


def do_without(name: str) -> None:
    """From now on nobody finds such a library, unless it is loaded already."""
    sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # as above
