"""The watch pane alone, and in the dashboard with a session whose function is called."""

from __future__ import annotations

import os
from typing import Any

import pytest

from memtui.model.errors import RequestFailed
from memtui.ui.panes.watch.pane import WatchPane
from memtui.ui.panes.watch.tree import KEPT
from memtui.verbs.watch import StartedWatch
from memtui.verbs.watched import UNREADABLE, Calls
from tests.support import fakes
from tests.support.apps import alone, dashboard, screen_lines, screen_text, shows, until
from tests.support.making import make
from tests.support.scenes import call, calls, plain

TARGET = "shop.cart:Cart.add"


class WatchedSession(fakes.FakeSession):
    """Has one call at every question."""

    number = 0

    async def watch(self, target: str, **wish: Any) -> StartedWatch:
        await self._answer("watch", target, wish)
        return make(StartedWatch, 1, target, "function", "monitoring", ("a note",))

    async def watched(self, number: int, **_: Any) -> Calls:
        await self._answer("watched", number)
        self.number += 1
        return calls(call(self.number))

    async def unwatch(self, number: int, **_: Any) -> Calls:
        await self._answer("unwatch", number)
        return calls()


async def typed(pilot: Any, text: str) -> None:
    for character in text:
        await pilot.press({":": "colon", ".": "full_stop"}.get(character, character))


async def test_what_is_typed_is_started_and_stopped():
    pane = WatchPane()
    async with alone(pane, (100, 24)) as pilot:
        await shows(pilot, "e: type a function")
        pane.keyboard().focus()
        await pilot.press("e")
        await typed(pilot, TARGET)
        await pilot.press("down")
        pane.form.field("condition").value = "args[0] > 3"
        await pilot.press("enter")
        (started,) = pilot.app.messages(WatchPane.WatchStarted)
        assert (started.target, started.expr, started.errors_only) == (TARGET, None, False)
        assert started.condition[0] == "compare"
        pane.running = True
        pane.begin(make(StartedWatch, 1, TARGET, "function", "monitoring", ("a note",)))
        await shows(pilot, "a note")
        assert pane.keyboard().has_focus
        await pilot.press("escape")
        assert pilot.app.messages(WatchPane.WatchStopped)


@pytest.mark.parametrize(
    ("field", "text", "column", "why"),
    [
        ("condition", "args[0] + 1", 0, "arithmetic is not supported"),
        ("expr", "args[0] == argz", 11, "unknown name 'argz'"),
        ("target", "Cart.add", 8, "module:function"),
    ],
)
async def test_the_fault_is_pointed_at_where_it_was_typed(field, text, column, why):
    pane = WatchPane()
    async with alone(pane, (100, 24)) as pilot:
        pane.form.field("target").value = TARGET
        pane.form.field(field).value = text
        pane.form.open()
        await pilot.press("enter")
        await shows(pilot, why)
        assert pilot.app.messages(WatchPane.WatchStarted) == []
        assert pane.form.field(field).has_focus
        typed_line = next(line for line in screen_lines(pilot.app) if text in line)
        fault = next(line for line in screen_lines(pilot.app) if "^ " in line)
        assert fault.index("^") == typed_line.index(text) + column
        lines = screen_lines(pilot.app)
        assert lines.index(fault) == lines.index(typed_line) + 1
        assert [line.split()[0] for line in lines[1:5]].count("^") == 1, "one line for one line"
        await pilot.press("x")
        await until(pilot, lambda: "^ " not in screen_text(pilot.app))
        assert [line.split()[0] for line in screen_lines(pilot.app)[1:4]] == [
            "watch",
            "only",
            "show",
        ]


@pytest.mark.parametrize(("height", "room"), [(12, False), (24, True)])
async def test_the_form_makes_room_for_the_calls_where_there_is_little(height, room):
    pane = WatchPane()
    async with alone(pane, (100, height)) as pilot:
        pane.keyboard().focus()
        await pilot.press("e")
        await typed(pilot, TARGET)
        await pilot.press("enter")
        pane.running = True
        await until(pilot, lambda: pane.form.display is room)
        await pilot.press("e")
        await shows(pilot, "only if")
        assert pane.form.field("target").has_focus
        await pilot.press("escape")
        await until(pilot, lambda: pane.form.display is room)
        assert pane.keyboard().has_focus
        pane.refuse(RequestFailed("it cannot be watched", "it is written in C"))
        await shows(pilot, "it is written in C")
        await pilot.press("escape")
        pane.running = False
        await shows(pilot, "only if")


async def test_calls_are_lines_that_open():
    pane = WatchPane()
    async with alone(pane, (100, 24)) as pilot:
        pane.running = True
        pane.begin(make(StartedWatch, 1, TARGET, "function", "wrapping", ()))
        pane.take(
            calls(
                call(1),
                call(2, error="ValueError: [/] no", blocks=None),
                dropped=4,
                undecided=1,
                problem="why",
            )
        )
        await shows(pilot, "raised ValueError: [/] no")
        text = screen_text(pilot.app)
        for part in (
            "12 µs",
            "worker-1",
            "+3",
            "(1) → 'item 1'",
            "22:13:21.000",
            "dropped 4",
            "undecided 1: why",
        ):
            assert part in text, part
        pane.keyboard().focus()
        await pilot.press("home", "right", "right", "right")
        await shows(pilot, "[0]: int 1")
        assert "return_obj: str 'item 1'" in screen_text(pilot.app)


async def test_values_of_an_expression_and_what_cannot_be_read():
    pane = WatchPane()
    async with alone(pane, (100, 24)) as pilot:
        pane.begin(make(StartedWatch, 1, TARGET, "function", "wrapping", ()))
        unread = fakes.node(UNREADABLE, 0, preview="there is no [7] in a tuple of 2")
        pane.take(calls(call(1, value=plain("int", "42")), call(2, value=unread)))
        await shows(pilot, "there is no [7]")
        assert "int 42" in screen_text(pilot.app)


async def test_the_oldest_calls_go_and_the_end_is_followed():
    pane = WatchPane()
    async with alone(pane, (100, 24)) as pilot:
        pane.begin(make(StartedWatch, 1, TARGET, "function", "wrapping", ()))
        for start in range(0, KEPT + 300, 100):
            pane.take(calls(*(call(number) for number in range(start, start + 100))))
        assert pane.calls.line_total() == KEPT
        await shows(pilot, f"'item {KEPT + 299}'")
        pane.keyboard().focus()
        await pilot.press("home")
        chosen = pane.calls.cursor_key
        pane.take(calls(*(call(number) for number in range(100))))
        assert pane.calls.line_total() == KEPT
        assert pane.calls.cursor_key != chosen  # it was among the oldest, which are gone
        assert pane.calls.cursor == 0


async def test_in_the_dashboard_it_watches_until_it_is_stopped():
    session = WatchedSession(pid=os.getpid())
    async with dashboard(session) as (pilot, screen):
        pane = screen.query_one(WatchPane)
        screen.go(pane)
        pane.form.field("target").value = TARGET
        await pilot.press("t")
        await shows(pilot, "'item 2'")
        await until(pilot, lambda: pane.running)
        await pilot.press("f")
        await until(pilot, lambda: sum(verb[0] == "watch" for verb in session.calls) == 2)
        await until(pilot, lambda: ("unwatch", 1) in session.calls)
        assert pane.running
        await pilot.press("escape")
        await until(pilot, lambda: not pane.running)
        assert [verb[0] for verb in session.calls].count("unwatch") == 2


async def test_a_refusal_stands_where_the_target_was_typed():
    session = WatchedSession(pid=os.getpid())
    session.error["watch"] = RequestFailed(
        "watch", "module shop is not loaded", hint="near it: shop2"
    )
    async with dashboard(session) as (pilot, screen):
        pane = screen.query_one(WatchPane)
        screen.go(pane)
        pane.form.field("target").value = TARGET
        await pilot.press("t")
        await shows(pilot, "module shop is not loaded; near it: shop2")
        assert not pane.running


async def test_the_dashboard_can_be_left_while_it_watches():
    session = WatchedSession(pid=os.getpid())
    async with dashboard(session) as (pilot, screen):
        pane = screen.query_one(WatchPane)
        screen.go(pane)
        pane.form.field("target").value = TARGET
        await pilot.press("t")
        await shows(pilot, "'item 2'")
    assert session.closed


async def test_calls_that_go_on_are_counted():
    pane = WatchPane()
    async with alone(pane, (100, 24)) as pilot:
        pane.running = True
        pane.begin(make(StartedWatch, 1, TARGET, "coroutine", "monitoring", ()))
        pane.take(calls(seen=12, running=9))
        await shows(pilot, "12 calls seen, none that has ended matched, 9 still running")
        await shows(pilot, "running 9")
        pane.take(calls(seen=1))
        await shows(pilot, "1 call seen, none of them matched.")
