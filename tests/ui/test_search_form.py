"""The form over the instances: mistakes, keys, and listings that do not come to their end."""

from __future__ import annotations

import os

import pytest
from textual.widgets import Checkbox, Input

from memtui.model.errors import RequestFailed
from memtui.ui.panes.instances.pane import InstancesPane
from tests.support import fakes
from tests.support.apps import alone, dashboard, screen_lines, screen_text, shows, until


async def type_in(pilot, text):
    """Type into the input that has the focus, in place of what is there."""
    field = pilot.app.focused
    assert isinstance(field, Input)
    field.value = text
    await pilot.pause()


@pytest.mark.parametrize(
    ("field", "text", "column", "why"),
    [
        ("where", "len(obj.items) + 1 > 3", 0, "arithmetic is not supported"),
        ("where", "obj.a and self.b", 10, "unknown name 'self', try target, obj"),
        ("expr", "obj.name[", 8, "was never closed"),
        ("type", "", 0, "module.Class, a builtin type"),
    ],
)
async def test_a_mistake_is_pointed_at_and_nothing_is_lost(field, text, column, why):
    pane = InstancesPane()
    async with alone(pane, (100, 24)) as pilot:
        pane.nodes.focus()
        await pilot.press("slash")
        for name, value in {"type": "dict", "where": "obj.b", "expr": "obj", field: text}.items():
            pane.form.field(name).value = value
        await pilot.press("enter")
        await shows(pilot, "^")
        assert pilot.app.messages(InstancesPane.PageTurned) == []
        assert pane.form.field(field).has_focus
        lines = screen_lines(pilot.app)
        fault = next(line for line in lines if "^" in line)
        assert why in fault
        if text:
            typed = next(line for line in lines if text in line)
            assert fault.index("^") == typed.index(text) + column
            assert lines.index(fault) == lines.index(typed) + 1
        await pilot.press("backspace")
        assert len(pane.form.field(field).value) >= len(text) - 1, "one key replaces one character"
        pane.form.field(field).value = text
        await pilot.press("escape")
        assert not pane.form.display
        await pilot.press("slash")
        assert pane.form.texts[field] == text


async def test_what_is_mended_before_it_could_be_pointed_at_is_not_pointed_at():
    pane = InstancesPane()
    async with alone(pane, (100, 24)) as pilot:
        pane.form.point_at("type", 0, "there is no such type")
        assert not pane.form.field("type").content_size.width, "it has yet to be laid out"
        pane.form.field("type").value = "dict"
        pane.form.clear_fault()
        await pilot.pause()
        assert "^" not in screen_text(pilot.app)
        pane.form.point_at("type", 0, "there is no such type")
        await shows(pilot, "^ there is no such type")


async def test_a_running_search_is_cancelled_and_what_is_shown_is_stale():
    session = fakes.FakeSession(pid=os.getpid())
    async with dashboard(session) as (pilot, screen):
        await pilot.press("enter")
        await shows(pilot, "Instances of dict 1–200")
        session.held.add("instances")
        await pilot.press("slash")
        await type_in(pilot, "len(obj) > 100")
        await pilot.press("enter")
        await shows(pilot, "3,200 of 10,000")
        await pilot.press("escape")
        await until(pilot, lambda: session.cancelled == ["instances"])
        await shows(pilot, "stale: o lists anew")
        session.held.clear()
        await pilot.press("slash")
        assert screen.instances.pane.form.texts["where"] == "len(obj) > 100"


async def test_a_first_listing_that_is_cancelled_says_what_to_do():
    session = fakes.FakeSession(pid=os.getpid())
    session.held.add("instances")
    async with dashboard(session) as (pilot, _):
        await pilot.press("enter")
        await shows(pilot, "Listing instances of dict …")
        await shows(pilot, "escape cancels")
        await pilot.press("escape")
        await shows(pilot, "Cancelled.")


async def test_a_refusal_of_a_listing_stands_in_the_pane():
    session = fakes.FakeSession(pid=os.getpid())
    session.error["instances"] = RequestFailed("instances", "it went wrong", hint="do that")
    async with dashboard(session) as (pilot, _):
        await pilot.press("enter")
        await shows(pilot, "instances: it went wrong.")


async def test_tab_goes_round_the_fields_and_what_is_typed_there_is_no_command():
    session = fakes.FakeSession(pid=os.getpid())
    async with dashboard(session) as (pilot, screen):
        await pilot.press("enter")
        await shows(pilot, "Instances of dict 1–200")
        await pilot.press("slash", "tab", "g")
        form = screen.instances.pane.form
        assert form.texts == {"type": "dict", "where": "", "expr": "g"}
        assert session.collections == 0
        assert "⏎ Go  tab Next field  esc Back" in screen_lines(pilot.app)[-1]
        await pilot.press("tab")
        assert isinstance(pilot.app.focused, Checkbox)
        assert "⏎ Go" in screen_lines(pilot.app)[-1]
        await pilot.press("tab")
        assert form.field("type").has_focus
        await pilot.press("shift+tab", "shift+tab")
        assert form.field("expr").has_focus


async def test_a_listing_that_the_target_did_not_live_to_see_is_not_waited_for():
    session = fakes.FakeSession(pid=os.getpid())
    session.held.add("instances")
    async with dashboard(session) as (pilot, _):
        await pilot.press("enter")
        await shows(pilot, "Listing instances of dict …")
        session.die()
        await shows(pilot, "The target is gone.")
        assert "Listing instances of dict …" not in screen_text(pilot.app)
