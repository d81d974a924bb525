"""Each pane alone in an app of its own: records down, messages up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from memtui.model.growth import Growth, Mark
from memtui.numbers import np
from memtui.ui.panes import LOWER, UPPER
from memtui.ui.panes.census.pane import CensusPane
from memtui.ui.panes.collector.button import CollectorButton
from memtui.ui.panes.collector.pane import CollectorPane
from memtui.ui.panes.growth.pane import SINCE_START, GrowthPane
from memtui.ui.panes.pane import Pane
from memtui.verbs.asking import Figures
from tests.support.apps import alone, screen_lines, screen_text, shows
from tests.support.fakes import START, census, collection, collector

GROWTH = Growth(
    baseline="mark A",
    since=START,
    until=START + 245,
    names=("dict", "shop.Session", "shop.Cart"),
    counts=(1_204_551, 48_110, 801),
    sizes=(325_000_000, 107_000_000, 1_000_000),
    count_deltas=(24_702, 12_304, -12),
    size_deltas=(18_874_368, 44_040_192, -4_096),
    changed=(1, 1, 1),
    growing=2,
)


@pytest.mark.parametrize("kind", [desk.PANE for desk in (*UPPER, *LOWER)])
@pytest.mark.parametrize("size", [(80, 24), (30, 6), (200, 60)])
async def test_a_pane_without_records_says_what_it_waits_for(kind, size):
    async with alone(kind(), size=size) as pilot:
        body = " ".join(line.strip() for line in screen_lines(pilot.app)[1:])
        assert len(body.split()) >= 3
        for key in ("down", "enter", "s", "y", "escape", "end", "pagedown", "right", "x", "1", "t"):
            await pilot.press(key)
        assert screen_lines(pilot.app)[0].strip().startswith(kind.NAME)


# --- types ----------------------------------------------------------------------------------------


async def test_types_show_count_size_and_share_largest_first():
    pane = CensusPane()
    async with alone(pane) as pilot:
        pane.census = census()
        await pilot.pause()
        lines = screen_lines(pilot.app)
        assert lines[0].endswith("9 types")
        assert lines[1].split() == ["type", "count", "size", "▼", "%"]
        assert lines[2].split() == ["dict", "1,204,551", "310", "MiB", "67.1"]
        assert lines[3].split()[0] == "shop.models.Session"


async def test_types_that_vanished_have_no_row():
    pane = CensusPane()
    async with alone(pane) as pilot:
        pane.census = replace(census(), counts=Figures([0, *census().counts[1:]]))
        await pilot.pause()
        assert "dict" not in screen_text(pilot.app)
        assert "8 types" in screen_lines(pilot.app)[0]


async def test_frozen_objects_are_told_where_they_are_missing():
    pane = CensusPane()
    async with alone(pane) as pilot:
        pane.census = census(frozen=12_345)
        await pilot.pause()
        assert "+ 12,345 frozen objects that cannot be listed" in screen_lines(pilot.app)[0]


async def test_a_filter_is_live_kept_by_enter_and_taken_by_escape():
    pane = CensusPane()
    async with alone(pane) as pilot:
        pane.census = census()
        pane.table.focus()
        await pilot.press("slash", *"shop.*")
        assert set(pane.table.shown_keys) == {
            "shop.models.Session",
            "shop.events.Listener",
            "shop.cart.Cart",
        }
        assert "3 match “shop.*”" in screen_lines(pilot.app)[0]
        await pilot.press("enter")
        assert pane.table.has_focus
        pane.census = census(1)
        assert len(pane.table.shown_keys) == 3
        await pilot.press("escape")
        assert len(pane.table.shown_keys) == 9
        await pilot.press("slash", *"nosuch")
        await shows(pilot, "No type matches “nosuch”.")
        await pilot.press("escape")
        assert len(pane.table.shown_keys) == 9
        assert pane.table.has_focus


async def test_enter_tells_the_type_and_y_wants_it_copied():
    pane = CensusPane()
    async with alone(pane) as pilot:
        pane.census = census()
        pane.table.focus()
        await pilot.press("down", "enter", "y")
        [opened] = pilot.app.messages(Pane.TypeOpened)
        [copied] = pilot.app.messages(Pane.Copied)
        assert opened.type == copied.text == "shop.models.Session"
        assert copied.what == "type"


# --- growth ---------------------------------------------------------------------------------------


async def test_growth_shows_what_grew_most_on_top_against_a_mark():
    pane = GrowthPane()
    pane.trends_of = lambda names, points: np.array([range(points)] * len(names))
    async with alone(pane, size=(100, 10)) as pilot:
        pane.measure_from(Mark("A", START))
        pane.growth = GROWTH
        await pilot.pause()
        lines = screen_lines(pilot.app)
        assert lines[0].startswith(" Growth since mark A, 22:13:20 (4 min 05 s)")
        assert lines[0].endswith("2 growing")
        row = lines[2].split()
        assert row[:6] == ["shop.Session", "+12,304", "+42.0", "MiB", "+3,013", "▁▂▂▃▄▄▅▅▆▇▇█"]
        assert lines[4].split()[:2] == ["shop.Cart", "−12"]


async def test_windows_are_gone_through_and_the_last_mark_is_among_them():
    pane = GrowthPane()
    async with alone(pane) as pilot:
        pane.table.focus()
        await pilot.press("t", "t", "t")
        told = [message.baseline for message in pilot.app.messages(GrowthPane.BaselineChanged)]
        assert told == [1800.0, SINCE_START, 60.0]
        mark = Mark("B", START)
        pane.measure_from(mark)
        await pilot.press("t", "t", "t", "t", "t")
        told = [message.baseline for message in pilot.app.messages(GrowthPane.BaselineChanged)]
        assert told[3:] == [mark, 60.0, 300.0, 1800.0, SINCE_START, mark]


async def test_a_window_that_is_not_full_says_how_much_it_has():
    pane = GrowthPane()
    async with alone(pane) as pilot:
        pane.growth = replace(GROWTH, until=START + 40)
        await shows(pilot, "Growth over 40 s of the last 5 min")
        pane.growth = replace(GROWTH, until=START + 300)
        await shows(pilot, "Growth over the last 5 min")


async def test_growth_of_nothing_says_so():
    pane = GrowthPane()
    async with alone(pane) as pilot:
        empty = replace(
            GROWTH,
            names=(),
            counts=(),
            sizes=(),
            count_deltas=(),
            size_deltas=(),
            changed=(),
            growing=0,
        )
        pane.growth = empty
        await shows(pilot, "Nothing has grown or shrunk over 4 min 05 s of the last 5 min.")
        assert pane.tab_label() == "Growth"
        pane.growth = GROWTH
        assert pane.tab_label() == "Growth: Session +42.0 MiB"


# --- GC -------------------------------------------------------------------------------------------


async def test_the_collector_is_told_in_words():
    pane = CollectorPane()
    async with alone(pane, size=(110, 14)) as pilot:
        pane.state = collector(frozen=3, garbage=2)
        await shows(pilot, "automatic collection enabled  frozen 3  in gc.garbage 2")
        await shows(pilot, "gen0 512/700 run 4,120 times  gen1  3/10 run 374 times")
        pane.state = collector(enabled=False)
        await shows(pilot, "disabled by the application")


async def test_a_collection_shows_what_was_freed_and_the_rss_around_it():
    pane = CollectorPane()
    async with alone(pane, size=(110, 14)) as pilot:
        pane.collection = collection()
        await shows(pilot, "gen2 collected 1,204  paused the target for 45 ms")
        await shows(pilot, "RSS 120 MiB → 108 MiB (−12.0 MiB)")
        rows = [line.split()[:2] for line in screen_lines(pilot.app)]
        assert ["shop.cart.Cart", "800"] in rows
        assert ["dict", "404"] in rows


async def test_the_button_is_pressed_by_the_mouse_unless_read_only():
    pane = CollectorPane()
    async with alone(pane) as pilot:
        await pilot.click(CollectorButton, offset=(2, 0))
        assert len(pilot.app.messages(CollectorButton.Pressed)) == 1
        await pilot.click(CollectorButton, offset=(20, 0))
        assert len(pilot.app.messages(CollectorButton.Pressed)) == 1
        pane.read_only = True
        await shows(pilot, "the session is read-only")
        await pilot.click(CollectorButton, offset=(2, 0))
        assert len(pilot.app.messages(CollectorButton.Pressed)) == 1
