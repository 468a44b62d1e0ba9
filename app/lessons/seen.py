"""Which sources of a lesson were seen in the real programs, and in which version."""

from collections.abc import Iterator, Mapping

from app.content.error import ContentError
from app.content.lesson import Lesson
from app.kube.story.witness import recorded


def seen_versions(lesson: Lesson) -> Mapping[str, str]:
    """The version in which the recordings of a source were made, by the source's id; only of those that have some."""
    found = {
        id_: [version for story in source.seen if (version := recorded(story))]
        for id_, source in lesson.sources.items()
    }
    return {id_: ", ".join(dict.fromkeys(versions)) for id_, versions in found.items() if versions}


def unseen(lesson: Lesson) -> Iterator[ContentError]:
    """Stories that a source names and nobody has recorded, or that contradict what was recorded."""
    for source in lesson.sources.values():
        for story in source.seen:
            if not recorded(story):
                yield ContentError(
                    lesson.folder / "sources.yaml",
                    source.line,
                    f"{source.id}: no recording witnesses {story}",
                    "name one of docs/witness.md as room/scenario, or take it away",
                )
