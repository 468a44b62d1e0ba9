"""A sentence on its way to a reader: what the models give in place of text, which only the words have."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from app.record import dataclass


@dataclass(frozen=True)
class Say:
    """A sentence of the words with its values; the page prints it in the reader's language.

    A number among the values chooses the sentence's form, where it has forms. A value may be a sentence itself.
    """

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)
