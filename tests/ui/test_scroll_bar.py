"""The scrollbar in the last cell of each line: what it shows, and the mouse on it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memtui.present.columns import Column
from memtui.present.spans import Span
from memtui.ui.widgets.paint.scroll_bar import Thumb, thumb_of, top_of
from memtui.ui.widgets.table.sheet import Sheet
from memtui.ui.widgets.table.table import SheetTable
from tests.support.apps import alone, screen_lines
from tests.support.known import known

LINES = st.integers(min_value=1, max_value=200)


def filled(thumb: Thumb, window: int) -> list[int]:
    """Eighths of each cell that belong to the thumb."""
    figures = []
    for y in range(window):
        text, tone = thumb.at(y)
        rising = " ▁▂▃▄▅▆▇█".index(text)
        figures.append(8 - rising if tone == "thumb" else rising)
    return figures


@given(window=LINES, total=st.integers(min_value=0, max_value=100_000), place=st.floats(0, 1))
def test_the_thumb_is_as_long_as_what_is_in_view(window, total, place):
    top = round(place * max(0, total - window))
    thumb = thumb_of(top, window, total)
    eighths = filled(thumb, window)
    assert sum(eighths) == thumb.end - thumb.begin
    if total <= window:
        assert not any(eighths)
        return
    assert sum(eighths) == max(8, -(-8 * window * window // total))
    assert (top == 0) <= (thumb.begin == 0)
    assert (top == total - window) <= (thumb.end == 8 * window)


@given(window=LINES, total=st.integers(min_value=0, max_value=100_000), begin=st.integers())
def test_a_dragged_thumb_goes_where_it_is_dragged_to(window, total, begin):
    top, lines = top_of(begin, window, total), max(0, total - window)
    assert 0 <= top <= lines
    way = 8 * window - thumb_of(0, window, total).end
    if lines and way:
        there = min(max(begin, 0), way)
        # To the nearest line, and from there to the nearest eighth of a cell.
        assert abs(thumb_of(top, window, total).begin - there) <= way / lines / 2 + 0.5


def table(rows: int) -> SheetTable:
    made = SheetTable((Column("n", "n", 8, 100, "left"),), sort=None)
    made.sheet = Sheet(
        range(rows), {"n": range(rows)}, lambda some: [(Span(f"row {row}"),) for row in some]
    )
    return made


def tones(shown: SheetTable) -> list[str]:
    """What is in the last cell of each line; no text is, so that none is copied with the line."""
    cells = [
        known(last) for _, _, last in shown.rows_at(range(shown.size.height), shown.size.width)
    ]
    assert {cell.text for cell in cells} == {" "}
    return [cell.tone for cell in cells]


async def test_the_mouse_drags_it_and_pages_beside_it():
    async with alone(table(1000), size=(20, 11)) as pilot:
        shown = pilot.app.query_one(SheetTable)
        right = shown.size.width - 1
        assert tones(shown) == ["thumb", *["bar"] * 10]
        await pilot.mouse_down(shown, offset=(right, 0))
        await pilot.hover(shown, offset=(right, 5))
        assert 490 <= shown.scroll_offset.y <= 510
        await pilot.hover(shown, offset=(3, 10))
        assert "row 999" in screen_lines(pilot.app)[10]
        await pilot.mouse_up(shown, offset=(3, 10))
        await pilot.hover(shown, offset=(right, 2))
        assert shown.scroll_offset.y == shown.max_scroll_y
        await pilot.mouse_down(shown, offset=(right, 2))
        await pilot.mouse_up(shown, offset=(right, 2))
        await pilot.pause()
        assert shown.scroll_offset.y == shown.max_scroll_y - shown.size.height
        # It is no row: the cursor stays.
        assert shown.cursor == 0


@pytest.mark.parametrize("rows", [0, 3])
async def test_what_fits_has_no_thumb(rows):
    async with alone(table(rows), size=(20, 11)) as pilot:
        shown = pilot.app.query_one(SheetTable)
        assert tones(shown) == ["bar"] * 11
        await pilot.mouse_down(shown, offset=(19, 5))
        await pilot.mouse_up(shown, offset=(19, 5))
        assert shown.scroll_offset.y == 0


async def test_it_is_let_go_of_when_its_table_is_hidden():
    async with alone(table(1000), size=(20, 11)) as pilot:
        shown = pilot.app.query_one(SheetTable)
        await pilot.mouse_down(shown, offset=(19, 0))
        assert pilot.app.mouse_captured is shown
        shown.display = False
        await pilot.pause()
        assert pilot.app.mouse_captured is None


async def test_a_cursor_that_was_scrolled_away_lights_no_heading():
    async with alone(table(1000), size=(20, 11)) as pilot:
        shown = pilot.app.query_one(SheetTable)
        shown.move_to(4)
        for top in range(7):
            shown.scroll_to(y=top, animate=False, immediate=True)
            await pilot.pause()
            lit = [tone for _, tone, _ in shown.rows_at(range(11), 20)]
            assert [y for y, tone in enumerate(lit) if tone] == [5 - top][: top <= 4]
