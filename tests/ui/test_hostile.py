"""Whatever the target calls its types and values, on the screen it is text and nothing else."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from memtui.model.errors import MemtuiError
from memtui.model.process import Candidate
from memtui.model.safe import safe
from memtui.ui.panes.census.pane import CensusPane
from memtui.ui.panes.collector.pane import CollectorPane
from memtui.ui.panes.instances.pane import InstancesPane
from memtui.ui.screens.help import HelpScreen
from memtui.ui.screens.picker import PickerScreen
from memtui.verbs.asking import Names
from memtui.verbs.collect import Freed
from tests.support.apps import alone, dashboard, make_app, screen_lines, shows, until
from tests.support.fakes import FakeSession, census, collection, node, page, process

MARKUP = [
    "[@click=app.quit]press me[/]",
    "[/]",
    "[/nothing]",
    "list[int]",
    "[bold red]x[/bold red]",
    "[link=file:///etc/passwd]x[/link]",
    "$primary [$error]x[/]",
    r"\[b]",
]
CONTROLS = [
    "\x1b[2J\x1b]52;c;aGk=\x07",
    "\x9b31mC1",
    "a\u202egnp.exe\u202c",
    "zero\u200bwidth\ufeff",
    "tab\there\nand\r\x00there",
]


def raw(app) -> str:
    """Everything that would be written to the terminal for the whole screen, styles left out."""
    return "".join(strip.text for strip in app.screen._compositor.render_strips())


def actions(app) -> list[object]:
    """What a click anywhere on the screen would run."""
    metas = []
    for strip in app.screen._compositor.render_strips():
        for segment in strip:
            if segment.style is not None and segment.style.meta:
                metas += [v for k, v in segment.style.meta.items() if k.startswith("@")]
            if segment.style is not None and segment.style.link:
                metas.append(segment.style.link)
    return metas


@pytest.mark.parametrize("name", MARKUP)
async def test_markup_is_text_everywhere(name):
    types = CensusPane()
    async with alone(types, size=(120, 24)) as pilot:
        types.census = replace(census(), names=Names((name, *census().names[1:])))
        await shows(pilot, name)
        assert not actions(pilot.app)
    instances = InstancesPane()
    async with alone(instances, size=(160, 24)) as pilot:
        child = node(name, 2, preview=name)
        instances.page = replace(
            page(name), instances=(node(name, 1, preview=name, children=[(name, child)]),)
        )
        await pilot.pause()
        lines = screen_lines(pilot.app)
        assert name in lines[0]
        assert name in lines[2]
        assert lines[3].count(name) == 3
        assert not actions(pilot.app)
    collector = CollectorPane()
    async with alone(collector, size=(120, 24)) as pilot:
        collector.collection = replace(collection(), freed=(Freed(name, 3, 4),))
        await shows(pilot, name)
        assert not actions(pilot.app)


async def test_a_click_on_a_type_named_like_an_action_runs_nothing():
    name = "[@click=app.quit]press me[/]"
    session = FakeSession(pid=os.getpid(), types=((name, 10, 1000, 5),))
    async with dashboard(session) as (pilot, screen):
        for x in range(2, 30, 3):
            await pilot.click(screen.census.pane.table, offset=(x, 1))
        assert pilot.app.is_running
        await pilot.press("y", "enter")
        assert pilot.app.clipboard == name
        await shows(pilot, f"Instances of {name}")
        session.error["instances"] = MemtuiError(f"no type {name}", name, hint=name)
        await pilot.press("1", "enter")
        await until(pilot, lambda: pilot.app._notifications)
        await shows(pilot, f"no type {name}")
        await pilot.press("1", "slash", *"[/]", "enter", "question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        assert not [action for action in actions(pilot.app) if "quit" in str(action)]


@pytest.mark.parametrize("text", CONTROLS)
async def test_controls_never_reach_the_terminal(text):
    # The decoder makes target text safe, once; here is what the screen then shows of it.
    name = safe(text)
    session = FakeSession(pid=os.getpid(), types=((name, 10, 1000, 5),))
    async with dashboard(session) as (pilot, screen):
        await pilot.press("enter")
        await shows(pilot, "1–200 of 450")
        seen = raw(pilot.app)
        assert all(character.isprintable() for character in seen)
        assert screen.census.pane.table.cursor_key == name


@pytest.mark.parametrize("text", MARKUP)
async def test_a_process_cannot_write_markup_into_the_picker(text):
    async def some():
        evil = process(5, name=text, argv=(text,), user=text)
        return [Candidate(evil, False, None, text, text)]

    async with make_app(None, pid=None, candidates=some).run_test(size=(150, 20)) as pilot:
        await shows(pilot, "1 process")
        await shows(pilot, text)
        assert isinstance(pilot.app.screen, PickerScreen)
        assert not actions(pilot.app)


async def test_wide_and_joined_characters_do_not_move_the_columns():
    hostile = ("型型型型", "e\u0301clair", "👩‍👩‍👧 family", "plain")
    names = tuple(safe(name) for name in hostile)
    session = FakeSession(pid=os.getpid(), types=tuple((name, 10, 1000, 0) for name in names))
    async with dashboard(session, size=(80, 24)) as (_, screen):
        strips = [screen.census.pane.table.render_line(y) for y in range(1, 5)]
        assert {strip.cell_length for strip in strips} == {screen.census.pane.table.size.width}
