"""What the tests of the hands let them work on: an application that does as its address says."""

import os
import time
from typing import Any


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
