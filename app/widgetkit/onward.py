"""What leads on from a state of a widget: to its examples, to other inputs, to the steps of a sequence."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import urlencode

from markupsafe import Markup, escape

from app.record import dataclass
from app.web.templates import attributes
from app.widgetkit.state import PLAYER, State, as_typed, with_query


@dataclass(frozen=True)
class Preset:
    name: str
    attributes: Markup
    is_current: bool


def presets_of(state: State) -> tuple[Preset, ...]:
    typed, examples = dict(state.typed), state.room.typed_by_name
    presets = [Preset(name, link, examples[name] == typed) for name, link in _example_links(state).items()]
    if live := state.room.widget.live:
        changes = dict.fromkeys(live, "")
        presets.insert(1, Preset("live", link_to(state, **changes), state.room.is_live(state.typed)))
    return tuple(presets)


def _example_links(state: State) -> dict[str, Markup]:
    """The attributes of the links to all examples; they are the same whatever has been typed here."""
    room, key = state.room, ("examples", state.lang, state.standing)
    if key not in room.kept:
        first = State(room, state.lang, {}, embedded=state.embedded, is_all=state.is_all)
        room.kept[key] = {name: _named(replace(first, typed=typed), name) for name, typed in room.typed_by_name.items()}
    links: dict[str, Markup] = room.kept[key]
    return links


def _named(target: State, example: str) -> Markup:
    """A link to an example by its name where its inputs are longer than that: a lesson has dozens of such links."""
    name = urlencode([("example", example)])
    if len(target.run_query) <= len(name):
        return _attributes(target)
    page = f"/{target.lang}/widgets/{target.room.slug}?"
    return attributes(
        {
            "href": page + name,
            "hx-get": f"/fragments{page}{urlencode([('example', example), *target.standing])}",
            "hx-target": f"#w-{target.room.slug}",
            "hx-swap": "outerMorph",
        }
    )


def link_to(state: State, **changes: object) -> Markup:
    """The attributes of a link to another state: its page for everybody, its fragment where htmx runs.

    With inputs that no link can hold, the form is posted with the changes; without htmx a short link has to be made.
    """
    target = state.changed(changes)
    if target.is_linkable:
        return _attributes(target)
    root = f"#w-{state.room.slug}"
    return attributes(
        {
            "href": f"{root}-form" if state.embedded else f"{root}-link",
            "hx-post": state.post_url,
            "hx-include": f"{root}-form",
            "hx-trigger": "click halt",  # the address is for those without htmx
            "hx-vals": json.dumps({name: as_typed(value) for name, value in changes.items()}),
            "hx-target": root,
            "hx-swap": "outerMorph",
        }
    )


def step_links(state: State, keep: Mapping[str, str], *, is_plain: bool = False) -> Callable[..., Markup]:
    """What `link_to` gives for a step, made quickly: a page has some sixty of them.

    `is_whole` asks for a fragment with all that a step leaves out because the page has it already; of other links
    `is_plain` leaves out what htmx reads, since the script of the player has such steps.
    """
    room, lang = state.room, state.lang
    # A sequence has lines only; if ever they were too long together, a step leads to the one that is shown at first.
    lead = str(escape(state.run_query if state.is_linkable else ""))
    standing = str(escape(urlencode(state.standing)))
    target = f'hx-target="#w-{room.slug}" hx-swap="outerMorph"'

    def go(to: int, *, is_whole: bool = False, **more: object) -> Markup:
        player = {"step": to, **keep, **more}
        parts = [lead, *(f"{name}={player[name]}" for name in PLAYER if player.get(name))]
        page = with_query(f"/{lang}/widgets/{room.slug}", "&amp;".join(filter(None, parts)))
        if is_plain and not is_whole:
            return Markup(f'href="{page}"')
        parts += [standing, "whole=1" if is_whole else ""]
        own = with_query(f"/fragments/{lang}/widgets/{room.slug}", "&amp;".join(filter(None, parts)))
        return Markup(f'href="{page}" hx-get="{own}" {target}')

    return go


def _attributes(state: State) -> Markup:
    return attributes(
        {
            "href": state.page_url,
            "hx-get": state.fragment_url,
            "hx-target": f"#w-{state.room.slug}",
            "hx-swap": "outerMorph",
        }
    )
