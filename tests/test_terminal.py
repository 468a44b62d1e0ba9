"""The command line's tables: as wide as they must be, never wrapped, without empty columns."""

from app.widgetkit.terminal import print_outcome

OUTCOME = {
    "verdict": {"key": "v", "values": {}, "text": "a is Burstable"},
    "pods": [
        {
            "name": "a",
            "containers": [{"name": "c", "adj": 750, "note": None}, {"name": "sidecar", "adj": 3, "note": None}],
        }
    ],
    "picture": {"x": 1},
    "missing": None,
}


def test_rows_of_rows_are_lines_of_one_table() -> None:
    assert list(print_outcome(OUTCOME)) == [
        "verdict: a is Burstable",
        "",
        "pods:",
        "NAME   CONTAINER_NAME   CONTAINER_ADJ",
        "a      c                750",
        "a      sidecar          3",
    ]


def test_a_sentence_fits_into_a_cell_and_other_objects_do_not() -> None:
    rows = [{"step": 1, "why": {"key": "k", "values": {"n": 3}, "text": "3 pods start"}, "drawing": {"x": 1}}]

    assert list(print_outcome({"frames": rows})) == ["", "frames:", "STEP   WHY", "1      3 pods start"]


def test_columns_of_chinese_are_as_wide_as_they_look() -> None:
    rows = [{"name": "调度器", "state": "up"}, {"name": "kubelet", "state": "down"}]

    assert list(print_outcome({"rows": rows}))[2:] == ["NAME      STATE", "调度器    up", "kubelet   down"]


def test_several_sentences_have_a_line_each() -> None:
    steps = [{"key": key, "values": {}, "text": f"{key} is so"} for key in ("a", "b")]

    assert list(print_outcome({"steps": steps})) == ["steps:", "  a is so", "  b is so"]
    assert list(print_outcome({"steps": steps[:1]})) == ["steps: a is so"]


def test_named_fields_are_told_in_their_order_even_when_empty() -> None:
    assert list(print_outcome(OUTCOME, ("missing", "verdict"))) == ["missing: -", "verdict: a is Burstable"]
