"""Two sites behind one nginx on one database: one of them dies, and nobody loses anything."""

import shutil
from pathlib import Path

import pytest

from tests.store.replicas import kill_replicas

pytestmark = pytest.mark.slow


@pytest.mark.skipif(shutil.which("nginx") is None, reason="no nginx to stand before them")
@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
def test_the_death_of_a_replica_is_noticed_by_nobody(address: str, tmp_path: Path) -> None:
    outcome = kill_replicas(address, tmp_path, times=2)

    found = outcome.counted
    assert outcome.surprises == []
    assert found.stored == found.acknowledged > 40
    assert (found.lost, found.unknown, found.twice, found.cards_differ) == (0, 0, 0, 0)
    assert all(reader.seen for reader in outcome.readers)
