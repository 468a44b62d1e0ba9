"""The folders of subjects: `content/NN-subject/`, in the order of their numbers."""

import re
from pathlib import Path

from app.content.error import ContentError, Tell, going_on, stop

_NAME = re.compile(r"(?P<number>\d{2})-(?P<slug>[a-z0-9]+(?:-[a-z0-9]+)*)")


def subject_folders(content: Path, tell: Tell = stop) -> list[Path]:
    """Every subject's folder; a wrong name, or a number or subject that two folders share, is told."""
    folders = sorted(path for path in content.iterdir() if path.is_dir())
    if not folders:
        raise ContentError(content, 1, "there are no lessons", "add a folder like 01-pod-creation")
    seen: dict[int | str, Path] = {}
    for folder in folders:
        with going_on(tell):
            _check_name(folder, seen)
    return [folder for folder in folders if folder in seen.values()]


def _check_name(folder: Path, seen: dict[int | str, Path]) -> None:
    if not _NAME.fullmatch(folder.name):
        raise ContentError(folder, 1, "a folder of content is called NN-subject", "rename it, like 10-storage")
    for what in (number_of(folder), slug_of(folder)):
        if what in seen:
            raise ContentError(folder, 1, f"{seen[what].name} has {what} already", "give one of them another")
    seen |= {number_of(folder): folder, slug_of(folder): folder}


def number_of(folder: Path) -> int:
    return int(folder.name[:2])


def slug_of(folder: Path) -> str:
    return folder.name[3:]
