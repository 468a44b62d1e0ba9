"""Columns of a picture: as tall as what they count, and inside the picture."""

import pytest

from app.quiz.pages.picture import STEP, TALL, columns


def test_the_highest_column_fills_the_picture() -> None:
    picture = columns([(4, 3), (2, 0), (0, 0)])

    first, second, third = picture.columns
    assert (first.y, first.height, first.part_y, first.part_height) == (0, 25, 25, 75)
    assert (second.y, second.height, second.part_height) == (50, 50, 0)
    assert third.height == third.part_height == 0


def test_fewer_than_there_is_room_for_stand_at_the_right() -> None:
    picture = columns([(1, 1)], least=5)

    assert picture.width == 5 * STEP
    assert picture.columns[0].x > 4 * STEP


@pytest.mark.parametrize("values", [[], [(0, 0)], [(7, 7)] * 28])
def test_nothing_leaves_the_picture(values: list[tuple[int, int]]) -> None:
    picture = columns(values)

    assert picture.width >= STEP
    assert all(0 <= each.y <= each.part_y <= TALL for each in picture.columns)
