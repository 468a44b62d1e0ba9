"""A short link stands for a widget's inputs; the same inputs have the same one."""

from app.store import link
from app.store.store import Store
from tests.store.cast import NOON

INPUTS = {"manifest": "kind: Pod\n" * 500, "node_memory": "16Gi"}


def test_a_link_leads_to_its_inputs(store: Store) -> None:
    made = store.write(link.make, "oom-score", INPUTS, NOON)

    found = store.read(link.find, made.slug)

    assert found == made
    assert found is not None
    assert found.inputs == INPUTS
    assert len(made.slug) == 16


def test_the_same_inputs_have_the_same_link(store: Store) -> None:
    turned = dict(reversed(INPUTS.items()))
    slugs = {store.write(link.make, "oom-score", inputs, NOON).slug for inputs in (INPUTS, turned)}

    other = store.write(link.make, "oom-badness", INPUTS, NOON)

    assert len(slugs) == 1
    assert other.slug not in slugs


def test_an_unknown_link_is_none(store: Store) -> None:
    assert store.read(link.find, "nosuchlinkatall0") is None
