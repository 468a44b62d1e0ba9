"""Every acknowledged answer is durable: the server is killed without warning, 25 times, while it is busy."""

from pathlib import Path

from sqlalchemy import text

from app.store import answer, learner, review
from app.store.store import open_store
from tests.store.killer import kill_again_and_again

TIMES = 25


def test_what_was_acknowledged_is_stored_and_none_twice(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/podscope.db"

    clients = kill_again_and_again(url, TIMES)

    with open_store(url) as store:
        assert store.read(lambda tx: tx.execute(text("PRAGMA integrity_check")).scalar_one()) == "ok"
        for client in clients:
            key = client.cookie.partition("=")[2]
            owner = store.read(learner.find, key)
            assert owner is not None
            stored = [one.attempt for one in store.read(answer.answers, owner)]
            cards = store.read(review.cards, owner)

            assert client.surprises == []
            assert len(client.acknowledged) == len(set(client.acknowledged))
            assert sorted(stored) == sorted(client.acknowledged)
            assert sum(card.attempts for card in cards) == len(stored)
    assert sum(client.again for client in clients) >= TIMES, "the server was never killed while it was answering"
