"""Every acknowledged answer is durable: the real site is killed without warning, again and again, while it is busy."""

import pytest

from tests.store.killer import count, kill_again_and_again

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("address", "times"), [("sqlite", 25), ("postgresql", 5)], indirect=["address"], ids=["sqlite", "postgresql"]
)
def test_what_was_acknowledged_is_stored_and_none_twice(address: str, times: int) -> None:
    clients = kill_again_and_again(address, times)

    found = count(address, clients)

    assert [client.surprises for client in clients] == [[]] * len(clients)
    assert found.integrity == "ok"
    assert found.stored == found.acknowledged
    assert (found.lost, found.unknown, found.twice, found.cards_differ) == (0, 0, 0, 0)
    assert sum(client.again for client in clients) >= times, "the site was never killed while it was answering"
