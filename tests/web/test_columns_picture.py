"""Columns at their places, by hand: 130 units of height for the highest of 4."""

from tracker.web.columns_picture import Column, draw_columns


def test_the_hatched_part_stands_on_the_solid_one_and_the_limit_is_to_scale():
    drawing = draw_columns([Column("a", 1, 1, 4), Column("b", 0, 0)])

    assert drawing is not None
    one, other = drawing.columns
    assert (one.solid_y, one.solid_height) == ("111.5", "32.5")
    assert (one.hatched_y, one.hatched_height) == ("79.0", "32.5")
    assert (one.limit_y, other.limit_y) == ("14.0", "")
    assert (one.x, other.x, drawing.width) == ("39.0", "85.0", 136)
    assert [words for _, words in drawing.levels] == ["0", "2", "4"]


def test_nothing_is_drawn_of_nothing():
    assert draw_columns([Column("a", 0, limit=3)]) is None
    assert draw_columns([]) is None
