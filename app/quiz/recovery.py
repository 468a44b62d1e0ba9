"""A code that opens the same progress on another device: six words that can be said and typed, and a QR
picture.

    made = make_code(desk, cookie, now)                   # made.words is shown once; only its hash is kept
    redeem_code(desk, cookie, typed, client, now)         # merges what this device has into the code's progress

The words carry 80 random bits and a check sum of 16, so a slip of the pen is told from a code that does not
exist. Each is two consonant-vowel pairs and a consonant (a "proquint", arXiv:0901.4016): no word list, the
same in every language.
"""

import hashlib
import re
import secrets
from datetime import datetime

from app.quiz.answer import Desk
from app.quiz.guard import CODES, Guard
from app.record import dataclass
from app.store import learner, recovery
from app.store.learner import Owner
from app.store.review import milliseconds
from app.store.store import Transaction
from app.widgetkit.contract import Refusal

CONSONANTS = "bdfghjklmnprstvz"
VOWELS = "aiou"
WORDS = 6
RANDOM_BYTES = 10


@dataclass(frozen=True)
class MadeCode:
    """The code, to be shown once; `send_key` is the cookie to set, unless None."""

    words: str
    send_key: str | None


def make_code(desk: Desk, cookie: str | None, now: datetime) -> MadeCode:
    """A new code for this learner; one made before no longer works."""
    code, fresh, at_ms = secrets.token_bytes(RANDOM_BYTES), learner.newcomer(), milliseconds(now)

    def keep(tx: Transaction) -> str | None:
        owner = learner.find_or_create(tx, cookie, fresh, at_ms)
        recovery.put_code(tx, owner.id, code, at_ms)
        return owner.send_key

    return MadeCode(to_words(code), desk.store.write(keep))


def redeem_code(
    desk: Desk, cookie: str | None, typed: str, client: str, now: datetime, guard: Guard = CODES
) -> str | None:
    """Opens the code's progress here and merges what is here into it; returns the cookie to set, or None.

    `client` is whose tries are counted (an address). Refusal for a slip, an unknown code, too many tries.
    """
    guard.admit(desk.store, client, now)
    code, fresh_key = from_words(typed), learner.new_key()

    def redeem(tx: Transaction) -> Owner | None:
        return recovery.redeem(tx, code, cookie, fresh_key, milliseconds(now))

    owner = desk.store.write(redeem)
    if owner is None:
        raise Refusal("unknown-code", field="code")
    return owner.send_key


def code_made_at(desk: Desk, cookie: str | None) -> int | None:
    """When the learner's code was made (milliseconds); None when there is none."""

    def look(tx: Transaction) -> int | None:
        owner = learner.find(tx, cookie)
        return None if owner is None else recovery.made_ms(tx, owner)

    return desk.store.read(look)


def to_words(code: bytes) -> str:
    """The code as six words with hyphens between."""
    carried = code + _check(code)
    return "-".join(_word(int.from_bytes(carried[at : at + 2])) for at in range(0, len(carried), 2))


def from_words(typed: str) -> bytes:
    """The code of what somebody typed: case, and what stands between the words, do not matter."""
    if len(typed) > 200:
        raise Refusal("code-form", field="code", words=WORDS)
    letters = re.sub(r"[\W\d_]+", "", typed.lower())
    if len(letters) != WORDS * 5:
        raise Refusal("code-form", field="code", words=WORDS)
    carried = b"".join(_value(letters[at : at + 5]).to_bytes(2) for at in range(0, len(letters), 5))
    code, check = carried[:RANDOM_BYTES], carried[RANDOM_BYTES:]
    if _check(code) != check:
        raise Refusal("code-slip", field="code")
    return code


def qr_svg(text: str) -> str:
    """A QR picture of the text as SVG for a page, with class `qr`: black on white in every theme, since many
    cameras do not read it the other way round; no style in it."""
    import segno  # a megabyte, which a process takes with the first code that it shows

    drawn = segno.make(text, error="m").svg_inline(svgclass="qr", lineclass=None, omitsize=True, light="#fff")
    return str(drawn)


def _check(code: bytes) -> bytes:
    return hashlib.sha256(b"podscope code " + code).digest()[:2]


def _word(value: int) -> str:
    return "".join(
        [
            CONSONANTS[value >> 12],
            VOWELS[value >> 10 & 3],
            CONSONANTS[value >> 6 & 15],
            VOWELS[value >> 4 & 3],
            CONSONANTS[value & 15],
        ]
    )


def _value(word: str) -> int:
    value = 0
    for place, letter in enumerate(word):
        alphabet, bits = (VOWELS, 2) if place % 2 else (CONSONANTS, 4)
        if letter not in alphabet:
            raise Refusal("code-slip", field="code")
        value = value << bits | alphabet.index(letter)
    return value
