"""A wire between two programs that can be slow in one direction, or lose what is sent in it."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress

from tests.asgi import awaited


class Wire:
    """Passes on what comes at one port of 127.0.0.1 to another. What the program behind it sends back arrives
    `delay_s` seconds later, which can be changed while it runs, and never again after a question with the bytes
    `lost_after` in it."""

    def __init__(self, port: int, to_port: int, lost_after: bytes = b"") -> None:
        self.delay_s = 0.0
        self._port = port
        self._to_port = to_port
        self._lost_after = lost_after
        self._is_lost = False
        self._loop: asyncio.AbstractEventLoop
        self._end: asyncio.Event
        self._listens = threading.Event()
        self._thread = threading.Thread(target=lambda: awaited(self._serve()), daemon=True)
        self._thread.start()
        self._listens.wait(10)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(10)

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        async with await asyncio.start_server(self._connected, "127.0.0.1", self._port):
            self._listens.set()
            await self._end.wait()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            back, forth = await asyncio.open_connection("127.0.0.1", self._to_port)
        except OSError:
            writer.close()
            return
        with suppress(asyncio.CancelledError):  # at the end
            await asyncio.gather(
                _pass_on(reader, forth, self._hears, lambda: 0.0),
                _pass_on(back, writer, lambda _: not self._is_lost, lambda: self.delay_s),
            )

    def _hears(self, piece: bytes) -> bool:
        self._is_lost |= bool(self._lost_after) and self._lost_after in piece
        return True


async def _pass_on(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    arrives: Callable[[bytes], bool],
    delay_s: Callable[[], float],
) -> None:
    """Until the sender has closed; what was sent stays in its order."""
    loop = asyncio.get_running_loop()
    sent: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def deliver() -> None:
        while True:
            at, piece = await sent.get()
            await asyncio.sleep(max(0.0, at + delay_s() - loop.time()))
            if arrives(piece):
                writer.write(piece)
                await writer.drain()
            if not piece:
                return

    delivery = asyncio.ensure_future(deliver())
    with suppress(OSError):
        while piece := await reader.read(1 << 16):
            sent.put_nowait((loop.time(), piece))
    sent.put_nowait((loop.time(), b""))
    with suppress(OSError):
        await delivery
    writer.close()
