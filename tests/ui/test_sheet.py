"""Order and filter of rows that stay where they are."""

from __future__ import annotations

import random
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memtui.ui.widgets.table.arrangement import AHEAD, Arrangement
from memtui.ui.widgets.table.filter import NameFilter
from memtui.ui.widgets.table.sheet import Sheet

NAMES = ("dict", "shop.Cart", "shop.Session", "list")
SHEET = Sheet(NAMES, {"size": (5, 9, 9, 1), "type": NAMES})


def rows(sheet, **wanted):
    return list(Arrangement(sheet, **wanted))


def test_rows_are_sorted_both_ways_and_ties_stay_in_order():
    assert rows(SHEET, by="size") == [1, 2, 0, 3]
    assert rows(SHEET, by="size", descending=False) == [3, 0, 1, 2]
    assert rows(SHEET, by="type", descending=False) == [0, 3, 1, 2]


def test_without_a_known_column_rows_stay_as_they_are():
    assert rows(SHEET) == [0, 1, 2, 3]
    assert rows(SHEET, by="nothing") == [0, 1, 2, 3]


def test_absent_rows_are_left_out():
    sheet = Sheet(NAMES, SHEET.values, present=[1, 0, 7, 0])
    assert rows(sheet, by="size") == [2, 0]
    assert Arrangement(sheet, by="size").line_of(0) == 1
    assert Arrangement(sheet, by="size").line_of(1) is None


@settings(max_examples=60, deadline=None)
@given(st.integers(), st.booleans(), st.booleans(), st.booleans())
def test_the_first_lines_of_many_are_those_of_all(seed, descending, some_absent, plain):
    chance = random.Random(seed)
    total = 20 * AHEAD
    spread = chance.choice((3, total, 1_000_000))
    values = [chance.randrange(spread) for _ in range(total)]
    keys = range(total)
    pattern = chance.choice((None, NameFilter("7")))
    before = None
    for _ in range(6):
        step = chance.choice((0, 1, spread))
        values = [value + chance.randint(-step, step) for value in values]
        present = [chance.random() < 0.8 for _ in keys] if some_absent else None
        column = list(values) if plain else array("q", values)
        sheet = Sheet(keys, {"size": column}, present=present)
        made = Arrangement(sheet, by="size", descending=descending, pattern=pattern, before=before)
        there = [row for row in keys if present is None or present[row]]
        there = [row for row in there if pattern is None or "7" in str(row)]
        expected = sorted(there, key=values.__getitem__, reverse=descending)
        assert len(made) == len(expected)
        assert [made[line] for line in range(AHEAD)] == expected[:AHEAD]
        for line in (0, AHEAD - 1, len(expected) - 1):
            assert made.line_of(expected[line]) == line
        assert list(made) == expected
        before = made


def test_what_did_not_change_is_neither_sorted_nor_searched_again():
    asked = []

    class Name(str):
        __slots__ = ()

        def __lt__(self, other):
            asked.append(self)
            return str(self) < str(other)

        def __str__(self):
            asked.append(self)
            return super().__str__()

    names = tuple(Name(f"t{row % 97}.{row}") for row in range(1_000))
    pattern, made = NameFilter("t9"), None
    for tick in range(3):
        present = [(row + tick) % 3 for row in range(1_000)]
        sheet = Sheet(names, {"type": names}, present=present)
        made = Arrangement(sheet, by="type", descending=False, pattern=pattern, before=made)
        assert bool(asked) is (tick == 0)
        kept = [row for row in range(1_000) if present[row] and names[row].startswith("t9")]
        assert list(made) == sorted(kept, key=lambda row: str(names[row]))
        asked.clear()


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
    shown = rows(SHEET, pattern=NameFilter(pattern))
    assert [NAMES[row] for row in shown] == kept


def test_the_filter_can_look_at_more_than_the_key():
    sheet = Sheet((1, 2), {}, search=("1 worker", "2 web"))
    assert rows(sheet, pattern=NameFilter("web")) == [1]
