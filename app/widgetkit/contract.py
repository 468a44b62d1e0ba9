"""What a room must provide to be a widget. Rooms import this module, `app.kube`, pydantic and themselves."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any, ClassVar, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, ValidationInfo, field_validator
from pydantic_core import CoreSchema

from app.kube.refusal import Refusal
from app.kube.say import Say
from app.record import dataclass
from app.widgetkit.change import KUBERNETES, Foreseen
from app.widgetkit.pane import DEPLOYMENT, KUBECTL, POD, Pane, Watched
from app.widgetkit.stage import CLUSTER, Box, Place, Stage, Wire, Zone

__all__ = [
    "CLUSTER",
    "DEPLOYMENT",
    "KUBECTL",
    "KUBERNETES",
    "POD",
    "Area",
    "Box",
    "Builder",
    "Diagnosis",
    "Example",
    "Foreseen",
    "Form",
    "FormT",
    "Line",
    "Pane",
    "Place",
    "Refusal",
    "RowT",
    "Say",
    "Stage",
    "Turn",
    "Watched",
    "Widget",
    "Wire",
    "Zone",
]

TEXT_LIMIT = 1 << 20  # characters a field over the network
LINE_LIMIT = 500  # characters of a field of one line, everywhere
FILE_LIMIT = 64 << 20  # characters a field on the command line, where the machine is the reader's own

FormT = TypeVar("FormT", bound="Form")
RowT = TypeVar("RowT", bound="Form")
OutcomeT = TypeVar("OutcomeT", covariant=True)


class Form(BaseModel):
    """The inputs of a widget. Text takes what a reader would paste; numbers may arrive as text; nothing unknown."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        coerce_numbers_to_str=True,
        str_max_length=TEXT_LIMIT,
        protected_namespaces=(),
    )

    byte_for_byte: ClassVar[frozenset[str]] = frozenset()
    """Fields whose text is what a program receives, so that a byte order mark in front is part of it."""

    @field_validator("*", mode="before")
    @classmethod
    def _without_byte_order_mark(cls, value: Any, field: ValidationInfo) -> Any:
        """What an editor or PowerShell saves may begin with U+FEFF, which is no part of the text."""
        if isinstance(value, str) and field.field_name not in cls.byte_for_byte:
            return value.removeprefix("\ufeff")
        return value


@dataclass(frozen=True)
class Area:
    """Marks a text field that is shown as a text area: `manifest: Annotated[str, Area(rows=14)] = ""`."""

    rows: int = 8


@dataclass(frozen=True)
class Line:
    """Marks a text field that is shown as one line of about `size` characters, and takes at most LINE_LIMIT.

    What it says stands in every link of its page, so that a long one would make the page a hundred times as long.
    """

    size: int = 12

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return {**handler(source), "max_length": LINE_LIMIT}


@dataclass(frozen=True)
class Example:
    """A named input with what must come out: a preset on the page (`example.<name>` in words), replayed by the tests.

    `expect` maps paths into the JSON outcome (`pods.0.containers.1.oom_score_adj`) to values. A frame is named by
    its key, so that a step may be added before it: `frames.publish.actors.pod` is of the first frame of that key,
    `frames.probe#2.at_s` of the second. A calculator's step is named by its `why`, an object by its `kind`, one
    of its conditions by its `type`: `frames.end.objects.Pod.status.phase.status`.
    """

    name: str
    inputs: Mapping[str, Any]
    expect: Mapping[str, Any]
    source: str


@dataclass(frozen=True)
class Turn:
    """From this version of Kubernetes on (`1.35`) the model does something otherwise: `turn.<key>` in words says what,
    with these values."""

    version: str
    key: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Diagnosis:
    """One of the things that a room may find in what is pasted, as the list of all of them has it.

    `id` is its place in the list, `code` what programs are told, `group` the part of the list (`group.<group>` in
    words). `says` is the verdict with capitals for names, `actor` whom it is about, `act` who must act now, if anybody.
    `status`, `reasons` and `exit_codes` are what one sees of it: the words of STATUS (empty where there is no row),
    events, how a container ended.
    `next` are commands that tell more, `candidates` the codes between which an open verdict stands, `paste` inputs
    of the room with which this is what comes out.
    """

    id: str
    code: str
    group: str
    actor: str
    sure: str
    act: Say | None
    says: Say
    refuted_by: Say
    status: tuple[str, ...]
    reasons: tuple[str, ...]
    exit_codes: tuple[int, ...]
    next: tuple[str, ...]
    candidates: tuple[str, ...]
    source: str
    paste: Mapping[str, str]


@dataclass(frozen=True)
class Builder(Generic[RowT]):
    """Rows that write a text field, so that a reader may fill in a form instead of pasting a manifest.

    The text stays the one source of truth: `write` makes it from rows (and the text before,
    for what rows don't say), `read` gives the rows of a text, or None when
    it holds more than rows can. `clears` names fields that speak of what a fresh start throws away.
    """

    into: str
    row: type[RowT]
    write: Callable[[Sequence[RowT], str], str]
    read: Callable[[str], Sequence[RowT] | None]
    clears: tuple[str, ...] = ()
    most: int = 20


@dataclass(frozen=True)
class Widget(Generic[FormT, OutcomeT]):
    """A room: what may be asked (`form`), how it is answered (`run`), what is shown first (`examples[0]`).

    `run` is pure: the same form gives the same outcome, a frozen dataclass; it raises Refusal for what a reader
    can mend and nothing else. A sequence's outcome is a `Sequence`; the `stage` it plays on is the outcome's own or
    the widget's.
    `subject` is the lesson it belongs to; `prints` the fields of the outcome that the command line shows as a table,
    of a sequence below its story.
    `live` names text fields: when all of them are left empty, the site fills them with what it measures at that
    moment. Nobody keeps such an answer, and only the site can give it: elsewhere `run` sees them empty.
    Of a sequence, `panes` stand below the picture, `watches` are the objects whose phase and conditions are shown
    as they turn, and `faults` the fields that break something: at their defaults all goes well. `foreseen` names the
    fields that predict mode may ask for. `turns` are what it does otherwise from a version on.
    `diagnoses` are all verdicts that it may come to, for the list and the search.
    `cuts` name text fields that hold what is nobody's business, each with what takes secrets out of it: they are cut
    before they are shown or kept, and stand in no address.
    """

    slug: str
    form: type[FormT]
    run: Callable[[FormT], OutcomeT]
    examples: tuple[Example, ...]
    subject: str
    kind: Literal["calculator", "sequence"] = "calculator"
    stage: Stage | None = None
    builder: Builder[Any] | None = None  # each has rows of its own
    prints: tuple[str, ...] = ()
    live: tuple[str, ...] = ()
    panes: tuple[Pane, ...] = KUBECTL
    watches: tuple[Watched, ...] = ()
    faults: tuple[str, ...] = ("fault",)
    foreseen: Foreseen = KUBERNETES
    cuts: Mapping[str, Callable[[str], str]] = field(default_factory=dict)
    turns: tuple[Turn, ...] = ()
    diagnoses: Callable[[], tuple[Diagnosis, ...]] | None = None
