"""Which columns a width has room for, on a screen and in print."""

from dataclasses import replace

import pytest

from memtui.present.columns import ESSENTIAL, GAP, Column, fit, fit_printed
from memtui.present.growth import CHANGES, REGULARITY, TOTALS, TYPE

COLUMNS = (
    Column("type", "type", 16, align="left", flexible=True, most=30, keep="end"),
    Column("count", "count", 9, 90),
    Column("size", "size", 8, ESSENTIAL),
    Column("share", "%", 5, 10),
)
GROWTH = (TYPE, *TOTALS, *CHANGES, *REGULARITY)


def taken(shown: list[tuple[int, int]]) -> int:
    return sum(width for _, width in shown) + GAP * (len(shown) - 1)


def test_on_a_screen_widths_are_fixed_and_the_flexible_column_takes_the_rest():
    assert fit(COLUMNS, 60) == [(0, 30), (1, 9), (2, 8), (3, 5)]
    assert fit(COLUMNS, 50) == [(0, 22), (1, 9), (2, 8), (3, 5)]
    assert fit(COLUMNS, 40) == [(0, 19), (1, 9), (2, 8)]
    assert fit(COLUMNS, 20) == [(0, 20)]


def test_in_print_a_column_is_as_wide_as_its_texts():
    assert fit_printed(COLUMNS, [40, 5, 7, 4], 100) == [(0, 40), (1, 5), (2, 7), (3, 4)]
    assert fit_printed(COLUMNS, [40, 5, 7, 4], 60) == [(0, 38), (1, 5), (2, 7), (3, 4)]
    assert fit_printed(COLUMNS, [40, 5, 7, 4], 34) == [(0, 18), (1, 5), (2, 7)]


def test_in_print_what_is_essential_stays():
    assert [place for place, _ in fit_printed(COLUMNS, [40, 5, 7, 4], 1)] == [0, 1, 2]


def test_a_short_text_needs_no_more_than_itself():
    assert fit_printed(COLUMNS, [4, 5, 7, 4], 26) == [(0, 4), (1, 5), (2, 7), (3, 4)]


@pytest.mark.parametrize("width", range(40, 120, 9))
def test_what_is_printed_fits(width):
    shown = fit_printed(GROWTH, [60, 9, 9, 9, 9, 7, 6, 6], width)
    assert taken(shown) <= max(width, TYPE.width + 9 + 9 + 6 + 3 * GAP)


def test_of_growth_a_narrow_terminal_keeps_the_changes():
    shown = fit_printed(GROWTH, [60, 9, 9, 9, 9, 7, 6, 6], 1)
    assert [GROWTH[place].title for place, _ in shown] == ["type", "Δ count", "Δ size", "grew"]


def test_all_widths_together_take_no_more_than_there_is():
    for columns in (COLUMNS, GROWTH, [replace(each, flexible=True) for each in COLUMNS]):
        for width in range(sum(c.width + GAP for c in columns), 200):
            assert taken(fit(columns, width)) <= width
