"""The index: SQLite's FTS5 in a file that is made once and kept on the shelf, and what is asked of it.

build(path, entries_by_language, terms)
with_results = Search(path).find("en", "scheduler")

Words that are asked for must all be there. A word stands for its other endings too, the last one for all that begin
with it, and a term of the list for all its words, of the other language as well. A Latin word that nobody wrote stands
for those one edit away. Words that only make a question of others (what, difference, 区别) need not be there. Of a
question not every word has to be there (`_said`): what has most of them is found too, by words that are said for one
another as well (`said.txt`), and a run of Chinese that nobody wrote is asked for in pieces. Where nothing has all
words, what has some of them is shown, and said to be so: the more of them it has, and the rarer ones, the higher.
"""

import json
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from difflib import get_close_matches
from itertools import chain
from math import log
from pathlib import Path
from threading import Lock
from typing import Any, Literal
from urllib.parse import quote

from app.content.language import LANGUAGES, Lang
from app.content.terms import Term
from app.lessons.search.entry import KINDS, Entry, Kind
from app.lessons.search.said import ASKING, SMALL, SPOKEN, about
from app.lessons.search.text import atoms, forms, inner_words, is_han, one_edit, pairs, unasked, words
from app.record import dataclass
from app.store.engine import sqlite_module

LONGEST = 120  # characters of a query
MOST_WORDS = 12  # of a query; what stands behind them is not looked for
SHOWN = 40
WEIGHTS = "10.0, 4.0, 7.0, 1.0"  # of title, where, terms and text, for bm25
Sort = Kind | Literal["answer"]
"""A kind, and apart from the questions of the quiz those that stand with their answer."""
FAVOUR: Mapping[Sort, float] = {
    "term": 1.8,
    "lesson": 1.4,
    "model": 1.5,
    "diagnosis": 1.2,
    "fault": 1.1,
    "claim": 1.0,
    "question": 0.8,
    "answer": 0.8,
    "example": 0.9,
}
FAVOUR_ASKED: Mapping[Sort, float] = {
    "term": 1.0,
    "lesson": 1.2,
    "model": 1.2,
    "diagnosis": 0.9,
    "fault": 0.8,
    "claim": 0.8,
    "question": 0.6,
    "answer": 1.4,
    "example": 0.6,
}
"""A rank is multiplied by it: of two equal matches a reader wants the term before the question that has the word, and
who asks a question wants its answer first."""
SORTS: tuple[Sort, ...] = tuple(FAVOUR)
KIND_OF: tuple[Kind, ...] = tuple("question" if sort == "answer" else sort for sort in SORTS)
MAGIC, HEAD = b"SQLite format 3\0", 100  # bytes
CACHE_KIB = 512  # of the file that SQLite keeps itself; the kernel keeps the rest
CORRECTIONS = 5  # words that a mistyped one may stand for
QUESTION = 3  # words from which on not every one has to be there
MOST = 0.5  # share of what a question wants that an entry must have, where others have all of it
STEEPNESS = 2  # the power of its share by which a rank counts
LONGEST_PIECE = 6  # characters of Chinese that are looked for as one word
FEWEST_LETTERS = 3  # of a word that may be mistyped


@dataclass(frozen=True)
class Result:
    entry: Entry
    snippet: str


@dataclass(frozen=True)
class Found:
    """`counts` are of all kinds, `results` of the kind asked for; `instead` are words that were taken for others,
    `partly` says that only some of the words are in each result, `suggestions` what else one might ask."""

    query: str
    results: tuple[Result, ...] = ()
    counts: Mapping[Kind, int] | None = None
    total: int = 0
    instead: tuple[str, ...] = ()
    partly: bool = False
    suggestions: tuple[str, ...] = ()
    marks: re.Pattern[str] | None = None


@dataclass(frozen=True)
class Wanted:
    """One thing that must be in an entry: any of these phrases; `needles` are what to mark in its text."""

    expression: str
    needles: tuple[str, ...]
    instead: tuple[str, ...] = ()


@dataclass(frozen=True)
class Match:
    """Places of entries with their ranks, of which the lowest is the best; `partly`: none has all that was wanted;
    `asked`: it was a question about several things."""

    ranked: tuple[tuple[int, float], ...]
    wanted: tuple[Wanted, ...]
    partly: bool
    asked: bool = False


def build(path: Path, entries: Mapping[Lang, tuple[Entry, ...]], terms: Iterable[Term]) -> None:
    """Writes the index of these entries; OSError where it cannot be written. Of each language there are the index, the
    entries, and the Latin words with their counts."""
    sqlite = sqlite_module()
    try:
        with closing(sqlite.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode=OFF")  # nobody sees the file before it is whole
            connection.execute("BEGIN")
            for lang in LANGUAGES:
                _put(connection, lang, entries[lang])
            connection.execute("CREATE TABLE synonym(words TEXT)")
            connection.executemany("INSERT INTO synonym VALUES (?)", [(json.dumps(each),) for each in _synonyms(terms)])
            connection.execute("COMMIT")
    except sqlite.OperationalError as error:
        raise OSError(f"{path} cannot be written: {error}") from error


def _put(connection: Any, lang: Lang, entries: tuple[Entry, ...]) -> None:
    counts: Counter[str] = Counter()
    connection.execute(f"CREATE VIRTUAL TABLE {lang} USING fts5(title, place, terms, body, content='', prefix='1 2 3')")
    connection.execute(
        f"CREATE TABLE {lang}_entry(number INTEGER PRIMARY KEY, kind, sort, title, called, url, place, text, terms)"
    )
    connection.execute(f"CREATE TABLE {lang}_word(word TEXT PRIMARY KEY, count INTEGER) WITHOUT ROWID")
    for number, entry in enumerate(entries):
        inner = " ".join(sorted(inner_words(f"{entry.title} {entry.text}")))
        parts = (entry.title, entry.where, entry.terms, f"{entry.text} {inner}")
        columns = [" ".join(words(part)) for part in parts]
        connection.execute(
            f"INSERT INTO {lang}(rowid, title, place, terms, body) VALUES (?, ?, ?, ?, ?)",  # nosec B608 # en or zh
            (number, *columns),
        )
        sort: Sort = "answer" if "/asked/" in entry.url else entry.kind
        called = entry.title.lower()
        row = (number, entry.kind, sort, entry.title, called, entry.url, entry.where, entry.text, entry.terms)
        connection.execute(f"INSERT INTO {lang}_entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)  # nosec B608 # en or zh
        counts.update(word for column in columns for word in column.split() if not is_han(word))
    connection.executemany(f"INSERT INTO {lang}_word VALUES (?, ?)", counts.items())  # nosec B608 # en or zh
    connection.execute(f"INSERT INTO {lang}({lang}) VALUES ('optimize')")  # nosec B608 # en or zh
    connection.execute(f"CREATE INDEX {lang}_called ON {lang}_entry(called)")


def is_whole(path: Path) -> bool:
    """Whether a file is a database of the length that its own header tells: sqlite.org/fileformat.html, 1.3."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
        size = path.stat().st_size
    except OSError:
        return False
    page = int.from_bytes(head[16:18])
    return head.startswith(MAGIC) and size == int.from_bytes(head[28:32]) * (page if page > 1 else 1 << 16)


def _synonyms(terms: Iterable[Term]) -> tuple[tuple[str, ...], ...]:
    """All words of each term that is explained: those of both languages, and those that should not be used for it."""
    return tuple(
        tuple(dict.fromkeys(word.lower() for lang in LANGUAGES for word in (*term.words(lang), *term.never[lang])))
        for term in terms
        if term.means
    )


def _joined(word: str) -> str:
    """A word whatever stands between its parts: one is taken for the other."""
    return "".join(atoms(word))


Groups = Mapping[str, list[tuple[str, ...]]]


def _by_word(synonyms: Iterable[tuple[str, ...]]) -> Groups:
    groups: dict[str, list[tuple[str, ...]]] = {}
    for group in synonyms:
        for word in group:
            groups.setdefault(_joined(word), []).append(group)
    return groups


class Search:
    """Finds entries; may be asked by several threads."""

    def __init__(self, path: Path) -> None:
        address = f"file:{quote(str(path))}?immutable=1"
        self._connection = sqlite_module().connect(address, uri=True, check_same_thread=False)
        self._connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        self._lock = Lock()
        synonyms = [tuple(json.loads(words)) for (words,) in self._rows("SELECT words FROM synonym")]
        self._groups = _by_word(synonyms)
        self._term = _any_of(self._groups)
        self._spoken = _by_word([*synonyms, *SPOKEN])
        self._said_for = _any_of({*chain(*synonyms, *SPOKEN)})
        self._counts = {lang: dict(self._rows(f"SELECT word, count FROM {lang}_word")) for lang in LANGUAGES}  # nosec B608 # en or zh
        self._ordered = {lang: sorted(self._counts[lang]) for lang in LANGUAGES}
        self._sorts = {lang: self._sorts_of(lang) for lang in LANGUAGES}

    def close(self) -> None:
        self._connection.close()

    def _rows(self, statement: str, *values: Any) -> list[Any]:
        with self._lock:
            return list(self._connection.execute(statement, values))

    def find(self, lang: Lang, query: str, kind: Kind | None = None, limit: int = SHOWN) -> Found:
        """What is found for a query of at most LONGEST characters, the best first."""
        query = " ".join(query.split())
        match = self.match(lang, query)
        if not match.ranked:
            return Found(query, suggestions=self._suggest(lang, query) if query else ())
        sorts, favour = self._sorts[lang], FAVOUR_ASKED if match.asked else FAVOUR
        weights = [favour[sort] for sort in SORTS]
        exact = self._called(lang, query.lower(), " ".join(each.needles[0] for each in match.wanted))
        ordered = sorted((number not in exact, rank * weights[sorts[number]], number) for number, rank in match.ranked)
        of_kind = [number for _, _, number in ordered if kind in (None, KIND_OF[sorts[number]])]
        by_sort = Counter(sorts[number] for number, _ in match.ranked)
        tally = Counter[Kind]()
        for sort, many in by_sort.items():
            tally[KIND_OF[sort]] += many
        marks = _marks(needle for each in match.wanted for needle in each.needles)
        return Found(
            query,
            tuple(Result(entry, snippet(entry.text, marks, lang)) for entry in self._entries(lang, of_kind[:limit])),
            {each: tally[each] for each in KINDS if tally[each]},
            len(of_kind),
            tuple(dict.fromkeys(word for each in match.wanted for word in each.instead)),
            match.partly,
            (),
            marks,
        )

    def match(self, lang: Lang, query: str) -> Match:
        """Which entries have all of it, or else some of it; of a question, those that have most of it."""
        wanted: list[Wanted] = []
        every: list[Wanted] = []
        all_of_it: list[tuple[int, float]] = []
        for text in dict.fromkeys((unasked(query), query)):
            every = self._wanted(lang, text)
            wanted = [each for each in every if each.needles[0] not in ASKING] or every or wanted
            if wanted and (all_of_it := self._ask(lang, " AND ".join(f"({each.expression})" for each in wanted))):
                break
        is_question = len(wanted) >= QUESTION or len(wanted) < len(every) or unasked(query) != query
        if not wanted or (all_of_it and not is_question):
            return Match(tuple(all_of_it), tuple(wanted), False)
        said = self._said(lang, query) or wanted
        ranked = dict(self._some_of(lang, said, MOST if all_of_it else 0.0))
        for place, rank in all_of_it:
            ranked[place] = min(rank, ranked.get(place, 0.0))
        return Match(tuple(ranked.items()), tuple(said), bool(ranked) and not all_of_it, len(said) > 1)

    def _some_of(self, lang: Lang, wanted: Iterable[Wanted], least: float) -> list[tuple[int, float]]:
        """Places of entries that have at least this share of it, of which rare words are the most; a rank counts by
        its share."""
        any_of_it = [each.expression for each in wanted]
        ranked = self._ask(lang, " OR ".join(f"({each})" for each in any_of_it))
        shares: dict[int, float] = {}
        total = 0.0
        for expression in any_of_it:
            if having := self._having(lang, expression):
                weight = log(1 + len(ranked) / (1 + len(having)))
                total += weight
                shares |= {place: shares.get(place, 0.0) + weight for place in having}
        return [
            (place, rank * (shares[place] / total) ** STEEPNESS)
            for place, rank in ranked
            if shares[place] >= least * total
        ]

    def _having(self, lang: Lang, expression: str) -> list[int]:
        """Places of entries without their ranks, which cost more."""
        statement = f"SELECT rowid FROM {lang} WHERE {lang} MATCH ?"  # nosec B608 # en or zh
        return [place for (place,) in self._rows(statement, expression)]

    def _ask(self, lang: Lang, expression: str) -> list[tuple[int, float]]:
        """Places of entries with their ranks."""
        statement = f"SELECT rowid, bm25({lang}, {WEIGHTS}) FROM {lang} WHERE {lang} MATCH ?"  # nosec B608 # en or zh
        return self._rows(statement, expression)

    def _sorts_of(self, lang: Lang) -> bytes:
        """By the place of each entry the place of its sort in SORTS: what decides besides its rank."""
        statement = f"SELECT number, sort FROM {lang}_entry"  # nosec B608 # en or zh
        found = dict(self._rows(statement))
        return bytes(SORTS.index(found.get(place, SORTS[0])) for place in range(max(found, default=0) + 1))

    def _called(self, lang: Lang, *names: str) -> frozenset[int]:
        """The entries that are called exactly so, which come first."""
        statement = f"SELECT number FROM {lang}_entry WHERE called IN (?, ?)"  # nosec B608 # en or zh
        return frozenset(place for (place,) in self._rows(statement, *names))

    def _entries(self, lang: Lang, places: Iterable[int]) -> Iterator[Entry]:
        statement = f"SELECT kind, url, title, place, text, terms FROM {lang}_entry WHERE number = ?"  # nosec B608 # en or zh
        for place in places:
            yield Entry(*self._rows(statement, place)[0])

    # What a query wants

    def _wanted(self, lang: Lang, query: str) -> list[Wanted]:
        wanted: list[Wanted] = []
        text = query.lower()
        at = 0
        for match in self._term.finditer(text):
            wanted += self._pieces(lang, text[at : match.start()], is_last=False)
            wanted.append(self._same(match[0], self._groups, is_last=not text[match.end() :].strip('!"#*,.;?。，？！')))
            at = match.end()
        wanted += self._pieces(lang, text[at:], is_last=True)
        return wanted[:MOST_WORDS]

    def _said(self, lang: Lang, query: str) -> list[Wanted]:
        """What a question is about: words that are said for one another together, runs of Chinese by what is known of
        them, and nothing that only asks."""
        wanted: list[Wanted] = []
        text = query.lower()
        at = 0
        for match in self._said_for.finditer(text):
            wanted += self._about(lang, text[at : match.start()], is_last=False)
            wanted.append(self._same(match[0], self._spoken, is_last=False))
            at = match.end()
        return [*wanted, *self._about(lang, text[at:], is_last=True)][:MOST_WORDS]

    def _about(self, lang: Lang, text: str, is_last: bool) -> Iterator[Wanted]:
        for atom in (found := atoms(text)):
            if is_han(atom):
                yield from map(_run, self._known_pieces(lang, atom))
            elif atom not in ASKING:
                yield self._word(lang, atom, is_last and atom is found[-1])

    def _known_pieces(self, lang: Lang, run: str) -> Iterator[str]:
        """The longest pieces of a run of Chinese that somebody wrote, from its beginning."""
        for part in about(run):
            at = 0
            while at < len(part):
                sizes = range(min(LONGEST_PIECE, len(part) - at), 1, -1)
                size = next((size for size in sizes if self._has(lang, part[at : at + size])), 1)
                if part[at : at + size] not in SMALL:
                    yield part[at : at + size]
                at += size

    def _has(self, lang: Lang, run: str) -> bool:
        statement = f"SELECT 1 FROM {lang} WHERE {lang} MATCH ? LIMIT 1"  # nosec B608 # en or zh
        return bool(self._rows(statement, _phrase(run)))

    def _same(self, word: str, groups: Groups, is_last: bool) -> Wanted:
        """A word of a term stands for all words of all terms that have it."""
        all_words = dict.fromkeys((word, *(each for group in groups[_joined(word)] for each in group)))
        phrases = [_phrase(each) for each in all_words if atoms(each)]
        if is_last:
            phrases.append(_begins(word))
        return Wanted(" OR ".join(phrases), tuple(all_words))

    def _pieces(self, lang: Lang, text: str, is_last: bool) -> list[Wanted]:
        """What is written together must stand together; the last word may be unfinished."""
        pieces = [piece for piece in text.split() if atoms(piece)]
        found: list[Wanted] = []
        for number, piece in enumerate(pieces):
            ends = is_last and number == len(pieces) - 1 and not text.endswith(" ")
            found += self._piece(lang, atoms(piece), ends)
        return found

    def _piece(self, lang: Lang, parts: list[str], is_last: bool) -> list[Wanted]:
        latin = [part for part in parts if not is_han(part)]
        sure = parts[:-1] if is_last else parts  # the last one may be unfinished
        if len(parts) > 1 and latin == parts and all(self._knows(lang, part) for part in sure):
            phrase = " ".join(parts)
            return [Wanted(_begins(phrase) if is_last else _phrase(phrase), (phrase,))]
        return [
            _run(part) if is_han(part) else self._word(lang, part, is_last and number == len(parts) - 1)
            for number, part in enumerate(parts)
        ]

    def _word(self, lang: Lang, word: str, is_last: bool) -> Wanted:
        """A Latin word: its endings, what begins with it if it may be unfinished, else what it was mistyped from."""
        known = self._counts[lang]
        same = sorted(form for form in forms(word) if form in known)
        begins = is_last and self._begun(lang, word)
        if same or begins:
            phrases = [*(_phrase(form) for form in same), *([_begins(word)] if begins else [])]
            return Wanted(" OR ".join(phrases), (word, *same))
        edited = one_edit(word) if len(word) >= FEWEST_LETTERS else set()
        near = edited & known.keys()
        if near:
            best = sorted(near, key=lambda each: (-known[each], each))[:CORRECTIONS]
            meant = sorted({form for each in best for form in forms(each) if form in known})
            return Wanted(" OR ".join(map(_phrase, meant)), tuple(meant), tuple(best[:1]))
        if unfinished := [each for each in edited if is_last and self._begun(lang, each)]:
            return Wanted(
                " OR ".join(map(_begins, sorted(unfinished))), tuple(unfinished), tuple(sorted(unfinished)[:1])
            )
        return Wanted(_phrase(word), (word,))

    def _knows(self, lang: Lang, word: str) -> bool:
        return is_han(word) or word in self._counts[lang]

    def _begun(self, lang: Lang, word: str) -> bool:
        ordered = self._ordered[lang]
        at = bisect_left(ordered, word)
        return at < len(ordered) and ordered[at].startswith(word)

    def _suggest(self, lang: Lang, query: str) -> tuple[str, ...]:
        """Terms that are most like what was asked for, else the first ones."""
        statement = f"SELECT title FROM {lang}_entry WHERE kind = 'term' ORDER BY number"  # nosec B608 # en or zh
        titles = {title.lower(): title for (title,) in self._rows(statement)}
        alike = get_close_matches(query.lower(), titles, n=5, cutoff=0.5)
        return tuple(titles[name] for name in alike) or tuple(titles.values())[:5]


def _phrase(text: str) -> str:
    """An FTS5 phrase of a text: its words and pairs in their order."""
    tokens = [token for atom in atoms(text) for token in (pairs(atom) if is_han(atom) else [atom])]
    if len(tokens) == 1 and len(text) == 1 and is_han(text):
        return f'"{text}" *'
    return f'"{" ".join(tokens)}"'


def _begins(text: str) -> str:
    return f"{_phrase(text).removesuffix(' *')} *"


def _run(run: str) -> Wanted:
    return Wanted(_phrase(run), (run,))


# What is shown


_BETWEEN = r"[\W_]{0,3}"


def _bounded(word: str) -> str:
    """A pattern for a word: a Latin one not inside of another, whatever stands between its parts."""
    joined = _BETWEEN.join(atoms(word)) or r"(?!)"
    before = r"(?<![a-z0-9])" if word[0].isascii() else ""
    return rf"{before}{joined}(?![a-z0-9])" if word[-1].isascii() else before + joined


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(_bounded(word) for word in sorted(words, key=len, reverse=True)) or r"(?!)")


def _marks(needles: Iterable[str]) -> re.Pattern[str]:
    """What is marked in titles and texts: words of the query and what they stand for, from their beginning."""
    found = []
    for needle in sorted(dict.fromkeys(needles), key=len, reverse=True):
        if parts := atoms(needle):
            before = "" if is_han(parts[0]) else r"(?<![a-z0-9])"
            found.append(before + _BETWEEN.join(parts))
    return re.compile("|".join(found) or r"(?!)", re.I)


BEFORE: Mapping[Lang, int] = {"en": 60, "zh": 24}
LENGTH: Mapping[Lang, int] = {"en": 190, "zh": 90}


def snippet(text: str, marks: re.Pattern[str], lang: Lang) -> str:
    """The beginning of a text if its first match is in it, else the part around that match, cut at words."""
    match = marks.search(text)
    is_late = match is not None and match.end() > LENGTH[lang] - BEFORE[lang] // 2
    start = max(0, match.start() - BEFORE[lang]) if match and is_late else 0
    if start:
        start = text.find(" ", start, match.start() if match else None) + 1 or start
    end = start + LENGTH[lang]
    if end < len(text) and lang == "en":
        end = max(text.rfind(" ", start, end), start + 1)
    return ("…" if start else "") + text[start:end].rstrip() + ("…" if end < len(text) else "")
