"""An error that a room's code or template raises, as a mistake of its author: file, line and what to do."""

import traceback
from pathlib import Path

from jinja2 import TemplateNotFound, TemplateSyntaxError, UndefinedError
from pydantic import ValidationError

from app.content.error import ContentError
from app.content.words import Unsaid
from app.kube.refusal import Refusal


def as_mistake(error: Exception, folder: Path, otherwise: Path, doing: str = "", line: int = 1) -> ContentError:
    """What was raised, with its last place below `folder`; where it has none there, `line` of the file `otherwise`.

    `doing` says what was tried, where that does not go without saying.
    """
    if isinstance(error, ContentError):
        return error
    path, at = _place(error, folder) or (otherwise, line)
    message, advice = _told(error)
    return ContentError(path, at, f"{doing}: {message}" if doing else message, advice)


def _place(error: Exception, folder: Path) -> tuple[Path, int] | None:
    if isinstance(error, TemplateSyntaxError) and error.filename:
        return Path(error.filename), error.lineno
    if isinstance(error, SyntaxError) and error.filename and Path(error.filename).is_relative_to(folder):
        return Path(error.filename), error.lineno or 1
    if isinstance(error, Refusal):
        return None  # the model is right to refuse: what is given to it is wrong
    frames = traceback.extract_tb(error.__traceback__)
    places = [(Path(frame.filename), frame.lineno or 1) for frame in frames]
    return next((place for place in reversed(places) if place[0].is_relative_to(folder)), None)


def _told(error: Exception) -> tuple[str, str]:
    """What is wrong, and what would do."""
    match error:
        case Unsaid(value=""):
            return f"{error.key} is in no words", "write it in words.yaml in both languages, or mend the key"
        case Unsaid():
            return f"{error.key} wants {{{error.value}}}, which is not given", "give it, or take it out of the sentence"
        case UndefinedError():
            return str(error.message), "mend the name, or let the model give it"
        case TemplateNotFound():
            return f"there is no template {error.name}", "write it"
        case TemplateSyntaxError():
            return f"not Jinja: {error.message}", "mend the syntax"
        case SyntaxError():
            return f"not Python: {error.msg}", "mend the syntax"
        case ValidationError():
            first = error.errors(include_url=False)[0]
            return f"{'.'.join(map(str, first['loc']))}: {first['msg']}", "give what the form takes"
        case Refusal():
            return f"refused: {error}", "give inputs that the model takes"
        case _:
            return " ".join(f"{type(error).__name__}: {error}".split()), "mend the code"
