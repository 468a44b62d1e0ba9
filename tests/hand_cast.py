"""What the tests of the hands let them work on: an application that does as its address says."""

import os
import time
from typing import Any

from pydantic import BaseModel, ValidationError


class PanicException(BaseException):
    """As libraries in Rust raise it."""

    def __reduce__(self) -> Any:
        raise TypeError("this can't be sent to another process")


class Nothing(BaseModel, extra="forbid"):
    """Takes no name: all are mistakes."""


def begin(word: str) -> Any:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        body = (await receive())["body"]
        match scope["path"]:
            case "/burn":
                while True:
                    pass
            case "/eat":
                body = b"x" * (8 << 30)
            case "/sleep":
                time.sleep(60)
            case "/mistakes":
                try:
                    Nothing.model_validate(dict.fromkeys(map(str, range(1_000_000))))
                except ValidationError as error:
                    body = str(len(error.errors())).encode()
            case "/panic":
                raise PanicException
            case "/die":
                os._exit(9)
            case "/widgets/burn" if not scope["podscope.refused"]:
                while True:
                    pass
        scope["route"] = type("Route", (), {"path": "/{anything}"})()
        said = f"{word} {os.getpid()} {len(body)} {scope['podscope.refused']}".encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": said})

    return application
