"""What a model answers to an input that is not acceptable."""

from typing import Any


class Refusal(ValueError):
    """An input that the reader can mend.

    `code` names the sentence `refusal.<code>` (what is wrong and what would do) in `app/kube/words.yaml` or
    in the room's own; `values` fill its {placeholders}. `field` is the input's name, `where` the place inside it
    (`documents[2].spec.containers[0].resources.limits.memory`), `line` the line of the pasted text, from 1.
    """

    def __init__(self, code: str, *, field: str = "", where: str = "", line: int | None = None, **values: Any) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.where = where
        self.line = line
        self.values = values

    def located(self, *, field: str = "", where: str = "", line: int | None = None) -> "Refusal":
        """The same refusal with the place filled in where it was still unknown."""
        return Refusal(
            self.code,
            field=self.field or field,
            where=self.where or where,
            line=self.line if self.line is not None else line,
            **self.values,
        )

    def __str__(self) -> str:
        place = " ".join(filter(None, [self.field, self.where]))
        return f"{place or 'input'}: {self.code} {self.values or ''}".strip()
