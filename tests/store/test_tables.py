"""What SQLModel's classes declare is kept between two starts, for statements that need no ORM."""

import pickle
from pathlib import Path

import pytest
from sqlalchemy import MetaData
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from app.store import tables
from app.store.models import Base
from app.store.tables import METADATA, kept


def written_out(metadata: MetaData) -> list[str]:
    dialects = sqlite.dialect(), postgresql.dialect()  # type: ignore[no-untyped-call]  # the library left it so
    return [
        str(made.compile(dialect=dialect))
        for dialect in dialects
        for table in metadata.sorted_tables
        for made in (CreateTable(table), *map(CreateIndex, sorted(table.indexes, key=lambda index: str(index.name))))
    ]


def test_what_is_kept_is_what_is_declared(tmp_path: Path) -> None:
    first, second = kept(tmp_path), kept(tmp_path)

    assert first is Base.metadata
    assert second is not first
    assert written_out(second) == written_out(first) == written_out(METADATA)
    assert len(list(tmp_path.iterdir())) == 1


def test_it_is_made_again_when_the_classes_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(tmp_path)
    (changed,) = tmp_path.iterdir()
    other = tmp_path / "models.py"
    other.write_bytes(tables.MODELS.read_bytes() + b"\n")
    monkeypatch.setattr(tables, "MODELS", other)

    assert kept(tmp_path) is Base.metadata
    assert not changed.exists()


@pytest.mark.parametrize("spoilt", [b"", b"no pickle", pickle.dumps({"learner": 1})])
def test_what_is_spoilt_is_made_again(tmp_path: Path, spoilt: bytes) -> None:
    kept(tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_bytes(spoilt)

    assert kept(tmp_path) is Base.metadata
    assert isinstance(pickle.loads(path.read_bytes()), MetaData)


def test_where_nothing_can_be_kept_they_are_declared_each_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")

    assert kept(tmp_path / "file") is Base.metadata
