"""An object of a paste in the shape that its reader relies on: a field of another type is as good as none."""

from collections.abc import Mapping
from typing import Any

Shape = Mapping[str, Any]
"""Field names with what may stand there: `str`, `int`, `bool`, a shape, or a list with the shape of its items."""

_NONE = object()


def shaped(content: Any, shape: Shape) -> dict[str, Any]:
    """The fields of a mapping that have the types of the shape, those of other names as they are; else an empty one.

    Numbers and booleans count as text, since YAML takes `True` and `1.35` for such; whole numbers have 64 bits.
    """
    if not isinstance(content, Mapping):
        return {}
    found = dict(content)
    for name, wanted in shape.items():
        if name in found and (value := _fitting(found[name], wanted)) is not _NONE:
            found[name] = value
        else:
            found.pop(name, None)
    return found


def _fitting(value: Any, wanted: Any) -> Any:
    if isinstance(wanted, Mapping):
        return shaped(value, wanted) if isinstance(value, Mapping) else _NONE
    if isinstance(wanted, list):
        return (
            [shaped(each, wanted[0]) for each in value if isinstance(each, Mapping)]
            if isinstance(value, list)
            else _NONE
        )
    if wanted is int:
        return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 63 else _NONE
    if wanted is str:
        return str(value) if isinstance(value, str | bool | int | float) else _NONE
    return value if isinstance(value, wanted) else _NONE
