"""Dataclasses as Python has them, which share their methods: for every file of ours that has one.

    from app.record import dataclass

Python writes five methods for each class and compiles them: 7 kB and a third of a millisecond, of our 600 classes 4 MB
and a seventh of a start. They differ in the names of the fields alone. `__init__` is Python's: it does differ, and is
called often.
"""

from collections.abc import Callable
from dataclasses import FrozenInstanceError, fields
from functools import cache, partial
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    from dataclasses import dataclass as by_python

    def dataclass(cls=None, /, *, frozen=False, order=False, **how):
        """As `dataclasses.dataclass`, with what of it we use: frozen, order, slots, kw_only."""
        if cls is None:
            return partial(dataclass, frozen=frozen, order=order, **how)
        own = frozenset(cls.__dict__)
        has_hash = "__hash__" in own and not (cls.__hash__ is None and "__eq__" in own)
        if "__repr__" not in own:
            cls.__repr__ = _repr
        if "__eq__" not in own:
            cls.__eq__ = _eq
        if not has_hash:
            cls.__hash__ = _hash if frozen else None
        if not cls.__doc__:
            cls.__doc__ = cls.__name__  # or Python would put a signature there, and take a tenth of a millisecond
        made = by_python(cls, frozen=frozen, order=order, eq=order, repr=False, **how)
        if frozen:
            made.__setattr__, made.__delattr__ = _setattr, _delattr
        return made


Values = Callable[[Any], tuple[Any, ...]]


def _values(names: list[str]) -> Values:
    if len(names) > 1:
        return attrgetter(*names)
    return lambda record: tuple(getattr(record, name) for name in names)


@cache
def _compared(kind: type[Any]) -> Values:
    return _values([field.name for field in fields(kind) if field.compare])


@cache
def _hashed(kind: type[Any]) -> Values:
    return _values([field.name for field in fields(kind) if (field.compare if field.hash is None else field.hash)])


def _eq(self: Any, other: Any) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    values = _compared(self.__class__)
    return values(self) == values(other)


def _hash(self: Any) -> int:
    return hash(_hashed(self.__class__)(self))


@recursive_repr()
def _repr(self: Any) -> str:
    shown = (f"{field.name}={getattr(self, field.name)!r}" for field in fields(self) if field.repr)
    return f"{self.__class__.__qualname__}({', '.join(shown)})"


def _setattr(self: Any, name: str, value: object) -> None:
    if _is_fixed(self, name):
        raise FrozenInstanceError(f"cannot assign to field {name!r}")
    object.__setattr__(self, name, value)


def _delattr(self: Any, name: str) -> None:
    if _is_fixed(self, name):
        raise FrozenInstanceError(f"cannot delete field {name!r}")
    object.__delattr__(self, name)


def _is_fixed(self: Any, name: str) -> bool:
    """A class below, that is no dataclass itself, may have attributes beside the fields."""
    return "__dataclass_fields__" in self.__class__.__dict__ or name in self.__dataclass_fields__
