"""Bytes that lie in a file, and stand in memory only while they are sent.

    body = Laid(Lying(descriptor), (4096, 14_000))
    len(body)      # 14000
    bytes(body)    # read now: some microseconds, since the kernel keeps what is asked for often

What the kernel keeps of a file is one for all processes, and is given up first when memory is short.
"""

import os
import struct
from collections.abc import Iterable, Iterator
from tempfile import TemporaryFile

LONG = 256  # bytes: what is shorter costs less in memory than to say where it lies
BLOCK = 2048
WARM = 1 << 19  # bytes: half of the lessons in the usual coding

Run = tuple[int, int]
"""Where bytes lie one behind the other, and how many."""
_RUN = struct.Struct("<QI")


class TornError(OSError):
    """A file has become shorter than what lies in it."""


class Lying:
    """An open file, until nobody has a piece of it: deleted or replaced meanwhile, it is still the same."""

    __slots__ = ("descriptor",)

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def __del__(self) -> None:
        os.close(self.descriptor)


class Laid:
    """Bytes in one or several pieces of a file. There are thousands: where they lie is written in few bytes."""

    __slots__ = ("_file", "_places")

    def __init__(self, file: Lying, *runs: Run) -> None:
        self._file = file
        self._places = b"".join(_RUN.pack(at, size) for at, size in runs)

    @property
    def runs(self) -> tuple[Run, ...]:
        return tuple(_RUN.iter_unpack(self._places))

    def __len__(self) -> int:
        return sum(size for _, size in self.runs)

    def __bytes__(self) -> bytes:
        parts = [os.pread(self._file.descriptor, size, at) for at, size in self.runs]
        found = parts[0] if len(parts) == 1 else b"".join(parts)
        if len(found) != len(self):
            raise TornError(f"{len(found)} bytes where {len(self)} should lie")
        return found

    def __eq__(self, other: object) -> bool:
        return bytes(self) == bytes(other) if isinstance(other, Laid | bytes) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # as of bytes that would have to be read for it

    def __reduce__(self) -> tuple[type[bytes], tuple[bytes]]:
        return bytes, (bytes(self),)


Body = bytes | Laid
"""What `len` and `bytes` understand."""


class Warm:
    """Bodies that were read a moment ago, by their tags: what many ask for is not read each time. Which one goes first
    when there are more than `most` bytes is the one that was read first; what is as long as a quarter never stays."""

    def __init__(self, most: int = WARM) -> None:
        self._most = most
        self._read: dict[bytes, bytes] = {}
        self.size = 0

    def read(self, tag: bytes, body: Body) -> bytes:
        found = self._read.get(tag)
        if found is None:
            found = bytes(body)
            if len(found) * 4 < self._most:
                self._stay(tag, found)
        return found

    def forget(self, tag: bytes) -> None:
        self.size -= len(self._read.pop(tag, b""))

    def _stay(self, tag: bytes, body: bytes) -> None:
        while self.size + len(body) > self._most:
            self.size -= len(self._read.pop(next(iter(self._read))))
        self._read[tag] = body
        self.size += len(body)


class Blocks:
    """A file without a name, which ends with the process. What is laid into it takes free blocks, and gives them back;
    for how many there are, whoever lays has to care. One thread at a time."""

    def __init__(self, file: Lying | None = None) -> None:
        self._file = file or _nameless()
        self._free: list[int] = []
        self._end = 0

    def lay(self, data: bytes) -> Laid:
        """OSError when the disk is full."""
        taken = [self._free.pop() for _ in range(min(blocks_of(len(data)), len(self._free)))]
        more = blocks_of(len(data)) - len(taken)
        places = sorted([*taken, *range(self._end, self._end + more)])
        self._end += more
        laid = Laid(self._file, *_runs(places, len(data)))
        done = 0
        try:
            for at, size in laid.runs:
                if os.pwrite(self._file.descriptor, data[done : done + size], at) < size:
                    raise TornError("the disk is full")
                done += size
        except OSError:
            self._free += places
            raise
        return laid

    def give_back(self, laid: Laid) -> None:
        for at, size in laid.runs:
            self._free += range(at // BLOCK, at // BLOCK + blocks_of(size))


def _nameless() -> Lying:
    with TemporaryFile(prefix="podscope-", buffering=0) as file:
        return Lying(os.dup(file.fileno()))


def blocks_of(size: int) -> int:
    return -(-size // BLOCK)


def _runs(places: Iterable[int], size: int) -> Iterator[Run]:
    """Blocks as runs, the last of which ends with the last byte."""
    at, behind = 0, 0
    for place in places:
        if behind and place * BLOCK == at + behind:
            behind += BLOCK
        else:
            if behind:
                yield at, behind
            at, behind = place * BLOCK, BLOCK
        size -= BLOCK
    if behind:
        yield at, behind + size
