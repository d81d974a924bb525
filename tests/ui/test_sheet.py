"""Order and filter of rows that stay where they are."""

from __future__ import annotations

import pytest

from memtui.ui.widgets.sheet import Pattern, Sheet, arranged

NAMES = ("dict", "shop.Cart", "shop.Session", "list")
SHEET = Sheet(NAMES, {"size": (5, 9, 9, 1), "type": NAMES})


def test_rows_are_sorted_both_ways_and_ties_stay_in_order():
    assert arranged(SHEET, by="size", descending=True, pattern=None) == [1, 2, 0, 3]
    assert arranged(SHEET, by="size", descending=False, pattern=None) == [3, 0, 1, 2]
    assert arranged(SHEET, by="type", descending=False, pattern=None) == [0, 3, 1, 2]


def test_without_a_known_column_rows_stay_as_they_are():
    assert arranged(SHEET, by=None, descending=True, pattern=None) == [0, 1, 2, 3]
    assert arranged(SHEET, by="nothing", descending=True, pattern=None) == [0, 1, 2, 3]


def test_absent_rows_are_left_out():
    sheet = Sheet(NAMES, SHEET.values, present=[0, 2])
    assert arranged(sheet, by="size", descending=True, pattern=None) == [2, 0]


@pytest.mark.parametrize(
    ("pattern", "kept"),
    [
        ("shop", ["shop.Cart", "shop.Session"]),
        ("shop.*", ["shop.Cart", "shop.Session"]),
        ("*t", ["dict", "shop.Cart", "list"]),
        ("CART", []),
        ("Cart", ["shop.Cart"]),
        ("cart", ["shop.Cart"]),
        ("????", ["dict", "list"]),
        ("[dl]i*", ["dict", "list"]),
        ("[", []),
        ("(", []),
    ],
)
def test_a_filter_is_a_glob_or_a_part_of_the_name(pattern, kept):
    rows = arranged(SHEET, by=None, descending=True, pattern=Pattern(pattern))
    assert [NAMES[row] for row in rows] == kept


def test_the_filter_can_look_at_more_than_the_key():
    sheet = Sheet((1, 2), {}, search=("1 worker", "2 web"))
    assert arranged(sheet, by=None, descending=True, pattern=Pattern("web")) == [1]
