"""The key that estimates what the collector does not track, in the types pane."""

from __future__ import annotations

import os

import pytest

from memtui.ui.panes.census.pane import CensusPane
from tests.support.apps import alone, dashboard, poll, screen_lines, screen_text, shows, until
from tests.support.fakes import FakeSession, census, estimate


@pytest.fixture
def small():
    """A session of a heap that is estimated in no time."""
    return FakeSession(
        pid=os.getpid(), types=(("dict", 5_000, 1 << 20, 10), ("Point", 100, 5_600, 1))
    )


def row(pilot, name):
    return next(line for line in screen_lines(pilot.app) if name in line)


async def test_u_puts_marked_rows_among_the_types(small):
    async with dashboard(small) as (pilot, screen):
        await pilot.press("u")
        await shows(pilot, "str ~")
        assert "3,400,000" in row(pilot, "str ~")
        # Tracked and untracked ones of a type are two rows.
        assert "80,000" in row(pilot, "dict ~")
        assert any("dict" in line and "5,0" in line for line in screen_lines(pilot.app))
        # Buffers are what the process has; those of a device are not.
        assert "2.00 GiB" in row(pilot, "torch.Tensor ~")
        assert "cuda" not in screen_text(pilot.app)
        # Shares are of all that is shown: 2,048 of 2,331 MiB.
        assert "87.9" in row(pilot, "torch.Tensor ~")
        assert "±0.3%" in screen_text(pilot.app)
        # The estimate stays as it was, and says how old it is.
        for _ in range(2):
            await poll(pilot, screen)
        await shows(pilot, "~ estimated 1 min 00 s ago")
        assert "3,400,000" in row(pilot, "str ~")
        assert small.calls.count(("untracked",)) == 1


async def test_the_cursor_stays_with_its_row(small):
    async with dashboard(small) as (pilot, screen):
        await pilot.press("down")
        assert screen.census.pane.table.cursor_key == "Point"
        await pilot.press("u")
        await shows(pilot, "str ~")
        assert screen.census.pane.table.cursor_key == "Point"
        await pilot.press("escape")
        await until(pilot, lambda: "str ~" not in screen_text(pilot.app))
        assert screen.census.pane.table.cursor_key == "Point"


async def test_what_is_not_tracked_cannot_be_opened(small):
    async with dashboard(small) as (pilot, screen):
        await pilot.press("u")
        await shows(pilot, "str ~")
        await pilot.press("home")
        await until(pilot, lambda: screen.census.pane.table.cursor_key == "torch.Tensor ~")
        await pilot.press("down")
        assert screen.census.pane.copy_choice() == ("str", "type")
        await pilot.press("enter")
        await shows(pilot, "so they cannot be listed")
        assert not [call for call in small.calls if call[0] == "instances"]


async def test_a_long_one_is_begun_only_when_its_cost_was_agreed_to():
    session = FakeSession(pid=os.getpid())
    async with dashboard(session) as (pilot, screen):
        await pilot.press("u")
        await shows(pilot, "It will take about 11 s")
        assert ("untracked",) not in session.calls
        await pilot.press("u")
        await until(pilot, lambda: screen.census.pane.estimate)
        # Now it is known what it took.
        pilot.app.clear_notifications()
        await pilot.press("u")
        await shows(pilot, "It will take about 7 s")
        await pilot.press("escape")
        await until(pilot, lambda: screen.census.pane.estimate is None)
        assert session.calls.count(("untracked",)) == 1


async def test_escape_cancels_it_and_progress_is_shown(small):
    small.held.add("untracked")
    async with dashboard(small) as (pilot, screen):
        await pilot.press("u")
        await shows(pilot, "Estimating what is not tracked")
        await shows(pilot, "━━")
        await pilot.press("escape")
        await until(pilot, lambda: small.cancelled == ["untracked"])
        assert screen.census.pane.estimate is None


async def test_the_pane_runs_alone_and_filters_by_the_name():
    pane = CensusPane()
    async with alone(pane) as pilot:
        pane.census, pane.estimate = census(), estimate()
        await shows(pilot, "str ~")
        pane.table.focus()
        await pilot.press("slash", *"*dict", "enter")
        await until(pilot, lambda: pane.table.shown_keys == ["dict", "dict ~"])
        # Escape takes the filter away first, then the rows.
        await pilot.press("escape")
        await until(pilot, lambda: len(pane.table.shown_keys) == 13)
        await pilot.press("escape")
        await until(pilot, lambda: len(pane.table.shown_keys) == 9)


async def test_a_narrow_key_line_leaves_it_out_before_the_others(small):
    async with dashboard(small, size=(80, 24)) as (pilot, _):
        last = screen_lines(pilot.app)[-1]
        assert "Untracked" not in last
        assert "r Report" in last
        await pilot.resize_terminal(120, 40)
        await until(pilot, lambda: "u Untracked" in screen_lines(pilot.app)[-1])
