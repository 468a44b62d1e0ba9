"""The tables that statements are made of, as `models.py` declares them.

SQLModel's classes need SQLAlchemy's ORM: 7 MB of memory and a sixth of a start's time, which no statement of ours uses.
So what they declare is kept between two starts, and they are imported only where it is not.
"""

import hashlib
import os
import pickle
import sys
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from threading import get_ident

import sqlalchemy
from sqlalchemy import MetaData

from app.place import SHELF

MODELS = Path(__file__).with_name("models.py")


def declared() -> MetaData:
    """As the classes say."""
    from app.store.models import Base

    return Base.metadata


def kept(shelf: Path = SHELF) -> MetaData:
    """The same from the shelf, if it was made of these classes by these libraries; put there if not."""
    known = hashlib.sha256(MODELS.read_bytes())
    known.update(repr((sys.version, sqlalchemy.__version__, version("sqlmodel"))).encode())
    path = shelf / f"tables-{known.hexdigest()[:24]}.pickle"
    try:
        found = pickle.loads(path.read_bytes())  # nosec B301 # of a folder of mode 0700 that this user has written
    except (OSError, pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError, ValueError):
        found = None
    if isinstance(found, MetaData):
        return found
    made = declared()
    _write(path, pickle.dumps(made, pickle.HIGHEST_PROTOCOL))
    return made


def _write(path: Path, pickled: bytes) -> None:
    """Whole or not at all, for other processes as well; those of earlier states are thrown away."""
    fresh = path.with_suffix(f".{os.getpid()}-{get_ident():x}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh.write_bytes(pickled)
        fresh.replace(path)
        for old in path.parent.glob("tables-*.pickle"):
            if old != path:
                old.unlink(missing_ok=True)
    except OSError:
        with suppress(OSError):
            fresh.unlink()


METADATA = kept()
LEARNER = METADATA.tables["learner"]
DEVICE = METADATA.tables["device"]
ANSWER = METADATA.tables["answer"]
CARD = METADATA.tables["card"]
DAY = METADATA.tables["day"]
RESET = METADATA.tables["reset"]
POSITION = METADATA.tables["position"]
READ_MARK = METADATA.tables["read_mark"]
INTERVIEW = METADATA.tables["interview"]
PREDICTION = METADATA.tables["prediction"]
RESTART = METADATA.tables["restart"]
RECOVERY = METADATA.tables["recovery"]
LINK = METADATA.tables["link"]
TRIES = METADATA.tables["tries"]
