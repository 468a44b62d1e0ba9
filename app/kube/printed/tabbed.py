"""Columns as Go's text/tabwriter sets them: a column is a run of lines that have a cell in it.

kubectl describe sets padding 2 and no least width (kubectl v0.36.2 pkg/describe/describe.go tabbedString).
"""

PADDING = 2


def tabbed(text: str, padding: int = PADDING) -> str:
    """The text with its tabs made into blanks; what stands behind a line's last tab is no cell of a column."""
    rows = [line.split("\t") for line in text.split("\n")]
    out: list[str] = [""] * len(rows)
    _columns(rows, out, 0, len(rows), [], padding)
    return "\n".join(out)


def _columns(rows: list[list[str]], out: list[str], first: int, last: int, widths: list[int], padding: int) -> None:
    """Sets the lines from `first` up to `last`, whose columns so far are this wide."""
    column, at, begun = len(widths), first, first
    while at < last:
        if column >= len(rows[at]) - 1:
            at += 1
            continue
        _write(rows, out, begun, at, widths)
        begun, width = at, 0
        while at < last and column < len(rows[at]) - 1:
            width = max(width, len(rows[at][column]) + padding)
            at += 1
        _columns(rows, out, begun, at, [*widths, width], padding)
        begun = at
    _write(rows, out, begun, last, widths)


def _write(rows: list[list[str]], out: list[str], first: int, last: int, widths: list[int]) -> None:
    for at in range(first, last):
        if out[at]:
            continue
        cells = rows[at]
        parts = [
            cell.ljust(widths[i]) if i < len(widths) and i < len(cells) - 1 else cell for i, cell in enumerate(cells)
        ]
        out[at] = "".join(parts)
