"""The growth pane in rounds."""

from __future__ import annotations

from memtui.model.rounds import Rounds
from memtui.ui.panes.growth.pane import GrowthPane
from tests.support.apps import alone, dashboard, poll, screen_lines, screen_text, shows, until


async def test_rounds_are_switched_on_and_off():
    async with dashboard(size=(200, 50)) as (pilot, screen):
        for _ in range(6):
            await poll(pilot, screen)
        pane = screen.growth.pane
        screen.go(pane)
        await shows(pilot, "trend")
        await pilot.press("e")
        await shows(pilot, "steady")
        await until(pilot, lambda: "dict" in screen_text(pilot.app))
        text = screen_text(pilot.app)
        assert "in all of 5 rounds" in text
        row = next(line for line in screen_lines(pilot.app) if "5 of 5" in line)
        assert row.split()[-1] == "1.00"
        # What grew in every round is on top, what shrank at the end.
        assert isinstance(pane.growth, Rounds)
        growth = pane.growth
        shown = [growth.grown[growth.names.index(key)] for key in pane.table.shown_keys]
        assert shown == sorted(shown, reverse=True)
        assert (shown[0], shown[-1]) == (5, 0)
        await poll(pilot, screen)
        assert pane.growth.total == 5
        await pilot.press("e")
        await shows(pilot, "trend")
        assert "5 of 5" not in screen_text(pilot.app)


async def test_one_round_can_be_sorted_by_every_column():
    async with dashboard(size=(200, 50)) as (pilot, screen):
        await poll(pilot, screen)
        screen.go(screen.growth.pane)
        await pilot.press("e")
        await shows(pilot, "1 of 1")
        table, seen = screen.growth.pane.table, set()
        kept = set(table.shown_keys)
        for _ in table.columns:
            await pilot.press("s")
            seen.add(table.sorted_by)
            assert set(table.shown_keys) == kept
        assert {"grew", "steady", "size", "type"} <= seen


async def test_without_a_census_it_waits():
    pane = GrowthPane()
    async with alone(pane) as pilot:
        pane.keyboard().focus()
        await pilot.press("e")
        await shows(pilot, "difference of two censuses")
        assert pilot.app.messages(GrowthPane.BaselineChanged)
