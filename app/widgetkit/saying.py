"""A room's sentences as the site says them, for the tests of rooms: they know no web.

WORDS = words_beside(__file__)
WORDS.text("en", "verdict.fine", families=1)
"""

from pathlib import Path

from app.content.language import LANGUAGES
from app.content.words import Words, load_words

__all__ = ["LANGUAGES", "words_beside", "words_of_kube"]

_KUBE = Path(__file__).parent.parent / "kube" / "words.yaml"


def words_beside(test: str) -> Words:
    """The words of the room whose test this is."""
    return load_words(Path(test).with_name("words.yaml"))


def words_of_kube() -> Words:
    """What `app.kube` refuses with, which every room may do."""
    return load_words(_KUBE)
