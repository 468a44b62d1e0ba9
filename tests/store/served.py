"""Real servers for the tests that kill them: `podscope serve`, started again and again from a process that has
imported it already, so that a start does not cost two seconds of imports.

    python -m tests.store.served PORT

Each line read begins one more life, whose process id is written; when nothing more is read, all is over.
"""

import os
import sys

import uvicorn  # noqa: F401  # as what follows: read once for all lives

from app import main, serve  # noqa: F401
from app.web import wire  # noqa: F401
from app.widgetkit.registry import find_rooms


def serve_again_and_again(port: str) -> None:
    os.environ["PODSCOPE_PORT"] = port
    find_rooms()
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            serve.main()  # all that `podscope serve` becomes, with a store and a site of its own
            os._exit(0)
        print(child, flush=True)
        os.waitpid(child, 0)


if __name__ == "__main__":
    serve_again_and_again(sys.argv[1])
