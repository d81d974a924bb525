"""The globals pane, alone and in the dashboard."""

from __future__ import annotations

import os

from memtui.ui.panes.globals.desk import GlobalsDesk
from memtui.ui.panes.globals.pane import GlobalsPane
from memtui.ui.panes.globals.tree import Length
from memtui.ui.panes.instances.pane import InstancesPane
from memtui.ui.widgets.tree.node_tree import NodeTree
from memtui.verbs.modules import Modules
from tests.support import fakes
from tests.support.apps import alone, dashboard, poll, screen_lines, screen_text, shows, until
from tests.support.scenes import MODULES, BrowsedSession, found


async def test_modules_are_listed_by_their_longest_container_and_filtered():
    pane = GlobalsPane()
    async with alone(pane, (100, 24)) as pilot:
        await shows(pilot, "Reading the list")
        assert pilot.app.messages(GlobalsPane.ModulesWanted)
        pane.modules = MODULES
        await shows(pilot, "48,110")
        text = screen_text(pilot.app)
        assert text.index("shop.cache") < text.index("CARTS") < text.index("odd[/]")
        assert "no module: shop.Lazy" in text
        pane.keyboard().focus()
        await pilot.press("slash", *"cache", "enter")
        await shows(pilot, "1 match “cache”")
        assert "CARTS" not in screen_text(pilot.app)
        await pilot.press("enter")
        (opened,) = pilot.app.messages(GlobalsPane.ModuleOpened)
        assert (opened.module, opened.offset) == ("shop.cache", 0)
        await pilot.press("escape")
        await shows(pilot, "CARTS")


async def test_globals_are_a_tree_with_lengths_and_rates():
    pane = GlobalsPane()
    async with alone(pane, (110, 24)) as pilot:
        pane.modules = MODULES
        pane.table.focus()
        pane.show_globals(found())
        await shows(pilot, "holds ._listeners[300]")
        assert pane.keyboard().has_focus
        text = screen_text(pilot.app)
        for part in ("Globals of shop.cache", "module shop.cache", "SESSIONS: dict", "'[/]'"):
            assert part in text, part
        # A text does not grow.
        assert pane.nodes.containers() == [1000]
        pane.take_lengths({1000: Length(48_310, 100.0)})
        await shows(pilot, "SESSIONS: dict[48,310]")
        (line,) = (line for line in screen_lines(pilot.app) if "SESSIONS" in line)
        assert line.count("48,310") == 2
        assert "+100" in line
        await pilot.press("down", "x")
        await shows(pilot, "expand to which depth?")
        await pilot.press("3")
        (asked,) = pilot.app.messages(NodeTree.Expanded)
        assert (asked.branch.edge, asked.depth) == ("SESSIONS", 3)
        await pilot.press("o")
        assert pilot.app.messages(GlobalsPane.ModuleOpened)[-1].order == "size"
        await pilot.press("escape")
        assert pilot.app.messages(GlobalsPane.ModuleLeft)
        await shows(pilot, "CARTS")


async def test_in_the_dashboard_lengths_follow_the_feed():
    session = BrowsedSession(pid=os.getpid())
    async with dashboard(session) as (pilot, screen):
        pane = screen.query_one(GlobalsPane)
        assert ("modules",) not in session.calls
        screen.go(pane)
        await shows(pilot, "48,110")
        await pilot.press("enter")
        await shows(pilot, "SESSIONS: dict")
        await poll(pilot, screen)
        await until(pilot, lambda: session.asked == 1)
        await poll(pilot, screen)
        await shows(pilot, "48,130")
        assert "+10" in screen_text(pilot.app)
        await pilot.press("end", "enter")
        await shows(pilot, "LATE: list")
        assert session.calls[-1][:3] == ("globals", "shop.cache", 3)
        # Nobody looks: nobody asks.
        screen.go(screen.query_one(InstancesPane))
        asked = session.asked
        await poll(pilot, screen)
        await poll(pilot, screen)
        assert session.asked == asked
        screen.go(pane)
        await pilot.press("escape")
        await until(pilot, lambda: ("release_globals",) in session.calls)
        await shows(pilot, "CARTS")


async def test_what_the_target_let_go_is_said():
    session = BrowsedSession(pid=os.getpid())
    async with dashboard(session) as (pilot, screen):
        pane = screen.query_one(GlobalsPane)
        screen.go(pane)
        await shows(pilot, "48,110")
        await pilot.press("enter")
        await shows(pilot, "SESSIONS: dict")
        session.error["expand"] = fakes.stale()
        await pilot.press("down", "enter")
        await shows(pilot, "stale: o reads anew")


async def test_a_list_that_was_cancelled_says_so_and_is_read_when_asked_for():
    session = fakes.FakeSession(pid=os.getpid())
    session.held.add("modules")
    async with dashboard(session) as (pilot, _):
        await pilot.press("7")
        await shows(pilot, "Reading the list of loaded modules …")
        await shows(pilot, "escape cancels")
        await pilot.press("escape")
        await shows(pilot, "o reads the list of modules.")
        session.held.clear()
        await pilot.press("o")
        await shows(pilot, "SESSIONS")


async def test_a_list_that_comes_no_more_says_why():
    session = fakes.FakeSession(pid=os.getpid())
    async with dashboard(session) as (pilot, screen):
        session.die()
        await until(pilot, lambda: screen.live.gone)
        await pilot.press("7")
        await shows(pilot, "the target is gone: nothing more can be asked.")


async def test_a_module_stays_open_when_the_target_is_gone():
    session = BrowsedSession(pid=os.getpid())
    async with dashboard(session) as (pilot, screen):
        await pilot.press("7", "enter")
        await shows(pilot, "Globals of ")
        session.die()
        await until(pilot, lambda: screen.live.gone)
        await pilot.press("escape", "7")
        await shows(pilot, "Globals of ")


class RenewedSession(BrowsedSession):
    """Has a module whose longest container grows between two lists of modules."""

    listed = 0

    async def modules(self, **_):
        await self._answer("modules")
        self.listed += 1
        grown = MODULES[0]._replace(length=(MODULES[0].length or 0) + 10 * (self.listed - 1))
        return Modules((grown, *MODULES[1:]))


async def test_the_list_of_modules_is_renewed_and_shows_what_grew():
    session = RenewedSession()
    async with dashboard(session, size=(140, 40)) as (pilot, screen):
        pane = screen.decks.desk(GlobalsDesk).pane
        screen.go(pane)
        await until(pilot, lambda: pane.modules)
        assert session.listed == 1
        await poll(pilot, screen)
        await until(pilot, lambda: session.listed == 2)
        await shows(pilot, "+10")
        screen.go(screen.collector.pane)
        await poll(pilot, screen)
        await pilot.pause()
        assert session.listed == 2, "nobody looks"
