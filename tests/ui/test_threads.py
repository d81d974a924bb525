"""The threads pane alone, in the dashboard with a fake session, and on a real target."""

from __future__ import annotations

import os
from typing import Any, cast

import pytest

from memtui.ui.panes.instances.pane import InstancesPane
from memtui.ui.panes.threads.pane import ThreadsPane
from tests.support.apps import alone, dashboard, poll, screen_lines, screen_text, shows, until
from tests.support.attached import attached
from tests.support.fakes import FakeSession
from tests.support.threads import APP, LIBRARY, THREADS, call, threads


def names(pane: ThreadsPane) -> list[object]:
    """The threads in their order on the screen."""
    found = {thread.id: thread.name for thread in THREADS}
    return [found[cast("int", key)] for key in pane.table.shown_keys]


async def test_rows_the_number_of_them_and_the_calls_of_the_selected_one():
    pane = ThreadsPane()
    async with alone(pane, size=(120, 24)) as pilot:
        assert "Reading which threads run" in screen_text(pilot.app)
        pane.threads = threads()
        await shows(pilot, "MainThread, the innermost call first")
        lines = screen_lines(pilot.app)
        assert lines[0].startswith(" Threads 4")
        assert lines[2].split()[:5] == ["MainThread", "4213", "3", "d", "04"]
        assert f"  Till.next_cart()  {APP}till.py:41" in lines
        pane.keyboard().focus()
        await pilot.press("down")
        await shows(pilot, "till-0, the innermost call first")
        assert f"Condition.wait()  {LIBRARY}threading.py:320" in screen_text(pilot.app)
        # Markup in what the target says is text.
        await pilot.press("down")
        await shows(pilot, f"[/] <lambda>()  {APP}carts/[bold]prices.py:7")
        assert f"reprice()       {APP}carts/prices.py\n" in screen_text(pilot.app)
        await pilot.press("down")
        await shows(pilot, "thread 4 runs no Python now")


async def test_calls_follow_the_order_and_the_filter():
    pane = ThreadsPane()
    async with alone(pane, size=(120, 24)) as pilot:
        pane.threads = threads()
        pane.keyboard().focus()
        assert names(pane) == ["MainThread", "till-0", "reprice", None]
        await pilot.press("S")
        assert names(pane) == [None, "reprice", "till-0", "MainThread"]
        await shows(pilot, "thread 4 runs no Python now")
        # What stands in a row is found, but not what lies further out.
        await pilot.press("slash", *"Thread.run", "enter")
        assert not names(pane)
        await pilot.press("slash", *"Till.serve", "enter")
        assert names(pane) == ["till-0"]
        await shows(pilot, "till-0, the innermost call first")
        assert "1 match “Till.serve”" in screen_lines(pilot.app)[0]
        await pilot.press("slash", *"zzz", "enter")
        await shows(pilot, "No thread matches “zzz”.")
        assert "the innermost call first" not in screen_text(pilot.app)
        await pilot.press("escape")
        await until(pilot, lambda: len(names(pane)) == 4)
        for column in ("age", "name", "id", "target", "own", "top"):
            pane.table.sort_by(next(each for each in pane.table.columns if each.key == column))
            assert len(names(pane)) == 4


async def test_the_cursor_stays_with_its_thread_when_rows_are_renewed():
    pane = ThreadsPane()
    async with alone(pane, size=(120, 24)) as pilot:
        pane.threads = threads()
        pane.keyboard().focus()
        await pilot.press("down", "down")
        pane.threads = threads(THREADS[2:])
        await shows(pilot, "Threads 2")
        assert pane.chosen == THREADS[2]
        pane.threads = threads((THREADS[2]._replace(calls=THREADS[1].calls), THREADS[3]))
        await shows(pilot, "Condition.wait()")


@pytest.mark.parametrize(
    ("size", "lines"), [((80, 5), 0), ((80, 7), 0), ((80, 10), 4), ((80, 18), 8), ((200, 40), 9)]
)
async def test_calls_have_the_room_that_there_is(size, lines):
    pane = ThreadsPane()
    async with alone(pane, size=size) as pilot:
        pane.threads = threads()
        await shows(pilot, "Threads 4")
        assert (pane.calls.size.height if pane.calls.display else 0) == lines
        await pilot.resize_terminal(80, 40)
        await until(pilot, lambda: pane.calls.size.height == 9)


async def test_a_path_is_shown_whole_and_a_function_is_cut():
    pane = ThreadsPane()
    async with alone(pane, size=(80, 24)) as pilot:
        path = "/srv/" + "deep/" * 10 + "app.py"
        long = call("Very" * 20, path, 7)
        pane.threads = threads((THREADS[1]._replace(calls=(long,)),))
        await shows(pilot, f"{path}:7")
        assert "VeryVeryVery()" not in screen_text(pilot.app)
        assert "eryVery()  /srv" in screen_text(pilot.app)


async def test_without_a_gil_it_says_why_there_are_no_calls():
    pane = ThreadsPane()
    async with alone(pane, size=(80, 10)) as pilot:
        pane.threads = threads(readable=False)
        await shows(
            pilot, "this interpreter has no GIL: where its threads are cannot be read safely"
        )
        assert "till-0" in screen_text(pilot.app)
        pane.keyboard().focus()
        await pilot.press("down", "y", "down", "down", "y")
        assert [m.text for m in pilot.app.messages(ThreadsPane.Copied)] == ["till-0"]


async def test_y_copies_where_the_thread_is_and_enter_opens_no_type():
    pane = ThreadsPane()
    async with alone(pane) as pilot:
        pane.threads = threads()
        pane.keyboard().focus()
        await pilot.press("enter", "y", "down", "down", "y")
        assert not pilot.app.messages(ThreadsPane.TypeOpened)
        copied = [(m.text, m.what) for m in pilot.app.messages(ThreadsPane.Copied)]
        assert copied == [
            (f"{APP}till.py:41", "place"),
            (f"{APP}carts/[bold]prices.py:7", "place"),
        ]


# --- in the dashboard -----------------------------------------------------------------------------


@pytest.fixture
def session():
    return FakeSession(pid=os.getpid())


def asked(session: FakeSession) -> int:
    return session.calls.count(("threads",))


async def test_it_asks_when_it_comes_on_top_and_with_every_census_while_it_is_seen(session):
    async with dashboard(session) as (pilot, screen):
        await poll(pilot, screen)
        assert asked(session) == 0
        await pilot.press("8")
        await shows(pilot, "till-0")
        assert asked(session) == 1
        await poll(pilot, screen)
        await until(pilot, lambda: asked(session) == 2)
        # Nobody looks: nobody asks.
        screen.go(screen.query_one(InstancesPane))
        await pilot.pause()
        await poll(pilot, screen)
        assert asked(session) == 2
        await pilot.press("8")
        await until(pilot, lambda: asked(session) == 3)
        await pilot.press("1", "z")
        await pilot.pause()
        await poll(pilot, screen)
        assert asked(session) == 3


@pytest.mark.parametrize("key", ["3", "4", "5", "6", "7", "8"])
async def test_all_tabs_fit_80_columns(session, key):
    async with dashboard(session, size=(80, 24)) as (pilot, screen):
        await pilot.press(key)
        line = screen_lines(pilot.app)[screen.decks.lower.region.y]
        for pane in screen.decks.lower.panes:
            assert pane.NAME in line


async def test_it_does_not_ask_while_another_request_runs(session):
    async with dashboard(session) as (pilot, screen):
        await pilot.press("8")
        await shows(pilot, "till-0")
        session.held.add("instances")
        screen.instances.list_type("dict")
        await until(pilot, lambda: screen.asker.is_asking)
        await poll(pilot, screen)
        assert asked(session) == 1
        await pilot.press("escape")
        await until(pilot, lambda: not screen.asker.is_asking)
        await poll(pilot, screen)
        await until(pilot, lambda: asked(session) == 2)


async def test_a_request_that_is_cancelled_says_so_and_the_next_poll_asks_again(session):
    session.held.add("threads")
    async with dashboard(session) as (pilot, screen):
        await pilot.press("8")
        await shows(pilot, "Reading which threads run …")
        await shows(pilot, "escape cancels")
        await pilot.press("escape")
        await shows(pilot, "Cancelled.")
        assert session.cancelled == ["threads"]
        session.held.clear()
        await poll(pilot, screen)
        await shows(pilot, "till-0")


async def test_the_last_rows_stay_when_the_target_is_gone(session):
    async with dashboard(session) as (pilot, screen):
        await pilot.press("8")
        await shows(pilot, "till-0")
        session.die()
        await until(pilot, lambda: screen.live.gone)
        await pilot.press("3", "8", "down")
        await shows(pilot, "till-0, the innermost call first")
        assert asked(session) == 1


async def test_threads_that_come_no_more_say_why(session):
    async with dashboard(session) as (pilot, screen):
        session.die()
        await until(pilot, lambda: screen.live.gone)
        await pilot.press("8")
        await shows(pilot, "the target is gone: nothing more can be asked.")


WAITING = """
import threading
INSIDE, GO_ON = threading.Semaphore(0), threading.Event()
def wait_for_customers():
    INSIDE.release()
    GO_ON.wait()
for number in range(3):
    threading.Thread(target=wait_for_customers, name=f"till-{number}", daemon=True).start()
for number in range(3):
    INSIDE.acquire()
"""


async def test_a_real_target(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(WAITING)
    async with attached(target) as session, dashboard(cast("Any", session)) as (pilot, _):
        await pilot.press("8")
        await shows(pilot, "Threads 4")
        await pilot.press("slash", *"till-1", "enter")
        await shows(pilot, "till-1, the innermost call first")
        assert "wait_for_customers()" in screen_text(pilot.app)
        target.execute("GO_ON.set()")
        await pilot.press("escape", "f5")
        await shows(pilot, "Threads 1")
