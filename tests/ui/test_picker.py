"""The picker: which process, and what stands in the way."""

from __future__ import annotations

import asyncio
import os

import pytest

from memtui.model.errors import Cancelled, MemtuiError, NotPermitted
from memtui.model.process import Candidate
from memtui.ui.screens import picker as picker_module
from memtui.ui.screens.attaching import AttachingScreen
from memtui.ui.screens.dashboard import Dashboard
from memtui.ui.screens.failure import FailureScreen
from memtui.ui.screens.picker import PickerScreen
from tests.support.apps import make_app, screen_lines, screen_text, shows, until
from tests.support.fakes import FakeSession, candidates, process


@pytest.fixture
def session():
    return FakeSession(pid=os.getpid())


async def test_processes_are_listed_largest_first_with_all_there_is_to_know(session):
    async with make_app(session, pid=None).run_test(size=(110, 20)) as pilot:
        await shows(pilot, "3 processes")
        lines = screen_lines(pilot.app)
        heads = ["pid", "user", "RSS", "▼", "age", "python", "attach", "by", "command"]
        assert lines[2].split() == heads
        assert lines[3].split()[:5] == ["4213", "shop", "3.41", "GiB", "3"]
        assert [line.split()[0] for line in lines[3:6]] == ["4213", "999", "77"]
        assert lines[3].endswith("-m shop.worker --queue carts")
        assert " python -m shop.worker --queue carts" in lines
        assert "can be attached to by ptrace" in screen_text(pilot.app)
        assert "⏎ Attach" in lines[-1]


async def test_workers_stand_below_their_master_however_they_are_sorted(session):
    master, *workers = (process(pid, name="shop", rss_bytes=pid << 20) for pid in (10, 30, 20))
    listed = [Candidate(each, True, "ptrace", ancestors=(7, 10, 1)) for each in workers]
    listed += [Candidate(master, True, "ptrace", ancestors=(1,))]
    alone = process(25, name="alone", argv=("python", "alone.py"), rss_bytes=25 << 20)
    listed += [Candidate(alone, True, "ptrace", ancestors=(1,))]

    async def some():
        return listed

    def pids():
        return [line.split()[0] for line in screen_lines(pilot.app)[3:7]]

    async with make_app(session, pid=None, candidates=some).run_test(size=(110, 20)) as pilot:
        await shows(pilot, "4 processes")
        assert pids() == ["10", "30", "20", "25"]
        lines = screen_lines(pilot.app)
        assert "├ -m shop.worker" in lines[4]
        assert "└ -m shop.worker" in lines[5]
        picker = pilot.app.screen
        assert isinstance(picker, PickerScreen)
        table = picker.table
        [by_pid] = [each for each in table.columns if each.key == "pid"]
        table.sort_by(by_pid)
        await until(pilot, lambda: pids() == ["10", "20", "30", "25"])
        table.sort_by(by_pid)
        await until(pilot, lambda: pids() == ["10", "30", "20", "25"])
        await pilot.press(*"20")
        await shows(pilot, "1 of 4 processes")
        assert "└" not in screen_text(pilot.app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, Dashboard))


async def test_nothing_important_is_cut_at_80_columns(session):
    async with make_app(session, pid=None).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "3 processes")
        assert screen_lines(pilot.app)[2].split()[-1] == "command"
        assert "user" in screen_lines(pilot.app)[2]


async def test_typing_filters_at_once_and_escape_clears_then_leaves(session):
    async with make_app(session, pid=None).run_test(size=(110, 20)) as pilot:
        await shows(pilot, "3 processes")
        await pilot.press(*"tiny")
        await shows(pilot, "1 of 3 processes")
        assert isinstance(pilot.app.screen, PickerScreen)
        assert pilot.app.screen.table.cursor_key == 77
        await pilot.press(*"qq")
        await shows(pilot, "No process matches “tinyqq”.")
        await pilot.press("enter")
        await pilot.press("escape")
        await shows(pilot, "3 processes")
        await pilot.press("escape")
    assert pilot.app.return_value is None
    assert pilot.app.return_code == 0


async def test_one_that_cannot_be_attached_to_tells_why_and_what_to_type(session):
    async with make_app(session, pid=None).run_test(size=(110, 20), notifications=True) as pilot:
        await shows(pilot, "3 processes")
        await pilot.press("down")
        await shows(pilot, "owned by root  run memtui as root (sudo memtui 999)")
        await pilot.press("enter")
        await until(pilot, lambda: len(pilot.app._notifications) == 1)
        assert isinstance(pilot.app.screen, PickerScreen)


async def test_the_cursor_stays_on_its_process_when_the_list_is_made_anew(session, monkeypatch):
    monkeypatch.setattr(picker_module, "REFRESH_S", 0.02)
    listed = [candidates()]
    calls = 0

    async def some():
        nonlocal calls
        calls += 1
        return listed[-1]

    async with make_app(session, pid=None, candidates=some).run_test(size=(110, 20)) as pilot:
        await shows(pilot, "3 processes")
        screen = pilot.app.screen
        assert isinstance(screen, PickerScreen)
        await pilot.press("down")
        assert screen.table.cursor_key == 999
        huge = [
            type(one)(process(100 + i, rss_bytes=1 << 40), True, "ptrace")
            for i in range(3)
            for one in [listed[0][0]]
        ]
        listed.append([*huge, *listed[0]])
        await shows(pilot, "6 processes")
        assert (screen.table.cursor_key, screen.table.cursor) == (999, 4)
        seen = calls
        await until(pilot, lambda: calls > seen + 1)


async def test_enter_attaches_through_a_screen_that_says_so(session):
    async with make_app(session, pid=None).run_test(size=(110, 20)) as pilot:
        await shows(pilot, "3 processes")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, Dashboard))
        await shows(pilot, "pid 4213")


async def test_a_list_that_fails_is_told(session, monkeypatch):
    monkeypatch.setattr(picker_module, "REFRESH_S", 3600.0)  # the next failure is told, too

    async def none():
        raise MemtuiError("the processes cannot be listed", "no /proc")

    app = make_app(session, pid=None, candidates=none)
    async with app.run_test(size=(110, 20), notifications=True) as pilot:
        await until(pilot, lambda: len(app._notifications) == 1)


REFUSAL = NotPermitted("cannot attach to process 4213", "it belongs to [b]root[/b]")


async def test_what_failed_is_told_and_enter_leads_back_to_the_picker():
    async with make_app(REFUSAL, pid=None).run_test(size=(110, 20)) as pilot:
        await shows(pilot, "3 processes")
        await pilot.press("enter")
        await shows(pilot, "cannot attach to process 4213")
        await shows(pilot, "it belongs to [b]root[/b]")
        await shows(pilot, f"hint: {NotPermitted.hint}")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, PickerScreen))
        await shows(pilot, "3 processes")


@pytest.mark.parametrize("key", ["enter", "q"])
async def test_without_a_picker_the_error_is_the_result(key):
    async with make_app(REFUSAL).run_test(size=(110, 20)) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, FailureScreen))
        await pilot.press(key)
    assert pilot.app.return_value is REFUSAL
    assert pilot.app.return_code == 4


async def test_a_process_that_is_not_there_is_told_too(session):
    def missing(_pid):
        raise MemtuiError("no process 4213")

    async with make_app(session, process_of=missing).run_test(size=(110, 20)) as pilot:
        await shows(pilot, "no process 4213")


@pytest.mark.parametrize("key", ["escape", "q"])
async def test_attaching_can_be_given_up(key):
    given_up = []

    async def slow(_pid):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            given_up.append(True)
            raise

    async with make_app(None, open_session=slow).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Attaching to shop-worker (pid 4213, RSS 3.41 GiB) …")
        assert isinstance(pilot.app.screen, AttachingScreen)
        await pilot.press(key)
    assert given_up == [True]
    assert isinstance(pilot.app.return_value, Cancelled)
    assert pilot.app.return_code == 130


async def test_giving_up_leads_back_to_the_picker():
    async def slow(_pid):
        await asyncio.Event().wait()

    async with make_app(None, pid=None, open_session=slow).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "3 processes")
        await pilot.press("enter")
        await shows(pilot, "Attaching to")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, PickerScreen))
        assert isinstance(pilot.app.screen, PickerScreen)


async def test_an_empty_list_names_the_whole_filter_and_the_help_the_keys_that_move(session):
    async with make_app(session, pid=None).run_test(size=(80, 30)) as pilot:
        await shows(pilot, "3 processes")
        await pilot.press(*"zzz")
        await shows(pilot, "No process matches “zzz”.")
        await pilot.press("escape", "down", "f1")
        await shows(pilot, "One line down")
        text = screen_text(pilot.app)
        assert "One screen up" in text
        assert "Focus" not in text
        await pilot.press("escape")
        await pilot.press(*["ctrl+s"] * 2)
        await shows(pilot, "python ▲")
