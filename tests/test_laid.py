"""What lies in a file is read when it is sent: the same bytes, whatever becomes of the file's name."""

import os
import pickle
import random
from pathlib import Path

import pytest

from app.web.laid import BLOCK, Blocks, Laid, Lying, TornError, Warm, blocks_of


def lying(path: Path) -> Lying:
    return Lying(os.open(path, os.O_RDWR))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "bodies"
    path.write_bytes(b"one,two,three")
    return path


def test_pieces_of_a_file_are_bytes_with_a_length(file: Path) -> None:
    two, ends = Laid(lying(file), (4, 3)), Laid(lying(file), (0, 4), (8, 5))

    assert (bytes(two), len(two)) == (b"two", 3)
    assert (bytes(ends), len(ends)) == (b"one,three", 9)
    assert two == b"two" != ends
    assert pickle.loads(pickle.dumps(two)) == b"two"


def test_a_file_that_is_replaced_or_deleted_is_still_the_one_that_was_opened(file: Path) -> None:
    two = Laid(lying(file), (4, 3))
    other = file.with_name("other")
    other.write_bytes(b"something else")
    other.replace(file)
    replaced = bytes(two)
    file.unlink()

    assert replaced == bytes(two) == b"two"


def test_a_file_that_has_become_shorter_is_no_answer(file: Path) -> None:
    three = Laid(lying(file), (8, 5))
    os.truncate(file, 10)

    with pytest.raises(TornError):
        bytes(three)


def test_it_is_closed_when_nobody_has_a_piece_of_it(file: Path) -> None:
    opened = lying(file)
    descriptor, two = opened.descriptor, Laid(opened, (4, 3))
    del opened
    assert bytes(two) == b"two"
    del two

    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


def test_blocks_hold_what_is_laid_and_take_again_what_is_given_back(file: Path) -> None:
    """Whatever is laid and given back in whatever order; the file never has more blocks than lay in it at once."""
    draw, opened = random.Random(7), lying(file)
    blocks = Blocks(opened)
    laid: list[tuple[bytes, Laid]] = []
    held = most = 0
    for _ in range(2000):
        if laid and draw.random() < 0.5:
            data, given = laid.pop(draw.randrange(len(laid)))
            held -= blocks_of(len(data))
            blocks.give_back(given)
        else:
            data = draw.randbytes(draw.choice([1, 100, BLOCK, BLOCK + 1, 5 * BLOCK - 1]))
            laid.append((data, blocks.lay(data)))
            held += blocks_of(len(data))
            most = max(most, held)
        assert all(piece == data for data, piece in draw.sample(laid, min(len(laid), 3)))

    assert all(piece == data and len(piece) == len(data) for data, piece in laid)
    assert os.fstat(opened.descriptor).st_size <= most * BLOCK


def test_what_is_laid_has_no_name_and_is_nobody_elses() -> None:
    blocks = Blocks()
    blocks.lay(b"a state")
    status = os.fstat(blocks._file.descriptor)

    assert status.st_nlink == 0
    assert status.st_mode & 0o077 == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is full is Linux's own")
def test_a_full_disk_is_told_and_its_blocks_are_free_again() -> None:
    blocks = Blocks(lying(Path("/dev/full")))

    for _ in range(3):
        with pytest.raises(OSError, match="No space left"):
            blocks.lay(b"x" * 3 * BLOCK)
    assert blocks._end == 3


def test_what_was_read_a_moment_ago_is_not_read_again_and_that_has_an_end(file: Path) -> None:
    warm, opened = Warm(most=100), lying(file)
    first = warm.read(b"two", Laid(opened, (4, 3)))
    file.write_bytes(b"one,TWO,three")

    assert warm.read(b"two", Laid(opened, (4, 3))) is first
    for number in range(40):
        warm.read(b"%d" % number, Laid(opened, (0, 13)))
        assert warm.size <= 100
    assert warm.read(b"two", Laid(opened, (4, 3))) == b"TWO"
    assert Warm(most=20).read(b"all", Laid(opened, (0, 13))) == b"one,TWO,three"
