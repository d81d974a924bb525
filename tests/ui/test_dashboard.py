"""The dashboard from its keys to its session and back."""

from __future__ import annotations

import asyncio
import os

import pytest

from memtui.model.errors import DeadlinePassed, MemtuiError
from memtui.model.interpreters import Interpreters
from memtui.ui.live import FAREWELL_S
from memtui.ui.panes.collector.button import CollectorButton
from memtui.ui.panes.pane import pane_around
from memtui.ui.screens.dashboard import Dashboard
from memtui.ui.widgets.frame.title_bar import TitleBar
from tests.support.apps import (
    LONGEST_S,
    dashboard,
    make_app,
    poll,
    screen_lines,
    screen_text,
    shows,
    until,
)
from tests.support.fakes import FakeSession, stale


@pytest.fixture
def session():
    return FakeSession(pid=os.getpid())


def notes(pilot):
    return [notification.message for notification in pilot.app._notifications]


def verbs(session):
    return [call for call in session.calls if call[0] not in {"census", "collector"}]


async def test_the_header_tells_who_and_how_with_units(session):
    async with dashboard(session, interval=2.0) as (pilot, _):
        await shows(pilot, "objects 1,")
        first, second = screen_lines(pilot.app)[:2]
        for fact in ("shop-worker", "pid 4213", "3.11.7", "user shop", "● live 2 s", "cost 38 ms"):
            assert fact in first
        assert "longest stall 4.1 ms" in first
        for fact in ("RSS ", " MiB", "USS ", "CPU ", "threads ", "fds "):
            assert fact in second


async def test_interpreters_that_the_program_starts_meanwhile_are_told(session):
    async with dashboard(session, interval=0.1) as (pilot, _):
        await shows(pilot, "objects 1,")
        assert "interpreters" not in screen_lines(pilot.app)[0]
        session.interpreters = lambda: Interpreters(3, (0, 1, 2))
        await shows(pilot, "3 interpreters")


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60), (60, 15), (30, 8)])
async def test_it_fits_every_size_and_keeps_help_and_quit_in_sight(session, size):
    async with dashboard(session, size=size) as (pilot, screen):
        await poll(pilot, screen)
        lines = screen_lines(pilot.app)
        assert "dict" in screen_text(pilot.app)
        assert lines[-1].rstrip().endswith("q Quit")
        assert "? Keys" in lines[-1]


async def test_growth_stands_beside_on_wide_and_behind_a_tab_on_narrow_terminals(session):
    async with dashboard(session, size=(80, 24)) as (pilot, screen):
        await poll(pilot, screen)
        assert "Types │ Growth: Session +" in screen_text(pilot.app)
        assert "Δ size" not in screen_text(pilot.app)
        await pilot.press("tab")
        assert screen.growth.pane.table.has_focus
        await shows(pilot, "Δ size")
        await pilot.resize_terminal(120, 40)
        await until(pilot, lambda: screen.census.pane.region.width > 30)
        await until(pilot, lambda: screen.growth.pane.region.width > 30)
        assert screen.growth.pane.table.has_focus


async def test_a_click_on_a_tab_brings_the_pane_up(session):
    async with dashboard(session, size=(80, 24)) as (pilot, screen):
        await poll(pilot, screen)
        await pilot.click(screen.census.pane.title_bar, offset=(10, 0))
        await until(pilot, lambda: screen.growth.pane.table.has_focus)
        assert isinstance(screen.growth.pane.title_bar, TitleBar)
        await pilot.press("4")
        assert screen.collector.pane.table.has_focus
        await pilot.press("1")
        assert screen.census.pane.table.has_focus


async def test_tab_goes_round(session):
    async with dashboard(session) as (pilot, screen):
        order = []
        for _ in range(4):
            order.append(pane_around(screen.focused))
            await pilot.press("tab")
        assert order == [
            screen.census.pane,
            screen.growth.pane,
            screen.instances.pane,
            screen.census.pane,
        ]
        await pilot.press("shift+tab")
        assert pane_around(screen.focused) is screen.census.pane


async def test_enter_lists_instances_and_referrers_follow(session):
    async with dashboard(session) as (pilot, screen):
        await pilot.press("down", "enter")
        await shows(pilot, "Instances of shop.models.Session 1–200 of 450, largest first")
        assert screen.instances.pane.nodes.has_focus
        await until(pilot, lambda: screen.instances.pane.nodes.branches.roots[1].referrers == 2)
        assert verbs(session) == [
            ("instances", "shop.models.Session", 0, "largest"),
            ("referrers", 200),
        ]
        await pilot.press("right")
        await shows(pilot, ".user: str[2] 'al'")
        assert ("expand", 0x7F3A00, 1, 0) in session.calls
        await pilot.press("x", "3")
        await until(pilot, lambda: ("expand", 0x7F3A00, 3, 0) in session.calls)
        await pilot.press("right_square_bracket")
        await shows(pilot, "201–400 of 450")
        await pilot.press("o")
        await shows(pilot, "oldest first")
        await pilot.press("escape")
        await until(pilot, lambda: ("release",) in session.calls)
        assert screen.census.pane.table.has_focus
        assert screen.census.pane.table.cursor_key == "shop.models.Session"


async def test_a_request_shows_its_progress_and_escape_cancels_it(session):
    session.held.add("instances")
    async with dashboard(session) as (pilot, screen):
        await pilot.press("enter")
        await shows(
            pilot, "⋯ Listing instances of dict  objects  ━━━━━━━━━━━━━━━━  3,200 of 10,000"
        )
        await shows(pilot, "escape cancels")
        await pilot.press("escape")
        await until(pilot, lambda: session.cancelled == ["instances"])
        await until(pilot, lambda: "⋯ Listing instances of dict" not in screen_text(pilot.app))
        assert not screen.asker.is_asking
        assert "gen0 512/700" in screen_text(pilot.app)


async def test_escape_leaves_a_page_whose_referrers_are_still_counted(session):
    session.held.add("referrers")
    async with dashboard(session) as (pilot, screen):
        await pilot.press("enter")
        await shows(pilot, "⋯ Counting referrers")
        await shows(pilot, "escape leaves")
        await pilot.press("escape")
        await until(pilot, lambda: session.cancelled == ["referrers"])
        await until(pilot, lambda: ("release",) in session.calls)
        assert screen.census.pane.table.has_focus


async def test_another_page_takes_the_place_of_the_one_under_way(session):
    session.held.add("instances")
    async with dashboard(session) as (pilot, screen):
        await pilot.press("enter")
        await until(pilot, lambda: screen.asker.is_asking)
        session.held.clear()
        await pilot.press("1", "down", "enter")
        await shows(pilot, "Instances of shop.models.Session 1–200")
        assert session.cancelled == ["instances"]


async def begin_and_quit(session):
    """List instances, and quit without waiting for them."""
    app = make_app(session)
    async with asyncio.timeout(LONGEST_S), app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, Dashboard))
        await pilot.press("enter")
        await pilot.press("q")
    assert app.return_code == 0


async def test_quitting_does_not_wait_for_a_request(session):
    session.held.update({"instances", "census"})  # they are never answered
    await begin_and_quit(session)
    assert session.closed
    assert session.calls[-1] == ("close",)
    assert "census" in session.cancelled
    assert set(session.cancelled) <= {"instances", "census"}


async def test_quitting_does_not_wait_for_a_farewell_that_does_not_come(session):
    async def never():
        session.closed = True
        await asyncio.Event().wait()

    session.close = never
    await begin_and_quit(session)
    assert session.closed
    assert FAREWELL_S < 0.5, "one does not notice it"


async def test_a_stale_object_is_told(session):
    async with dashboard(session) as (pilot, _):
        await pilot.press("enter")
        await shows(pilot, "1–200 of 450")
        session.error["expand"] = stale()
        await pilot.press("right")
        await shows(pilot, "stale: o lists anew")


async def test_every_error_is_a_line_with_a_hint(session):
    session.error["instances"] = DeadlinePassed("no answer", "60 s are over")
    async with dashboard(session) as (pilot, screen):
        await pilot.press("enter")
        await until(pilot, lambda: notes(pilot))
        assert notes(pilot) == [f"no answer: 60 s are over\n{DeadlinePassed.hint}"]
        assert not screen.asker.is_asking


async def test_a_poll_that_fails_is_told_once_and_polling_goes_on(session):
    async with dashboard(session) as (pilot, screen):
        session.error["census"] = MemtuiError("the target is busy")
        before = len(session.calls)
        screen.live.feed.poll_now()
        await shows(pilot, "no answer, again in")
        screen.live.feed.poll_now()
        await until(pilot, lambda: len(session.calls) > before + 1)
        assert len(notes(pilot)) == 1
        session.error.clear()
        await poll(pilot, screen)
        await shows(pilot, "● live")


async def test_a_mark_is_the_new_baseline(session):
    async with dashboard(session, size=(140, 40)) as (pilot, screen):
        await pilot.press("b")
        assert notes(pilot) == ["Mark A set at 22:13:20"]
        await shows(
            pilot, "Mark A is set." if screen.growth.pane.growth is None else "since mark A"
        )
        await poll(pilot, screen)
        await shows(pilot, "Growth since mark A, 22:13:20 (1 min 00 s)")
        await poll(pilot, screen)
        await pilot.press("b")
        await poll(pilot, screen)
        await shows(pilot, "Growth since mark B, 22:15:20 (1 min 00 s)")
        await pilot.press("2", "t")
        await shows(pilot, "Growth over the last 1 min")
        await pilot.press("t", "t", "t")
        await shows(pilot, "Growth since the start (3 min 00 s)")
        row = next(line for line in screen_lines(pilot.app) if "+9,228" in line)
        assert "+3,076" in row


async def test_pause_stops_asking_and_goes_on(session):
    async with dashboard(session, interval=0.02) as (pilot, screen):
        await until(pilot, lambda: session.censuses >= 2)
        await pilot.press("p")
        await shows(pilot, "‖ paused")
        await until(pilot, lambda: not [w for w in screen.workers if w.group == "collector"])
        asked = session.censuses
        await until(pilot, lambda: screen.live.feed.next_s == 0)
        await pilot.pause()
        assert session.censuses == asked, "the next one was due, and did not come"
        await pilot.press("f5")
        await until(pilot, lambda: session.censuses > asked)
        await pilot.press("p")
        asked = session.censuses
        await until(pilot, lambda: session.censuses > asked)
        await shows(pilot, "● live")


async def test_g_collects_and_shows_what_was_freed(session):
    async with dashboard(session) as (pilot, screen):
        await pilot.press("g", "g")
        await shows(pilot, "last: freed 1,204 (shop.cart.Cart 800, dict 404)  RSS −12.0 MiB")
        assert notes(pilot) == [], "it would cover the figures that say the same"
        assert screen.collector.pane.table.has_focus
        assert session.collections == 1
        await pilot.click(screen.collector.foot, offset=(2, 0))
        await pilot.press("y")
        await until(pilot, lambda: session.collections == 2)
        await pilot.press("escape")
        assert screen.census.pane.table.has_focus


async def test_a_read_only_session_says_why_it_does_not_collect():
    session = FakeSession(pid=os.getpid(), read_only=True)
    async with dashboard(session, read_only=True) as (pilot, screen):
        await shows(pilot, "read-only")
        await pilot.press("g")
        await until(pilot, lambda: notes(pilot))
        assert notes(pilot)[0].startswith("no collection was forced: the session is read-only\n")
        await pilot.click(screen.collector.foot, offset=(2, 0))
        assert session.collections == 0
        assert screen.query_one("#gc CollectorButton", CollectorButton)


async def test_copying_uses_the_terminal_and_says_so(session):
    async with dashboard(session) as (pilot, _):
        await pilot.press("y")
        assert pilot.app.clipboard == "dict"
        assert notes(pilot) == ["dict"]


async def test_zoom_gives_one_half_everything(session):
    async with dashboard(session, size=(80, 24)) as (pilot, screen):
        await pilot.press("z")
        await until(pilot, lambda: not screen.decks.lower.display)
        assert screen.decks.upper.size.height >= 20
        await pilot.press("3")
        await until(pilot, lambda: screen.decks.lower.display and not screen.decks.upper.display)
        await pilot.press("z")
        await until(pilot, lambda: screen.decks.upper.display)
