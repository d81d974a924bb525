"""Only the program's own types, lists of filters, and names that have no room."""

from __future__ import annotations

import pytest

from memtui.diagnosis.together import together
from memtui.model.growth import Growth
from memtui.ui.panes.growth.pane import GrowthPane
from tests.support.apps import alone, dashboard, screen_lines, screen_text, shows, until


@pytest.mark.parametrize("pane", ["1", "2"])
async def test_m_leaves_only_own_types_and_shows_all_again(pane):
    async with dashboard(size=(140, 40)) as (pilot, screen):
        listing = (screen.census if pane == "1" else screen.growth).pane.listing
        await pilot.press(pane, "m")
        await until(pilot, lambda: listing.only_mine)
        assert "dict" not in listing.table.shown_keys
        await pilot.press("m")
        assert not listing.only_mine
        await pilot.press("m")
        await until(pilot, lambda: listing.only_mine)
        await pilot.press("escape")
        assert not listing.only_mine


async def test_own_types_are_counted_in_the_title():
    async with dashboard(size=(140, 40)) as (pilot, screen):
        await pilot.press("m")
        await shows(pilot, "of mine")
        shown = screen.census.pane.table.shown_keys
        assert "dict" not in shown
        assert "shop.models.Session" in shown


async def test_a_filter_is_a_list():
    async with dashboard() as (pilot, screen):
        await pilot.press("slash", *"shop", "comma", "exclamation_mark", *"cart", "enter")
        shown = [str(key) for key in screen.census.pane.table.shown_keys]
        assert shown
        assert all("shop" in name and "cart" not in name.lower() for name in shown)


async def test_the_last_line_shows_a_name_that_is_cut():
    async with dashboard(size=(44, 24)) as (pilot, screen):
        table = screen.census.pane.table
        names = [str(key) for key in table.shown_keys]
        longest = max(names, key=len)
        table.move_to(names.index(longest))
        await pilot.pause()
        lines = screen_lines(pilot.app)
        if longest in "\n".join(lines[:-2]):
            pytest.skip("there is room for all names")
        assert longest in lines[-2]
        assert "…" in screen_text(pilot.app)


async def test_types_that_grow_together_stand_together():
    pane = GrowthPane()
    pane.together_of = together
    names = ("dict", "shop.Session", "asyncio.Event", "shop.Cart")
    async with alone(pane, size=(100, 20)) as pilot:
        ones = (1,) * 4
        pane.growth = Growth(
            *("mark A", 0.0, 60.0, names, ones, ones),
            *((200, 100, 700, 101), (9_000, 50_000, 10_000, 2_000), ones, 4),
        )
        await pilot.pause()
        rows = [line.split("  ")[0].strip() for line in screen_lines(pilot.app)[2:6]]
        assert rows == ["shop.Session", "+ shop.Cart", "+ dict", "asyncio.Event"]
        assert pane.table.cursor_key == "shop.Session"
