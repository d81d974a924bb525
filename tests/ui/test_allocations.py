"""The allocations pane alone, and in the dashboard with a session that traces."""

import asyncio

import pytest

from memtui.model.allocations import Group, Scope
from memtui.model.errors import RequestFailed
from memtui.runs.tracing import Plan
from memtui.ui.panes.allocations import desk as allocations_desk
from memtui.ui.panes.allocations.pane import AllocationsPane
from memtui.verbs.allocations import Snapshot
from memtui.verbs.traces import Sums, Tables
from tests.support.apps import LONGEST_S, alone, dashboard, screen_lines, screen_text, shows, until
from tests.support.fakes import FakeSession
from tests.support.making import frame, make
from tests.support.scenes import CART, JSON, MIB, filled, tracing


async def test_says_how_to_begin_and_asks_to_start_and_to_stop():
    pane = AllocationsPane()
    async with alone(pane) as pilot:
        assert "t starts tracemalloc" in screen_text(pilot.app)
        pane.keyboard().focus()
        await pilot.press("t")
        assert pilot.app.messages(AllocationsPane.TracingStarted)
        pane.running = True
        await pilot.press("t")
        assert pilot.app.messages(AllocationsPane.TracingStopped)


async def test_growth_comes_first_and_v_shows_what_is_largest():
    pane = AllocationsPane()
    async with alone(pane, size=(100, 20)) as pilot:
        filled(pane)
        await pilot.pause()
        rows = [line.split()[0] for line in screen_lines(pilot.app)[5:7]]
        assert rows == [f"{CART.file}:{CART.line}", f"{JSON.file}:{JSON.line}"]
        assert "a[b]" not in screen_text(pilot.app)
        pane.keyboard().focus()
        await pilot.press("v")
        rows = [line.split()[0] for line in screen_lines(pilot.app)[5:8]]
        assert rows == [f"{JSON.file}:{JSON.line}", "/app/a[b]\\x1b.py", f"{CART.file}:{CART.line}"]
        assert "top by line" in screen_lines(pilot.app)[0]


async def test_overhead_budget_and_the_source_of_the_row_are_in_sight():
    pane = AllocationsPane()
    pane.source_of = lambda frame: "CARTS.append(cart)" if frame == CART else None
    async with alone(pane, size=(110, 20)) as pilot:
        filled(pane)
        await shows(pilot, "CARTS.append(cart)")
        text = screen_text(pilot.app)
        assert "overhead 8.00 MiB of 32.0 MiB" in text
        assert "peak 52.0 MiB" in text
        assert "unknown" in text
        pane.keyboard().focus()
        await pilot.press("down")
        await shows(pilot, "/usr/lib/python3.11/json/decoder.py:353")
        assert "←" not in screen_text(pilot.app)
        await pilot.press("m", "m")
        await shows(pilot, f"← cart.py:{CART.line}")
        pane.tracing = tracing(ours=False, budget_bytes=None)
        await shows(pilot, "not stopped")


async def test_nothing_warms_up_before_tracing_is_on():
    pane = AllocationsPane()
    async with alone(pane) as pilot:
        pane.running = True
        await shows(pilot, "Starting tracemalloc in the target …")
        pane.tracing = tracing()
        await shows(pilot, "Warming up.")


async def test_group_and_scope_are_asked_for_and_stand_in_the_title():
    pane = AllocationsPane()
    async with alone(pane) as pilot:
        pane.keyboard().focus()
        await pilot.press("m", "u")
        assert len(pilot.app.messages(AllocationsPane.ViewChanged)) == 2
        assert (pane.group, pane.scope) == (Group.FILE, Scope.YOURS)


async def test_enter_opens_no_type_and_y_copies_the_place():
    pane = AllocationsPane()
    async with alone(pane) as pilot:
        filled(pane)
        pane.keyboard().focus()
        await pilot.press("enter", "y")
        assert not pilot.app.messages(AllocationsPane.TypeOpened)
        assert [m.text for m in pilot.app.messages(AllocationsPane.Copied)] == [
            "/app/shop/cart.py:12"
        ]


async def test_a_filter_looks_at_every_frame():
    pane = AllocationsPane()
    async with alone(pane) as pilot:
        filled(pane)
        pane.keyboard().focus()
        await pilot.press("slash", *"cart", "enter")
        assert pane.table.line_total() == 2


# --- in the dashboard -----------------------------------------------------------------------------


class TracingSession(FakeSession):
    """A fake whose leak grows by 1 MiB from snapshot to snapshot."""

    def __init__(self):
        super().__init__()
        self.taken = 0
        self.on = False
        self.costly = False

    async def allocations(self, *, do, consent=False, **_):
        if do in ("start", "stop"):
            self.on = do == "start"
        if do != "snapshot":
            return tracing(on=self.on)
        if self.costly and not consent:
            error = RequestFailed("allocations", "the process would stop for 99 ms")
            error.code = "costly"
            raise error
        self.taken += 1
        sums = Sums(self.taken * MIB, self.taken)
        return make(Snapshot, self.taken, tracing(), 1, Tables({CART: sums}, {(CART,): sums}))


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(allocations_desk, "PLAN", Plan(3, 0.02, 0.0, 5, 32 * MIB))


async def test_t_traces_and_rows_come_while_one_looks_at_other_panes(quick):
    session = TracingSession()
    async with dashboard(session) as (pilot, screen):
        screen.go(pane := screen.query_one(AllocationsPane))
        await pilot.press("t", "1")
        await until(pilot, lambda: pane.snapshots == 4 and not pane.running)
        assert not session.on
        assert (pane.rows[0].bytes_delta, pane.rows[0].grew) == (3 * MIB, 3)
        screen.go(pane)
        await pilot.press("m")
        await until(pilot, lambda: pane.rows[0].frames == (frame(CART.file, 0),))


async def test_t_stops_it_and_what_was_seen_stays(monkeypatch):
    monkeypatch.setattr(allocations_desk, "PLAN", Plan(100, 600, 0.0, 5, 32 * MIB))
    session = TracingSession()
    async with dashboard(session) as (pilot, screen):
        screen.go(pane := screen.query_one(AllocationsPane))
        await pilot.press("t")
        await shows(pilot, "1 snapshot")
        assert "1 snapshots" not in screen_text(pilot.app)
        await pilot.press("t")
        await until(pilot, lambda: not pane.running)
        assert not session.on
        assert len(pane.rows) == 1


async def test_what_costs_much_is_asked_in_the_pane(quick):
    session = TracingSession()
    session.costly = True
    async with dashboard(session) as (pilot, screen):
        screen.go(pane := screen.query_one(AllocationsPane))
        await pilot.press("t")
        await shows(pilot, "would stop for 99 ms; a allows it")
        await pilot.press("a")
        await until(pilot, lambda: pane.snapshots == 4 and not pane.running)
        await pilot.press("t")
        await until(pilot, lambda: bool(pane.question))
        await pilot.press("t")
        await until(pilot, lambda: not pane.running)
        assert session.taken == 4
        assert not session.on


async def test_quitting_while_it_traces_stops_at_once(monkeypatch):
    monkeypatch.setattr(allocations_desk, "PLAN", Plan(100, 600, 0.0, 5, 32 * MIB))
    session = TracingSession()
    async with dashboard(session) as (pilot, screen):
        screen.go(screen.query_one(AllocationsPane))
        await pilot.press("t")
        await until(pilot, lambda: session.taken == 1)
        await asyncio.wait_for(pilot.press("q"), LONGEST_S)
    assert session.closed


async def test_the_dashboard_can_be_left_while_it_traces(monkeypatch):
    monkeypatch.setattr(allocations_desk, "PLAN", Plan(100, 600, 0.0, 5, 32 * MIB))
    session = TracingSession()
    async with dashboard(session) as (pilot, screen):
        screen.go(pane := screen.query_one(AllocationsPane))
        await pilot.press("t")
        await until(pilot, lambda: pane.snapshots == 1)
    assert session.closed
