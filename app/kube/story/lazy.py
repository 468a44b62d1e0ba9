"""Objects of frames whose text is written when somebody looks: a story has some twenty frames, a page shows one."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from app.kube.frame import Status, StoredObject, changed_lines
from app.kube.story.status import settled
from app.record import dataclass


@dataclass(frozen=True)
class Unstored(StoredObject):
    """An object on its way through the API server: nobody could read it yet, and it may never be stored."""

    stored: bool = False


class Version:
    """A thing until it becomes another one, and `write`, which makes its text; `before` is the version that was shown
    last, None for a new thing."""

    def __init__(self, write: Callable[[Any], str], thing: Any, before: "Version | None" = None) -> None:
        self._write = write
        self.thing = thing
        self._before = before

    @cached_property
    def yaml(self) -> str:
        return self._write(self.thing)

    @cached_property
    def changed(self) -> tuple[int, ...]:
        """The lines that are new in it."""
        return changed_lines(self._before.yaml if self._before else "", self.yaml)

    def equals(self, other: "Version") -> bool:
        """Whether it is an equal thing after an equal one, so that neither need be written to know that both read the
        same."""
        return bool(self.thing == other.thing and _thing(self._before) == _thing(other._before))


def _thing(version: Version | None) -> Any:
    return version.thing if version else None


class LazyObject(StoredObject):
    """A version in one frame; `is_new` in the first that shows it, the only one in which lines of it have changed."""

    version: Version
    is_new: bool

    def __init__(
        self, kind: str, name: str, version: Version, status: tuple[Status, ...] = (), *, is_new: bool = True
    ) -> None:
        vars(self).update(kind=kind, name=name, version=version, status=status, is_new=is_new)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, LazyObject) or type(self) is not type(other):
            return NotImplemented
        if (self.kind, self.name, self.status) != (other.kind, other.name, other.status):
            return False
        if self.is_new == other.is_new and self.version.equals(other.version):
            return True
        return self.yaml == other.yaml and self.changed == other.changed

    __hash__ = StoredObject.__hash__

    @cached_property
    def yaml(self) -> str:
        return self.version.yaml

    @cached_property
    def changed(self) -> tuple[int, ...]:
        return self.version.changed if self.is_new else ()

    def still(self) -> "LazyObject":
        """The same in the next frame, when nobody has written it."""
        if not self.is_new and all(each.was is None for each in self.status):
            return self
        return type(self)(self.kind, self.name, self.version, settled(self.status), is_new=False)


class LazyUnstored(LazyObject, Unstored):
    """One that is not stored yet."""
