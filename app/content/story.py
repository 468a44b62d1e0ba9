"""What a lesson that tells a story has to keep: a mystery that is solved, one example, values that are printed, terms
that are explained where they are met.

A lesson is told so as soon as it has a mystery, a value or a file of an example.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from app.content.bank import Subject
from app.content.chip import CHIP, LOOKS
from app.content.computed import computed_literals
from app.content.deeper import FOLDER as DEEPER
from app.content.error import ContentError, text_of
from app.content.example import FOLDER, named_in
from app.content.figure import line_at
from app.content.language import Lang
from app.content.lesson import Lesson, Told
from app.content.outline import HEADING
from app.content.pace import DEEPER_WORDS, hurried
from app.content.part import Part
from app.content.terms import Term, meanings
from app.content.value import declared, used_in

SHORT_WORDS = 150  # of the answer in ninety seconds
SHORT_SIGNS = 330  # characters of it in Chinese
_BOLD = re.compile(r"\*\*([^*\n]+)\*\*")
_CODE = re.compile(r"^```.*?^```", re.S | re.M)
_RELEASE = re.compile(r"(?<![\w.])v?1\.\d{2}(?:\.\d+)?(?![\w.]|\s?(?:Gi|Mi|GiB|MiB))")
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.S | re.M)
# What the shell reads as one piece: quotes, an escaped sign, a comment, a here-document.
_SHELL = re.compile(
    r"""'(?P<single>[^']*)'|"(?:[^"\\]|\\.)*"|\\.|(?:^|(?<=[\s;]))(?P<comment>\#[^\n]*)"""
    r"""|<<-?['"]?(?P<end>\w+)['"]?[^\n]*\n.*?^\s*(?P=end)$""",
    re.S | re.M,
)
_TEACHES = {"figure", "follow", "widget", "so", "file"}
_OF_LESSONS = {"mystery", "solved", "short", "changes", "claims", "deeper"}
_CLOSES = {"changes", "claims", "solved", "try"}
_TOLD = ("text", "short", "aside", "so", "deeper", "follow", "mystery", "solved")


def is_story(lesson: Lesson) -> bool:
    has_mystery = any(part.name == "mystery" for told in lesson.texts.values() for part in told.parts)
    return has_mystery or bool(declared(lesson.folder)) or (lesson.folder / FOLDER).exists()


def check_story(lesson: Lesson, subject: Subject | None, terms: tuple[Term, ...]) -> Iterator[ContentError]:
    """All of it, for a lesson that is one."""
    for told in lesson.texts.values():
        yield from wrong_chips(told)
    if not is_story(lesson):
        return
    for lang, told in lesson.texts.items():
        yield from unsolved(told, subject)
        yield from long_short(told, lang)
        yield from unexplained(told, lang, terms)
        yield from unpasteable(told)
    yield from hurried(lesson.texts["en"])
    if subject:
        yield from unasked(lesson.texts["en"], subject)
        yield from without_hint(subject)
    yield from idle(lesson)
    yield from computed_literals(texts(lesson.folder), lesson.values.printed)


def check_deeper(piece: Lesson, subject: Subject | None, terms: tuple[Term, ...]) -> Iterator[ContentError]:
    """What a page that goes deeper has to keep of it."""
    for lang, told in piece.texts.items():
        yield from wrong_chips(told)
        yield from misplaced(told)
        yield from unexplained(told, lang, terms)
        yield from unpasteable(told)
    told = piece.texts["en"]
    yield from hurried(told, DEEPER_WORDS)
    if subject and piece.section not in {question.section for question in subject.questions}:
        advice = f"write one with `section: {piece.section}` in quiz.yaml"
        yield ContentError(told.path, told.written.line, f"no question is asked about {piece.section}", advice)


def misplaced(told: Told) -> Iterator[ContentError]:
    """A page that goes deeper has one idea: what opens and closes a lesson is none of its parts."""
    for part in told.parts:
        if part.name in _OF_LESSONS:
            advice = "leave it to the lesson"
            yield ContentError(told.path, part.line, f"::: {part.name} on a page that goes deeper", advice)


def texts(folder: Path) -> list[Path]:
    """The files of a subject in which something is said to readers."""
    names = ("lesson.en.md", "lesson.zh.md", "quiz.yaml", "interview.yaml", "claims.yaml", "words.yaml")
    return [*(folder / name for name in names if (folder / name).exists()), *sorted((folder / DEEPER).glob("*.md"))]


def wrong_chips(told: Told) -> Iterator[ContentError]:
    """What begins like a chip and is none would stand in the text in brackets."""
    body = _without_code(told.written.body)
    for match in LOOKS.finditer(body):
        if not CHIP.fullmatch(match[0]):
            advice = "write [since 1.35], [until 1.19], [beta 1.34], or with a project: [since etcd 3.6]"
            yield _mistake(told, body, match.start(), f"{match[0]} is no chip", advice)
    whole = told.written.body
    for match in CHIP.finditer(whole):
        if "[" in (match["text"] or ""):
            message, advice = f"{match[0]} ends at a bracket in its note", "say the note without [ and ]"
            yield _mistake(told, whole, match.start(), message, advice)


def unsolved(told: Told, subject: Subject | None) -> Iterator[ContentError]:
    """A mystery opens the lesson, asks a question of kind suspect, and is solved below."""
    mysteries = [part for part in told.parts if part.name == "mystery"]
    solved = {part.argument: part for part in told.parts if part.name == "solved"}
    first = told.parts[0] if told.parts else None
    if not mysteries:
        line = first.line if first else told.written.line
        advice = "open it with ::: mystery suspect-who, what the terminal shows, and :::"
        yield ContentError(told.path, line, "the lesson has values or an example and no ::: mystery", advice)
    for part in mysteries:
        if part is not first:
            yield ContentError(told.path, part.line, "::: mystery does not open the lesson", "move it to the top")
        if part.argument not in solved:
            advice = f"write ::: solved {part.argument} where the model shows who it was"
            yield ContentError(told.path, part.line, f"the mystery {part.argument} is never solved", advice)
        if "```" not in part.body:
            yield ContentError(told.path, part.line, "::: mystery shows no evidence", "show 4 to 8 lines of a terminal")
    for part in (*mysteries, *solved.values()):
        if subject and part.argument in {question.id for question in subject.questions}:
            advice = "write a question of kind suspect in quiz.yaml, and name its id"
            yield ContentError(told.path, part.line, f"{part.argument} is no suspect", advice)
    for part in solved.values() if not mysteries or {each.argument for each in mysteries} <= set(solved) else ():
        if part.argument not in {each.argument for each in mysteries}:
            yield ContentError(told.path, part.line, f"no mystery asks {part.argument}", "name that of the mystery")


def long_short(told: Told, lang: Lang) -> Iterator[ContentError]:
    """The answer in ninety seconds can be said in ninety seconds, without a version."""
    for part in told.parts:
        if part.name != "short":
            continue
        said = re.sub(r"\[[@=][^\]]*\]|[*`]", "", part.body)
        length = len(said.split()) if lang == "en" else len(re.sub(r"\s", "", said))
        most = SHORT_WORDS if lang == "en" else SHORT_SIGNS
        if length > most:
            what = "words" if lang == "en" else "characters"
            message = f"::: short has {length} {what}"
            yield ContentError(told.path, part.line, message, f"say it in {most}, as one would say it aloud")
        if found := CHIP.search(part.body) or _RELEASE.search(part.body):
            line = part.line + part.body.count("\n", 0, found.start()) + 1
            message = f"{found[0]} stands in ::: short"
            yield ContentError(told.path, line, message, "leave versions to the sections")


def unexplained(told: Told, lang: Lang, terms: tuple[Term, ...]) -> Iterator[ContentError]:
    """Bold is a term that is met for the first time, and the list of terms explains it; questions may be bold too."""
    known, seen = meanings(terms, lang), dict[str, int]()
    for part in told.parts:
        if part.name not in _TOLD:
            continue
        body = _without_code(part.body)
        for match in _BOLD.finditer(body):
            word = match[1].strip().lower()
            line = part.line + (part.name != "text") + body.count("\n", 0, match.start())
            if word.endswith(("?", "？")):
                continue
            if word not in known:
                advice = "give it an entry with `means` in content/terms.yaml; emphasis is *…*"
                yield ContentError(told.path, line, f"bold “{match[1]}” is no explained term", advice)
            elif word in seen:
                message = f"“{match[1]}” was bold in line {seen[word]} already"
                yield ContentError(told.path, line, message, "a term is bold where it is met first")
            seen.setdefault(word, line)


def unpasteable(told: Told) -> Iterator[ContentError]:
    """What is to be tried can be pasted as one block."""
    for part in told.parts:
        if part.name != "try":
            continue
        blocks = list(_BLOCK.finditer(part.body))
        if not any(block[1] == "sh" for block in blocks):
            advice = "write the commands as one ```sh block, the last of which cleans up"
            yield ContentError(told.path, part.line, "::: try has no commands", advice)
        for block in blocks:
            if prompt := re.search(r"^\s*\$ ", block[2], re.M):
                line = part.line + 1 + part.body.count("\n", 0, block.start(2) + prompt.start())
                yield ContentError(told.path, line, "a prompt cannot be pasted", "write commands without $")
            for quoted in _SHELL.finditer(block[2]):
                if (at := (quoted["single"] or "").find("\\\n")) >= 0:
                    line = part.line + 1 + part.body.count("\n", 0, block.start(2) + quoted.start("single") + at)
                    advice = "between single quotes the shell keeps backslash and line end: close the quotes before it"
                    yield ContentError(told.path, line, "a line is broken within single quotes", advice)
                if quoted["comment"]:
                    line = part.line + 1 + part.body.count("\n", 0, block.start(2) + quoted.start())
                    advice = "zsh, the shell of a Mac, takes it for a command or an argument: let the block echo it"
                    yield ContentError(told.path, line, "a comment cannot be pasted", advice)


def unasked(told: Told, subject: Subject) -> Iterator[ContentError]:
    """Every section that teaches is asked about, itself or in a part of it; what closes the lesson need not be."""
    asked = {question.section for question in subject.questions}
    section, line, ids, holds = "", 0, set[str](), set[str]()
    for part in (*told.parts, Part("text", "", "## End {#end}", 0)):
        holds |= {part.name}
        for match in HEADING.finditer(_without_code(part.body)) if part.name == "text" else ():
            if match["level"] == "##":
                if section and holds & _TEACHES and not holds & _CLOSES and not ids & asked:
                    advice = f"write one with `section: {section}` in quiz.yaml"
                    yield ContentError(told.path, line, f"no question is asked about {section}", advice)
                section, line = match["id"], part.line + part.body.count("\n", 0, match.start())
                ids, holds = set(), set()
            ids.add(match["id"])


def without_hint(subject: Subject) -> Iterator[ContentError]:
    """Who does not know the answer is helped to find it."""
    for question in subject.questions:
        if not question.hint:
            advice = "write `hint: {en: …, zh: …}`: one sentence that leads there and does not tell it"
            yield ContentError(question.path, question.line, f"{question.id} has no hint", advice)


def idle(lesson: Lesson) -> Iterator[ContentError]:
    """Values that nothing prints, files of the example that nothing names; nothing where a file can't be read, since
    what stands in it is not known."""
    folder = lesson.folder
    try:
        written = [text_of(path) for path in (*texts(folder), *sorted(folder.glob("*.svg")))]
    except ContentError as error:
        yield error
        return
    used = {name for text in written for name in used_in(text)}
    for name, entry in (declared(folder) or {}).items():
        if name not in used:
            yield ContentError(
                entry.path, entry.line, f"nothing prints the value {name}", f"write [={name}], or delete it"
            )
    named = {name for text in written for name in named_in(text)}
    pages = (lesson, *lesson.pieces)
    named |= {
        part.argument for page in pages for told in page.texts.values() for part in told.parts if part.name == "file"
    }
    for path in sorted((folder / FOLDER).glob("*")):
        if path.name not in named:
            advice = f"show it with ::: file {path.name}, name it as @{path.name}, or delete it"
            yield ContentError(path, 1, "nothing names this file of the example", advice)


def unshown_suspects(lesson: Lesson, subject: Subject) -> Iterator[ContentError]:
    """A suspect is asked for by a mystery only."""
    asked = {part.argument for part in _parts(lesson) if part.name == "mystery"}
    for question in subject.suspects:
        if question.id not in asked:
            advice = f"open the lesson with ::: mystery {question.id}"
            yield ContentError(question.path, question.line, f"no mystery asks {question.id}", advice)
    for told in lesson.texts.values():
        for part in told.parts:
            if part.name == "question" and part.argument in {question.id for question in subject.suspects}:
                advice = "suspects are asked by ::: mystery"
                yield ContentError(told.path, part.line, f"{part.argument} is a suspect", advice)


def _parts(lesson: Lesson) -> Iterable[Part]:
    return (part for told in lesson.texts.values() for part in told.parts)


def _without_code(text: str) -> str:
    return _CODE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def _mistake(told: Told, body: str, place: int, message: str, advice: str) -> ContentError:
    return ContentError(told.path, told.written.line + line_at(body, place) - 1, message, advice)


__all__ = ["check_deeper", "check_story", "is_story", "unshown_suspects"]
