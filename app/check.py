"""`podscope check`: the one place of rules. All mistakes of what we wrote, each with file, line and what to do.

mistakes = Mistakes()
summary = check(mistakes)                          # everything, or only one room or subject:
check_folder(Bench(mistakes), folder, mistakes)
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property, reduce
from itertools import chain, product
from operator import or_
from pathlib import Path

from jinja2 import FileSystemLoader, PrefixLoader
from markupsafe import Markup

from app.content.bank import Subject
from app.content.cheat import load_cheat
from app.content.check import check_lesson, check_prompts, idle_sources, is_nameless
from app.content.error import ContentError, Mistakes, Tell, going_on, text_of
from app.content.example import unreadable_examples
from app.content.folder import subject_folders
from app.content.language import LANGUAGES, Lang
from app.content.lesson import Lesson, load_lesson
from app.content.misstated import misstated
from app.content.plan import load_plans, misplanned
from app.content.prompts import Prompt, interviews_of, load_prompts
from app.content.questions import bank_of, load_subject
from app.content.release import aged_sources
from app.content.same import load_same
from app.content.story import check_deeper, check_story, unshown_suspects
from app.content.taken import ids_of_pages
from app.content.terms import Term, misnamed, terms_of
from app.content.value import UNCOMPUTED, read_values
from app.content.whose import whose
from app.content.wording import misworded
from app.content.words import Words, load_words, place_of
from app.lessons.changes import astray
from app.lessons.changes import told as told_changes
from app.lessons.chapter import arrange
from app.lessons.claims import doubled, unjudged
from app.lessons.glossary import mistaken, named_sources
from app.lessons.page import Drawing
from app.lessons.seen import unseen
from app.place import APP, CONTENT, STATIC, TEMPLATES
from app.quiz.honest import Figures, inspect_bank, of_subject
from app.quiz.question import Keys
from app.record import dataclass
from app.site import Site, quiz_of
from app.store.store import open_store
from app.web.assets import STYLE_ORDER, Assets, Sheet
from app.web.templates import Templates
from app.widgetkit.check import Kit, alike_plates, check_room
from app.widgetkit.literal import literals_of
from app.widgetkit.mistake import as_mistake
from app.widgetkit.registry import ROOMS, Room, find_rooms
from app.widgetkit.styling import styled_anywhere

STYLES = STATIC / "css"
SITE_WORDS = [
    *(APP / part / "words.yaml" for part in ("web", "widgetkit", "kube", "quiz", "lessons")),
    *sorted((APP / "quiz" / "pages").glob("*.yaml")),
]

_OF_PAGES = ("site", "finder", "player", "prose", "quiz", "print")  # what is loaded with rooms, but not made for them
OF_PAGES = [name for name in STYLE_ORDER if name.removesuffix("-more") in _OF_PAGES]
TEMPLATE_WORDS = (APP / "web" / "words.yaml", APP / "lessons" / "words.yaml")


class Bench:
    """What all checks share: the site's words, templates and styles, every room, the list of terms."""

    def __init__(self, tell: Tell, rooms: Path = ROOMS, content: Path = CONTENT) -> None:
        self.content = content
        self.words: dict[Path, Words] = {}
        for path in SITE_WORDS:
            with going_on(tell):
                self.words[path] = load_words(path, tell)
        self.rooms = find_rooms(rooms, words=lambda path: self.read(path, tell), tell=tell)
        self.styles = "\n".join(path.read_text(encoding="utf-8") for path in sorted(STYLES.glob("*.css")))
        loader = PrefixLoader({"rooms": FileSystemLoader(rooms)})
        site = reduce(or_, (self.words.get(path, Words({})) for path in TEMPLATE_WORDS))
        sheets = {"site": Sheet(rooms=self.rooms.styles_of(set(self.rooms)))}
        self.templates = Templates([TEMPLATES], site, Assets(STATIC, sheets), loader)
        pages = "\n".join((STYLES / f"{name}.css").read_text(encoding="utf-8") for name in OF_PAGES)
        self.kit = Kit(self.templates, self.styles, TEMPLATES / "widget", styled_anywhere(pages))
        self.taken = ids_of_pages(TEMPLATES, STATIC / "js")

    def read(self, path: Path, tell: Tell) -> Words:
        if path not in self.words:
            self.words[path] = load_words(path, tell)
        return self.words[path]

    @cached_property
    def keys(self) -> Keys:
        return Keys(self.rooms.answer)

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        return terms_of(CONTENT)


@dataclass(frozen=True)
class Summary:
    """What was found in order: how many pages and files, and the figures of the question bank."""

    pages: int
    figures: Figures


def check(tell: Mistakes, content: Path = CONTENT, rooms: Path = ROOMS) -> Summary | None:
    """Everything that we wrote; where all is in order the site is drawn, and told what of."""
    bench = Bench(tell, rooms, content)
    check_site(bench, tell)
    for room in bench.rooms.values():
        check_one_room(bench, room, tell)
    for error in alike_plates(bench.rooms.values()):
        tell(error)
    check_content(bench, content, tell)
    return None if tell else draw_site(tell)


def check_folder(bench: Bench, folder: Path, tell: Mistakes) -> None:
    """One room or one subject; ContentError where the folder is neither."""
    if (folder / "widget.py").exists() or folder.parent.name == "widgets":
        room = next((room for room in bench.rooms.values() if room.folder == folder), None)
        if room:
            check_one_room(bench, room, tell)
    elif folder.parent.name == "content":
        check_subject(bench, folder, tell)
    else:
        raise ContentError(folder, 1, "this is neither a room nor a subject", "name app/widgets/… or content/…")


# The site's own sentences


def check_site(bench: Bench, tell: Tell) -> None:
    """Every sentence of the site is written once and said somewhere, and every one that a template says is there."""
    seen: dict[str, Path] = {}
    for path in SITE_WORDS:
        words = bench.words.get(path, Words({}))
        for key in words:
            if seen.setdefault(key, path) != path:
                tell(ContentError(path, place_of(path, key), f"{key} is in {seen[key]} already", "keep one"))
        check_sentences(bench, path, words, tell)
    for error in _unsaid_of_site(bench):
        tell(error)
    every = {key for path in SITE_WORDS for key in bench.words.get(path, ())}
    every |= {key for room in bench.rooms.values() for key in room.words}
    for spoken in literals_of(sorted(TEMPLATES.rglob("*.html"))).spoken:
        if spoken.key not in every:
            tell(ContentError(spoken.path, spoken.line, f"{spoken.key} is in no words", "write it in both languages"))


def _unsaid_of_site(bench: Bench) -> Iterator[ContentError]:
    paths = [*APP.rglob("*.py"), *APP.rglob("*.html"), *TEMPLATES.rglob("*.html")]
    code = literals_of(path for path in paths if not path.name.startswith("test_"))
    scripts = "\n".join(path.read_text(encoding="utf-8") for path in (STATIC / "js").glob("*.js"))
    for path in SITE_WORDS:
        for key in bench.words.get(path, ()):
            if not (code.can_say(key) or code.can_say(key.removeprefix("refusal.")) or f'"{key}"' in scripts):
                yield ContentError(path, place_of(path, key), f"nobody says {key}", "delete it, or say it")


def check_sentences(bench: Bench, path: Path, words: Words, tell: Tell) -> None:
    """How they read when they are filled, and that they use the one list of terms."""
    for error in misworded(path, words):
        tell(error)
    check_terms(bench, [path], tell)


def check_terms(bench: Bench, paths: Iterable[Path], tell: Tell) -> None:
    with going_on(tell):
        for error in chain(misnamed(read := tuple(paths), bench.terms), misstated(read), whose(read)):
            tell(error)


# Rooms


def check_one_room(bench: Bench, room: Room, tell: Tell) -> None:
    own = room.folder / "words.yaml"
    check_sentences(bench, own, bench.read(own, tell), tell)
    try:
        for error in check_room(room, bench.kit):
            tell(error)
    except Exception as error:  # whatever its code raises is a mistake of the room
        tell(as_mistake(error, room.folder, room.folder / "widget.py"))


# Content


@dataclass(frozen=True)
class Checked:
    """What could be read of a subject."""

    folder: Path
    lesson: Lesson | None
    subject: Subject | None
    prompts: tuple[Prompt, ...]


def check_content(bench: Bench, content: Path, tell: Mistakes) -> None:
    """Every subject, then what holds of all together: ids, rooms of lessons, a bank that cannot be guessed."""
    try:
        folders = subject_folders(content, tell)
    except ContentError as empty:
        tell(empty)
        return
    checked = [check_subject(bench, folder, tell) for folder in folders]
    bank = bank_of([each.subject for each in checked if each.subject], content, tell)
    interviews_of([prompt for each in checked for prompt in each.prompts], tell)
    lessons = tuple(each.lesson for each in checked if each.lesson)
    if len(lessons) == len(folders):
        arrange(bench.rooms, lessons, tell)
        check_found(bench, lessons, [prompt.id for each in checked for prompt in each.prompts], tell)
    if not any(path.name == "quiz.yaml" for path in tell.files()):
        for error in inspect_bank(bank, bench.keys).problems:
            tell(error)


def check_found(bench: Bench, lessons: tuple[Lesson, ...], prompts: Collection[str], tell: Tell) -> None:
    """What the lists of terms and of the note say, and name of the lessons."""
    if bench.content != CONTENT:
        return  # the lists are the site's own
    for error in chain(
        mistaken(CONTENT / "terms.yaml", bench.terms, lessons),
        unjudged(CONTENT / "note.yaml", lessons),
        doubled(lessons),
        misplaced_changes(bench, lessons, tell),
        misplanned(CONTENT / "interviews.yaml", load_plans(CONTENT / "interviews.yaml", tell), prompts),
    ):
        tell(error)


def misplaced_changes(bench: Bench, lessons: tuple[Lesson, ...], tell: Tell) -> Iterator[ContentError]:
    path = CONTENT / "changes.yaml"
    same = load_same(path, tell)
    for lang in LANGUAGES:
        yield from astray(path, same, told_changes(lessons, bench.rooms, bench.terms, lang))


@contextmanager
def whatever_is_raised(folder: Path, tell: Tell) -> Iterator[None]:
    """Whatever a rule raises about a subject is told, in the end as a mistake of its folder; the next rule goes on."""
    try:
        yield
    except Exception as error:
        tell(as_mistake(error, TEMPLATES, folder))


def check_subject(bench: Bench, folder: Path, tell: Mistakes) -> Checked:
    """One folder of content: read, held to its rules, and drawn in both languages."""
    lesson, subject, prompts = None, None, None
    values = UNCOMPUTED
    with whatever_is_raised(folder, tell):
        values = read_values(folder, bench.rooms.value, tell)
    with whatever_is_raised(folder, tell):
        lesson = load_lesson(folder, tell, values)
    if not (folder / "quiz.yaml").exists():
        tell(ContentError(folder / "quiz.yaml", 1, "this file is missing", "write its questions"))
    elif not (lesson and is_nameless(lesson)):
        with whatever_is_raised(folder, tell):
            subject = load_subject(folder, tell, values)
    if not (lesson and is_nameless(lesson)):
        with whatever_is_raised(folder, tell):
            prompts = load_prompts(folder, tell, values)
    if lesson and not is_nameless(lesson):
        with whatever_is_raised(folder, tell):
            load_cheat(folder, lesson.sources, tell)
    for error in unreadable_examples(folder):
        tell(error)
    broken = tell.files()
    if values.is_blank:
        broken |= set(folder.rglob("*.md"))  # what a text prints is not known
    if lesson:
        with whatever_is_raised(folder, tell):
            _check_lesson(bench, lesson, subject, tell, broken)
        with whatever_is_raised(folder, tell):
            for error in unseen(lesson):
                tell(error)
        if not broken & set(folder.rglob("*")):
            for error in idle_sources(lesson, subject, prompts or (), named_sources(bench.terms, lesson.slug)):
                tell(error)
            for error in aged_sources(lesson, subject, prompts or ()):
                tell(error)
    if subject and folder / "quiz.yaml" not in broken:
        with whatever_is_raised(folder, tell):
            for error in of_subject(subject, bench.keys):
                tell(error)
    if prompts is not None and folder / "interview.yaml" not in broken:
        for error in check_prompts(folder, prompts):
            tell(error)
    readable = [path for path in (*folder.rglob("*.md"), *folder.glob("*.yaml")) if path not in broken]
    check_terms(bench, sorted(readable), tell)
    return Checked(folder, lesson, subject, tuple(prompts or ()))


def _check_lesson(bench: Bench, lesson: Lesson, subject: Subject | None, tell: Tell, broken: set[Path]) -> None:
    """A text in which a mistake is known is not compared or drawn: one mistake would be told three times."""
    texts = {told.path for told in lesson.texts.values()}
    words = lesson.folder / "words.yaml"
    if not texts & broken:
        for error in check_lesson(lesson, bench.styles, bench.taken):
            tell(error)
    if not words.exists() and any("{{" in text_of(path) for path in lesson.folder.glob("*.svg")):
        tell(ContentError(words, 1, "this file is missing", "write the words of its figures, in both languages"))
        return
    if words.exists() and words not in broken:
        for error in misworded(words, lesson.words):
            tell(error)
    sound = subject if lesson.folder / "quiz.yaml" not in broken else None
    if not texts & broken:
        for error in check_story(lesson, sound, bench.terms):
            tell(error)
        for error in unshown_suspects(lesson, sound) if sound else ():
            tell(error)
    for piece in lesson.pieces:
        if not {told.path for told in piece.texts.values()} & broken:
            for error in check_deeper(piece, sound, bench.terms):
                tell(error)
    known = {question.id for question in (*sound.questions, *sound.suspects)} if sound else set()

    def question(_: Lang, id_: str) -> Markup | None:
        return Markup("") if id_ in known or not sound else None

    for page, lang in product((lesson, *lesson.pieces), LANGUAGES):
        path = page.texts[lang].path
        if path in broken:
            continue
        try:
            Drawing(bench.templates, bench.rooms, question, bench.terms).draw(page, lang, tell)
        except Exception as error:  # whatever the site's templates raise
            tell(as_mistake(error, TEMPLATES, path))


# The whole site


def draw_site(tell: Tell) -> Summary | None:
    """Every page, kept for the next start; what a template of the site raises is told with its line."""
    try:
        site = Site(anew=True)
        with open_store("sqlite://") as store:
            quiz = quiz_of(site, store)
            pages = site.pages(quiz)
            figures = inspect_bank(quiz.desk.bank, quiz.desk.keys).figures
    except Exception as error:
        tell(as_mistake(error, TEMPLATES, TEMPLATES))
        return None
    return Summary(len(pages), figures)
