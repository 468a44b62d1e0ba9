"""Whole numbers in what people paste."""

MOST = 18
"""Digits that every signed number of 64 bits can have."""


def is_whole(text: str) -> bool:
    """Whether the text is a number of ASCII digits that `int` reads at once: not `²`, not `٣`, not 5,000 digits."""
    return text.isascii() and text.isdigit() and len(text) <= MOST
