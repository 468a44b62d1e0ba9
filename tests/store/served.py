"""Real servers for the tests that kill them: `podscope serve`, started again and again from a process that has
imported it already, so that a start does not cost two seconds of imports.

    python -m tests.store.served PORT

Each line read begins one more life, whose process id is written; when nothing more is read, all is over.
"""

import os
import sys

from app import main  # noqa: F401  # the site with all that it imports, shared by every life
from app.cli import app
from app.widgetkit.registry import find_rooms


def live(port: str) -> None:
    """One life: all that `podscope serve` does, with a store and a site of its own."""
    app(["serve", "--port", port], standalone_mode=False)


def serve_again_and_again(port: str) -> None:
    find_rooms()
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            live(port)
            os._exit(0)
        print(child, flush=True)
        os.waitpid(child, 0)


if __name__ == "__main__":
    serve_again_and_again(sys.argv[1])
