"""The keys are declared once: help, palette and bottom line read the same bindings."""

from __future__ import annotations

import asyncio
import os

import pytest
from textual import events
from textual.command import CommandList, CommandPalette
from textual.widgets import Static

from memtui.ui import key_by_key
from memtui.ui.keys import active_keys
from memtui.ui.panes import LOWER, UPPER
from memtui.ui.screens.help import HelpScreen
from tests.support.apps import LONGEST_S, alone, dashboard, screen_lines, screen_text, shows, until
from tests.support.fakes import FakeSession


async def test_help_lists_the_keys_of_the_focused_pane_first_then_all_others():
    async with dashboard(size=(120, 60)) as (pilot, screen):
        await pilot.press("2", "question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        text = screen_text(pilot.app)
        for words in (
            "Since a mark, or over 1, 5, 30 min",
            "Show only types that match",
            "Sort by",
        ):
            assert text.index(words) < text.index("Everywhere")
        for words in ("Force a full garbage collection", "Leave the target as it was"):
            assert text.index(words) > text.index("Everywhere")
        assert "The types whose number or size changed" in text
        assert "Expand to a depth" not in text
        await pilot.press("escape", "3", "question_mark")
        await shows(pilot, "Expand to a depth: x, then 1 to 6")
        assert "Since a mark, or over" not in screen_text(pilot.app)
        await pilot.press("question_mark")
        await until(pilot, lambda: pilot.app.screen is screen)


async def test_help_fits_80_by_24_and_scrolls():
    async with dashboard(size=(80, 24)) as (pilot, _):
        await pilot.press("question_mark")
        await shows(pilot, "Types")
        await pilot.press("end")
        await shows(pilot, "Leave the target as it was, and quit")


@pytest.mark.parametrize("kind", [desk.PANE for desk in (*UPPER, *LOWER)])
def test_every_pane_says_what_it_is_and_what_its_keys_do(kind):
    assert len(kind.ABOUT) > 80
    for base in kind.__mro__:
        for binding in base.__dict__.get("BINDINGS", []):
            assert getattr(binding, "tooltip", None), binding


@pytest.mark.parametrize(
    ("desk", "rows"),
    [(0, "types"), (1, "types"), (4, "places"), (6, "modules"), (7, "threads")],
)
async def test_the_key_of_a_filter_names_what_is_filtered(desk, rows):
    pane = [*UPPER, *LOWER][desk].PANE()
    async with alone(pane) as pilot:
        pane.keyboard().focus()
        await pilot.pause()
        helps = {key.title: key.help for key in active_keys(pilot.app.screen)}
        assert helps["Filter"] == f"Show only {rows} that match"


async def test_no_key_of_a_pane_hides_one_that_works_everywhere():
    async with dashboard() as (pilot, screen):
        for number in range(len(UPPER) + len(LOWER)):
            await pilot.press(str(number + 1))
            pane = screen.decks.panes[number]
            local = [key for key in active_keys(screen) if key.of_pane]
            everywhere = [key for key in active_keys(screen) if not key.of_pane]
            taken = {key for entry in everywhere for key in entry.display.split()}
            for entry in local:
                assert not taken & set(entry.display.split()) - {"esc"}, (pane, entry)


async def test_the_palette_lists_the_same_actions_and_runs_them():
    session = FakeSession(pid=os.getpid())
    async with dashboard(session) as (pilot, screen):
        commands = {c.title: c for c in pilot.app.get_system_commands(screen)}
        expected = {key.title for key in active_keys(screen) if key.shown and key.enabled}
        assert expected <= set(commands)
        assert {"Theme", "Screenshot"} <= set(commands)
        assert "Up" not in commands
        assert commands["Collect"].help == "Force a full garbage collection now (g)"
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(pilot.app.screen, CommandPalette))
        await pilot.press(*"collect")
        found = pilot.app.screen.query_one(CommandList)
        # Those of the letters before are listed until those of the last one are.
        await until(pilot, lambda: found.option_count == 1)
        assert "Force a full garbage" in screen_text(pilot.app)
        await pilot.press("down", "enter")
        await shows(pilot, "Collect?")
        await pilot.press("y")
        await until(pilot, lambda: session.collections == 1)


async def test_the_bottom_line_can_be_clicked():
    session = FakeSession(pid=os.getpid())
    async with dashboard(session) as (pilot, _):
        line = screen_lines(pilot.app)[-1]
        await pilot.click("KeyLine", offset=(line.index("Collect"), 0))
        await pilot.press("y")
        await until(pilot, lambda: session.collections == 1)


async def test_keys_that_do_nothing_now_are_dim():
    async with dashboard() as (pilot, screen):
        await pilot.press("3")
        keys = {key.title: key.enabled for key in active_keys(screen)}
        assert keys["Order"] is False
        await pilot.press("1", "enter")
        await shows(pilot, "1–200 of 450")
        keys = {key.title: key.enabled for key in active_keys(screen)}
        assert keys["Order"] is True
        assert keys["Next"] is True
        assert keys["Previous"] is False


async def test_keys_that_need_a_target_are_dim_when_it_is_gone():
    session = FakeSession(pid=os.getpid())
    async with dashboard(session) as (pilot, screen):
        needy = ("Collect", "Pause", "Poll now", "Mark")
        assert all(key.enabled for key in active_keys(screen) if key.title in needy)
        session.die()
        await until(pilot, lambda: screen.live.gone)
        keys = {key.title: key.enabled for key in active_keys(screen)}
        assert not any(keys[title] for title in needy)
        assert keys["Report"]


def _type(app, *keys):
    """All at once, as they come over a line that stuttered."""
    for key in keys:
        app.post_message(events.Key(key, key if len(key) == 1 else None))


@pytest.fixture(params=[False, True], ids=["quick", "slow"])
def pace(request, monkeypatch):
    """Looks after a key that is in work come in their time, or as where each step takes half a second."""
    if request.param:
        monkeypatch.setattr(key_by_key, "_LOOK_S", 0.0)
        monkeypatch.setattr(key_by_key, "_LOOKS", 1_000_000)


async def test_keys_that_come_at_once_are_typed_where_they_belong(pace):
    session = FakeSession()
    async with dashboard(session) as (pilot, screen):
        _type(pilot.app, "slash", *"gbug", "enter")
        await shows(pilot, "“gbug”")
        assert not session.collections
        assert not screen.live.history.marks


async def test_keys_that_come_at_once_to_a_depth(pace):
    async with dashboard() as (pilot, screen):
        await pilot.press("enter")
        await shows(pilot, "▶ 0x")
        await until(pilot, lambda: screen.instances.pane.nodes.has_focus)
        _type(pilot.app, "x", "1")
        await shows(pilot, "▼ 0x")
        assert not screen.census.pane.has_focus_within


async def test_a_key_whose_widget_goes_does_not_lock_the_others_out(pace):
    async with dashboard() as (pilot, screen):
        _type(pilot.app, "question_mark", "escape", "ctrl+p", "escape", "question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        _type(pilot.app, "escape", "2")
        await until(pilot, lambda: screen.growth.pane.has_focus_within)


class Stuck(Static, can_focus=True):
    """Is not done with a key before it is told to be."""

    done: asyncio.Event

    async def on_key(self):
        await self.done.wait()


async def test_a_key_that_is_never_done_leaves_a_way_out(monkeypatch):
    monkeypatch.setattr(key_by_key, "_LOOK_S", 0.0)
    monkeypatch.setattr(key_by_key, "_LOOKS", 3)
    stuck = Stuck()
    stuck.done = asyncio.Event()
    async with alone(stuck) as pilot:
        stuck.focus()
        await pilot.pause()
        _type(pilot.app, "x", "ctrl+q")
        async with asyncio.timeout(LONGEST_S):
            while pilot.app.return_code is None:
                await asyncio.sleep(0.01)
        stuck.done.set()


@pytest.mark.parametrize("steps", range(0, 40, 4))
async def test_keys_after_the_last_one_are_nobodys(steps, pace):
    """Also where the screens are taken down with a key on its way."""
    session = FakeSession()
    async with dashboard(session) as (pilot, _):
        _type(pilot.app, "down")
        for _ in range(steps):
            await asyncio.sleep(0)
        _type(pilot.app, "q", "g", "g")
        for _ in range(steps):
            await asyncio.sleep(0)
        pilot.app.exit()
    assert not session.collections


async def test_a_screenshot_is_saved_where_one_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/nonexistent")
    async with dashboard(size=(120, 40)) as (pilot, screen):
        commands = {each.title: each for each in pilot.app.get_system_commands(screen)}
        commands["Screenshot"].callback()
        await shows(pilot, "Saved screenshot")
        (saved,) = tmp_path.iterdir()
        # It is told of just before the file is closed.
        await until(pilot, lambda: saved.read_bytes().rstrip().endswith(b"</svg>"))
        assert "Types" in saved.read_text(encoding="utf-8")
