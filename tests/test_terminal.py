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


def test_named_fields_are_told_in_their_order_even_when_empty() -> None:
    assert list(print_outcome(OUTCOME, ("missing", "verdict"))) == ["missing: -", "verdict: a is Burstable"]
