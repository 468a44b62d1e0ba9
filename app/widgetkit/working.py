"""What a model makes of the text in its controls, and of secrets among it that are not shown.

inputs, outcome = work_out(room, typed, hidden)      # Refusal when the inputs are not acceptable
"""

from collections.abc import Mapping

from app.widgetkit.contract import Form
from app.widgetkit.form import read_inputs
from app.widgetkit.hidden import Hidden, run_hidden
from app.widgetkit.registry import Room


def work_out(room: Room, typed: Mapping[str, str], hidden: Hidden | None = None) -> tuple[Form, object]:
    """The inputs as they are shown, and the outcome of them, or of what was typed before its secrets were hidden."""
    inputs = read_typed(room, typed)
    if hidden is None:
        return inputs, room.run(inputs)
    return inputs, run_hidden(room.run, read_typed(room, {**typed, **hidden.texts}), hidden)


def read_typed(room: Room, typed: Mapping[str, str]) -> Form:
    """The inputs that were typed; an empty control of a number means its default."""
    fields = room.widget.form.model_fields
    given = {name: text for name, text in typed.items() if text != "" or fields[name].annotation is str}
    return read_inputs(room.widget.form, given)
