"""The table: cursor by key, order, filter, mouse, and repainting as little as possible."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from rich.color import ColorType

from memtui.present.columns import Column
from memtui.present.spans import Span
from memtui.ui.widgets.paint.painted import PaintedStrip
from memtui.ui.widgets.table.sheet import Sheet
from memtui.ui.widgets.table.table import SheetTable
from tests.support.apps import alone, screen_lines

COLUMNS = (
    Column("type", "type", 10, 100, "left", flexible=True, most=30, sorts="ascending", keep="end"),
    Column("size", "size", 8, 90),
    Column("share", "share", 6, 10, sorts=None),
)


def sheet(sizes: dict[str, int]) -> Sheet:
    names, values = list(sizes), list(sizes.values())
    return Sheet(
        names,
        {"type": names, "size": values},
        lambda rows: [(Span(names[row]), Span(f"{values[row]} B"), Span("1.0")) for row in rows],
    )


def table(sizes: dict[str, int] | None = None) -> SheetTable:
    made = SheetTable(COLUMNS, sort="size")
    made.sheet = sheet(sizes or {"a": 1, "b": 2, "c": 3})
    return made


async def test_the_cursor_stays_with_its_row_through_sort_and_new_figures():
    async with alone(table()) as pilot:
        shown = pilot.app.query_one(SheetTable)
        shown.focus()
        await pilot.press("down")
        assert (shown.cursor_key, shown.cursor) == ("b", 1)
        shown.sheet = sheet({"a": 9, "b": 2, "c": 3})
        assert (shown.cursor_key, shown.cursor) == ("b", 2)
        await pilot.press("s")
        assert shown.sorted_by == "type"
        assert (shown.cursor_key, shown.cursor) == ("b", 1)
        await pilot.press("S")
        assert shown.shown_keys == ["c", "b", "a"]
        assert shown.cursor_key == "b"


async def test_an_untouched_cursor_stays_at_the_top_and_home_returns_there():
    async with alone(table()) as pilot:
        shown = pilot.app.query_one(SheetTable)
        shown.focus()
        shown.sheet = sheet({"a": 9, "b": 2, "c": 3})
        assert (shown.cursor_key, shown.cursor) == ("a", 0)
        await pilot.press("end", "home")
        shown.sheet = sheet({"a": 1, "b": 2, "c": 3})
        assert (shown.cursor_key, shown.cursor) == ("c", 0)


async def test_the_cursor_survives_a_filter_that_hides_its_row():
    async with alone(table({"ab": 1, "b": 2, "c": 3})) as pilot:
        shown = pilot.app.query_one(SheetTable)
        shown.focus()
        await pilot.press("end")
        assert shown.cursor_key == "ab"
        shown.filter_text = "c"
        assert shown.shown_keys == ["c"]
        shown.filter_text = ""
        assert shown.cursor_key == "ab"


async def test_new_figures_do_not_scroll_away_what_one_looks_at():
    async with alone(table({f"t{i:03}": 1000 - i for i in range(200)})) as pilot:
        shown = pilot.app.query_one(SheetTable)
        shown.focus()
        await pilot.press("pagedown", "pagedown")
        top = shown.scroll_offset.y
        assert top > 0
        shown.sheet = sheet({f"t{i:03}": 2000 - i for i in range(200)})
        assert shown.scroll_offset.y == top
        shown.scroll_to(y=100, animate=False, immediate=True)
        shown.sheet = sheet({f"t{i:03}": 3000 - i for i in range(200)})
        assert shown.scroll_offset.y == 100, "the cursor is out of sight, so the view stays"


async def test_rows_that_vanish_pull_the_view_back():
    async with alone(table({f"t{i:03}": 1000 - i for i in range(200)})) as pilot:
        shown = pilot.app.query_one(SheetTable)
        shown.focus()
        await pilot.press("end")
        assert shown.scroll_offset.y == 200 - shown.room
        shown.sheet = sheet({"t000": 5, "t001": 4})
        await pilot.pause()
        assert shown.scroll_offset.y == 0
        assert shown.cursor in {0, 1}
        assert "t001" in screen_lines(pilot.app)[2]


async def test_keys_move_by_line_screen_and_end():
    async with alone(table({f"t{i:03}": 1000 - i for i in range(200)})) as pilot:
        shown = pilot.app.query_one(SheetTable)
        shown.focus()
        await pilot.press("down", "down", "up")
        assert shown.cursor == 1
        await pilot.press("pagedown")
        assert shown.cursor == 1 + shown.room - 1
        await pilot.press("end")
        assert shown.cursor == 199
        await pilot.press("pageup", "home")
        assert shown.cursor == 0


@pytest.mark.parametrize(("x", "column"), [(3, "type"), (38, "size")])
async def test_a_click_on_a_title_sorts_and_another_turns_round(x, column):
    made = table()
    made.sorted_by = None
    async with alone(made) as pilot:
        await pilot.click(SheetTable, offset=(x, 0))
        assert made.sorted_by == column
        first = made.descending
        await pilot.click(SheetTable, offset=(x, 0))
        assert made.descending is not first
        arrow = "▼" if made.descending else "▲"
        assert f"{column} {arrow}" in screen_lines(pilot.app)[0]
        [*_, last] = pilot.app.messages(SheetTable.SortChanged)
        assert (last.column, last.descending) == (column, made.descending)


async def test_a_click_selects_and_two_open():
    async with alone(table()) as pilot:
        shown = pilot.app.query_one(SheetTable)
        await pilot.click(SheetTable, offset=(3, 2))
        assert shown.cursor_key == "b"
        assert not pilot.app.messages(SheetTable.Opened)
        await pilot.click(SheetTable, offset=(3, 3), times=2)
        assert [message.key for message in pilot.app.messages(SheetTable.Opened)] == ["a"]


async def test_an_empty_table_says_why():
    made = SheetTable(COLUMNS, sort="size")
    made.empty_text = "Nothing yet.\nWait."
    async with alone(made) as pilot:
        await pilot.press("down", "enter", "end", "pageup", "s")
        assert [line.strip() for line in screen_lines(pilot.app)[2:4]] == ["Nothing yet.", "Wait."]
        assert not pilot.app.messages(SheetTable.Opened)


async def test_only_lines_that_changed_are_painted_again(monkeypatch):
    made = table({"a": 10, "b": 20, "c": 30})
    async with alone(made) as pilot:
        await pilot.pause()
        asked: list[Any] = []
        refresh = made.refresh

        def noted(*regions, **kw):
            asked.extend(regions or [None])
            return refresh(*regions, **kw)

        monkeypatch.setattr(made, "refresh", noted)
        made.sheet = sheet({"a": 10, "b": 21, "c": 30})
        assert len(asked) == 1
        assert (asked[0].y, asked[0].height) == (2, 1)
        await pilot.pause()
        asked.clear()
        made.sheet = sheet({"a": 10, "b": 21, "c": 30})
        assert asked == []


async def test_ten_thousand_rows_make_only_the_lines_one_sees():
    made = SheetTable(COLUMNS, sort="size")
    asked: list[int] = []

    def cells(rows):
        asked.extend(rows)
        return [(Span(f"t{row}"), Span("1 B"), Span("")) for row in rows]

    names = [f"t{i}" for i in range(10_000)]
    made.sheet = Sheet(names, {"size": range(10_000)}, cells)
    async with alone(made) as pilot:
        await pilot.pause()
        assert set(asked) <= set(range(10_000 - 24, 10_000))
        assert made.virtual_size.height == 10_001


async def test_a_narrow_table_keeps_type_and_size():
    async with alone(table({"package.module.Class": 5}), size=(22, 5)) as pilot:
        lines = screen_lines(pilot.app)
        assert "share" not in lines[0]
        assert "…ule.Class" in lines[1]
        assert "5 B" in lines[1]


def painted() -> dict[int, PaintedStrip]:
    """All painted lines that there are in this process, by their address."""
    # Asked for its class, a proxy of another test whose object is gone would raise.
    return {id(each): each for each in gc.get_objects() if type(each) is PaintedStrip}


async def test_lines_that_were_painted_over_are_gone_without_a_collection():
    async with alone(table(), size=(60, 20)) as pilot:
        shown = pilot.app.query_one(SheetTable)
        gc.collect()
        gc.disable()
        before = painted()
        try:
            for tick in range(1, 9):
                shown.sheet = sheet(
                    {name: tick * 100 + place for place, name in enumerate("abcdefgh")}
                )
                await pilot.pause()
                assert f"{tick}07 B" in screen_lines(pilot.app)[1]
            kept = len(painted().keys() - before.keys())
        finally:
            gc.enable()
        assert kept <= shown.size.height


async def test_a_line_has_the_colours_of_the_theme_that_is_chosen_now():
    def kinds(app):
        lines = app.screen._compositor.render_strips()[:3]
        styles = [style for line in lines for _, style, _ in line if style is not None]
        return {
            colour.type for style in styles for colour in (style.color, style.bgcolor) if colour
        }

    async with alone(table(), size=(60, 20)) as pilot:
        for theme, own in (("nord", True), ("ansi-dark", False), ("textual-light", True)):
            pilot.app.theme = theme
            await pilot.pause()
            assert (kinds(pilot.app) == {ColorType.TRUECOLOR}) is own
