"""A server for the tests that kill it: the quiz's API alone, on a socket that outlives it.

python -m tests.store.served DATABASE_URL SOCKET_FD      # begins when it reads a line: loading is done before
"""

import socket
import sys

import uvicorn
from fastapi import FastAPI

from app.quiz.answer import Desk
from app.quiz.api import api_router
from app.quiz.bank import load_bank
from app.quiz.question import Keys
from app.store.store import open_store
from tests.quiz.conftest import CONTENT, run_adder


def main(url: str, descriptor: int) -> None:
    bank, keys = load_bank(CONTENT), Keys(run_adder)
    sys.stdin.readline()
    app = FastAPI()
    app.include_router(api_router(Desk(bank, open_store(url), keys)))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False))
    server.run(sockets=[socket.socket(fileno=descriptor)])


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
