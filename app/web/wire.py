"""HTTP/1.1 as uvicorn reads it with httptools, but with an end to what a client may put before and after a body, and to
the time that it may take.

    uvicorn.run(…, http="app.web.wire:Wire")

uvicorn itself limits headers only where it reads them with h11, and no time but that between two requests.
"""

import asyncio
from typing import Any, Literal, NoReturn

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.web.headers import SECURITY
from app.web.page import Headers

HEAD_LIMIT = 64 << 10  # bytes of request line, headers and trailers together
DISCARDED = 1 << 20  # bytes that are still read, so that a client which goes on sending sees why it was refused
PATIENCE_S = 2.0
HEAD_S = 10.0  # from a connection, or the first byte of a request, to the end of the headers
BODY_S = 120.0  # from there to the end of the body
STALL_S = 20.0  # without a byte of it
UNREAD_S = 60.0  # without a byte of an answer being read
PIPELINED = 32  # requests that wait for the answer to one before them, each of which takes 2 KiB
LOOK_S = 2.5  # how often somebody looks whether it has been too long
OUR_OWN: Headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close"), *SECURITY]
"""Of every answer that the application does not give."""
_OF_BODY = (b"content-length", b"transfer-encoding")


class HeadError(Exception):
    """What a client sent before the body can't be taken; status and text of the answer."""

    def __init__(self, status: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


TOO_LARGE = HeadError("431 Request Header Fields Too Large", f"The headers are longer than {HEAD_LIMIT >> 10} KiB.\n")
TOO_SLOW = HeadError("408 Request Timeout", f"The headers took longer than {HEAD_S:.0f} s.\n")
NO_HOST = HeadError("400 Bad Request", "HTTP/1.1 needs exactly one Host header.\n")
UPGRADE = HeadError("400 Bad Request", "This speaks HTTP/1.1 alone: send a body without Upgrade.\n")
TOO_MANY = HeadError("429 Too Many Requests", f"More than {PIPELINED} requests at once on one connection.\n")


class Wire(HttpToolsProtocol):
    """Counts what belongs to no body. The parser tells of a line when it is complete, so that both are counted: the
    complete ones, and what came since the last thing that the parser told of. Refused is by closing, after the reason,
    and after the answers to what was asked before.
    """

    _told = 0  # bytes of the lines of this request that are complete
    _untold = 0  # bytes since the parser has told of anything
    _heard = False  # whether it has told of anything in the bytes that are being read
    _hosts = 0
    _refusal: HeadError | None = None
    _discarded = 0
    _unanswered = 0  # requests whose headers have come, and whose answer isn't complete
    _unread = 0  # bytes of answers that the other side had not taken when somebody looked
    _unread_since = 0.0
    _expects: Literal["head", "body", ""] = "head"
    _since = 0.0  # when that began
    _last = 0.0  # when the last bytes came
    _looking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._last = self.loop.time()
        self._expect("head")
        self._look_again()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._looking:
            self._looking.cancel()
            self._looking = None
        super().connection_lost(exc)

    def _expect(self, what: Literal["head", "body", ""]) -> None:
        """Since the bytes came that are being read."""
        self._expects = what
        self._since = self._last

    def _look_again(self) -> None:
        self._looking = self.loop.call_later(LOOK_S, self._look)

    def _look(self) -> None:
        """Lets go of who sends nothing, or so little at a time that it never ends, and of who reads nothing."""
        self._looking = None
        now = self.loop.time()
        if self._is_unread(now):
            self.transport.abort()
        elif not self._expects or self._refusal or self.transport.is_closing():
            self._look_at_what_is_unread()  # or not until the next request
        elif self._expects == "head" and now - self._since > HEAD_S:
            self._refuse(TOO_SLOW)
        elif self._expects == "body" and (now - self._since > BODY_S or self._is_stalled(now)):
            self.transport.close()  # whoever waits for the body is told that the client has left
        else:
            self._look_again()

    def _is_unread(self, now: float) -> bool:
        """Whether the other side has taken nothing of what lies there for it, for too long."""
        size = self.transport.get_write_buffer_size()
        if size != self._unread:
            self._unread, self._unread_since = size, now
        return size > 0 and now - self._unread_since > UNREAD_S

    def pause_writing(self) -> None:
        super().pause_writing()
        self._look_at_what_is_unread()

    def on_response_complete(self) -> None:
        self._unanswered -= 1
        super().on_response_complete()
        self._look_at_what_is_unread()
        if self._refusal and not self._unanswered:
            self._refuse(self._refusal)

    def _look_at_what_is_unread(self) -> None:
        if self._looking is None and self.transport.get_write_buffer_size():
            self._look_again()

    def _is_stalled(self, now: float) -> bool:
        return now - self._last > STALL_S and not self.flow.read_paused

    def data_received(self, data: bytes) -> None:
        if self._refusal:
            self._discarded += len(data)
            if self._discarded > DISCARDED:
                self.transport.close()
            return
        self._heard = False
        self._last = self.loop.time()
        super().data_received(data)
        if self._expects and self._looking is None:
            self._look_again()
        if self._refusal or self.transport.is_closing():
            return
        self._untold = 0 if self._heard else self._untold + len(data)
        if self._told + self._untold > HEAD_LIMIT:
            self._refuse(TOO_LARGE)

    def on_message_begin(self) -> None:
        self._heard = True
        self._told = self._hosts = 0
        self._expect("head")
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._tell(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._tell(len(name) + len(value) + 4)
        super().on_header(name, value)
        if self.headers[-1][0] == b"host":
            self._hosts += 1

    def on_headers_complete(self) -> None:
        self._heard = True
        if self._hosts != 1 and self.parser.get_http_version() != "1.0":
            self._not_taken(NO_HOST)
        if len(self.pipeline) >= PIPELINED:
            self._not_taken(TOO_MANY)
        upgrades = self.parser.should_upgrade()
        if upgrades and any(name in _OF_BODY and value != b"0" for name, value in self.headers):
            self._not_taken(UPGRADE)  # the parser would take the body for what comes after an upgrade
        self._expect("body")
        self._unanswered += 1
        application, limit = self.app, self.limit_concurrency
        if limit is not None and max(len(self.connections), len(self.tasks)) >= limit:
            # uvicorn's own answer has none of our headers, and doesn't say that it is worth while to come again.
            self.logger.warning("Exceeded concurrency limit.")
            self.app, self.limit_concurrency = _full, None
        super().on_headers_complete()
        self.app, self.limit_concurrency = application, limit
        if upgrades:  # what follows on this connection may be lost, and is asked again on another
            self.cycle.keep_alive = False

    def on_chunk_header(self) -> None:
        self._heard = True

    def on_body(self, body: bytes) -> None:
        self._heard = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._heard = True
        self._expects = ""
        super().on_message_complete()

    def _tell(self, size: int) -> None:
        self._heard = True
        self._told += size
        if self._told > HEAD_LIMIT:
            self._not_taken(TOO_LARGE)

    def _not_taken(self, refusal: HeadError) -> NoReturn:
        """Stops the parser."""
        self._refusal = refusal
        raise refusal

    def _unsupported_upgrade_warning(self) -> None:
        """Whoever asks for an upgrade is answered without one, which is no news."""

    def send_400_response(self, msg: str) -> None:
        """What the parser did not take, or what we refused while it read."""
        self._refuse(self._refusal or HeadError("400 Bad Request", msg))

    def _refuse(self, refusal: HeadError) -> None:
        self._refusal = refusal
        if self._expects == "body":
            self._give_up()
        if self._unanswered or self.transport.is_closing():
            return  # what was asked before is answered first
        body = refusal.text.encode()
        headers = [*OUR_OWN, (b"content-length", b"%d" % len(body))]
        head = b"".join(b"%s: %s\r\n" % pair for pair in headers)
        self.transport.write(b"HTTP/1.1 %s\r\n%s\r\n%s" % (refusal.status.encode(), head, body))
        self.transport.write_eof()
        self.loop.call_later(PATIENCE_S, _close, self.transport)

    def _give_up(self) -> None:
        """Nobody answers any more the request whose body is no good."""
        self._expects = ""
        if self.cycle.response_complete:
            return
        if self.cycle.response_started:
            self.transport.close()  # an answer is on its way, and nothing can be said inside it
            return
        if self.pipeline:
            self.pipeline.popleft()
        self.cycle.disconnected = True
        self.cycle.message_event.set()
        self._unanswered -= 1


async def _full(_scope: Any, _receive: Any, send: Any) -> None:
    """The application of who comes when there are as many connections as there may be."""
    body = b"All connections are taken. Try again in some seconds.\n"
    headers = [*OUR_OWN, (b"content-length", b"%d" % len(body)), (b"retry-after", b"5")]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _close(transport: Any) -> None:
    # Not asked for its class: that of uvloop is no subclass of asyncio's.
    if not transport.is_closing():
        transport.close()
