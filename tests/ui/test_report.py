"""The report that is written from the dashboard."""

from __future__ import annotations

import os

import pytest
from textual.widgets import Input

from memtui.ui.panes.globals.pane import GlobalsPane
from memtui.verbs.expand import Expansion
from memtui.verbs.globals import Global, Globals
from memtui.verbs.modules import Module, Modules
from memtui.verbs.node import Edge
from tests.support.apps import dashboard, poll, screen_lines, shows, until
from tests.support.fakes import FakeSession, node
from tests.support.making import make

SESSIONS = 0x5000


class Session(FakeSession):
    """A target whose sessions are in a dict that grows with them."""

    def _length(self) -> int:
        return 48_110 + 3_076 * sum(1 for call in self.calls if call[0] == "census")

    async def modules(self, **_):
        self.calls.append(("modules",))
        return Modules(
            (
                make(Module, "__main__", None, 3, "SESSIONS", self._length()),
                make(Module, "json", None, 9),
            )
        )

    async def globals(self, module, name=None, **_):
        self.calls.append(("globals", module))
        sessions = node("dict", SESSIONS, length=self._length())
        return make(Globals, module, 1, 1, 1, 0, (make(Global, "SESSIONS", sessions),))

    async def expand(self, address, *, offset=0, limit=200, **_):
        if address != SESSIONS:
            return await super().expand(address, offset=offset, limit=limit)
        self.calls.append(("expand", address))
        kept = tuple(
            make(Edge, f"['secret{n}']", node("shop.models.Session", 0x9000 + 64 * n))
            for n in range(limit)
        )
        return Expansion(
            node(
                "dict", SESSIONS, length=self._length(), children=[(e.edge, e.node) for e in kept]
            ),
            offset,
        )


@pytest.fixture
def session(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Session(pid=os.getpid())


def written(folder):
    return [path.read_text() for path in sorted(folder.glob("memtui-shop-worker-4213-*.md"))]


async def grown(pilot, screen):
    for _ in range(4):
        await poll(pilot, screen)


async def test_r_writes_what_was_seen_and_tells_where(session, tmp_path):
    async with dashboard(session) as (pilot, screen):
        await grown(pilot, screen)
        await pilot.press("r", "enter")
        await until(pilot, lambda: written(tmp_path))
        await shows(pilot, "Report written: leak")
    (text,) = written(tmp_path)
    assert "`shop.models.Session` grew by 12,304" in text
    assert "`__main__.SESSIONS`" in text
    assert "its growth was not measured" in text
    assert "dashboard history" in text
    assert "secret" not in text
    assert "--queue" not in text


async def test_no_page_that_is_open_is_closed_for_it(session, tmp_path):
    async with dashboard(session) as (pilot, screen):
        await grown(pilot, screen)
        before = len(session.calls)
        await pilot.press("r", "enter")
        await until(pilot, lambda: written(tmp_path))
        asked = {call[0] for call in session.calls[before:]} - {"census", "collector"}
        assert asked == {"modules", "globals", "expand", "release_globals"}


async def test_a_second_report_has_the_growth_of_the_holder(session, tmp_path):
    async with dashboard(session) as (pilot, screen):
        await grown(pilot, screen)
        await pilot.press("r", "enter")
        await until(pilot, lambda: written(tmp_path))
        await grown(pilot, screen)
        await ask(pilot, screen, str(tmp_path / "memtui-shop-worker-4213-second.md"))
        await until(pilot, lambda: any("12,304 entries" in text for text in written(tmp_path)))


async def test_it_can_be_written_after_the_end_of_the_target(session, tmp_path):
    async with dashboard(session) as (pilot, screen):
        await grown(pilot, screen)
        session.die()
        await until(pilot, lambda: screen.live.gone)
        await pilot.press("r", "enter")
        await until(pilot, lambda: written(tmp_path))
    (text,) = written(tmp_path)
    assert "who holds what: the target is gone" in text
    assert "its holder is not known" in text or "their holder is not known" in text


async def test_an_open_module_is_not_taken_away(session, tmp_path):
    async with dashboard(session) as (pilot, screen):
        await grown(pilot, screen)
        screen.query_one(GlobalsPane).show_globals(await session.globals("__main__"))
        before = len(session.calls)
        await pilot.press("r", "enter")
        await until(pilot, lambda: written(tmp_path))
        assert ("modules",) not in session.calls[before:]
    assert "a module was open in Globals" in written(tmp_path)[0]


async def ask(pilot, screen, text):
    await pilot.press("r")
    await shows(pilot, "write to")
    screen.report_bar.query_one(Input).value = text
    await pilot.pause()
    await pilot.press("enter")


async def test_the_path_is_seen_before_and_escape_writes_nothing(session, tmp_path):
    async with dashboard(session) as (pilot, screen):
        before = len(session.calls)
        await pilot.press("3", "r")
        typed = screen.report_bar.query_one(Input)
        assert typed.has_focus
        assert typed.value.startswith(f"{tmp_path}/memtui-shop-worker-4213-")
        assert "⏎ Write  tab Complete  esc Back" in screen_lines(pilot.app)[-1]
        await pilot.press("g", "escape")
        assert not screen.report_bar.display
        assert screen.instances.pane.nodes.has_focus
        assert {call[0] for call in session.calls[before:]} <= {"collector"}
    assert list(tmp_path.iterdir()) == []


async def test_another_path_and_format_can_be_typed(session, tmp_path):
    (tmp_path / "incidents").mkdir()
    async with dashboard(session) as (pilot, screen):
        await grown(pilot, screen)
        await pilot.press("r")
        typed = screen.report_bar.query_one(Input)
        typed.value = f"{tmp_path}/inc"
        await pilot.press("end", "tab")
        assert typed.value == f"{tmp_path}/incidents/"
        await pilot.press(*"a.html", "enter")
        await until(pilot, (tmp_path / "incidents" / "a.html").exists)
    assert "<html" in (tmp_path / "incidents" / "a.html").read_text()


async def test_what_is_there_already_is_replaced_at_the_second_enter_only(session, tmp_path):
    there = tmp_path / "there.md"
    there.write_text("mine")
    async with dashboard(session) as (pilot, screen):
        await grown(pilot, screen)
        await ask(pilot, screen, str(there))
        await shows(pilot, "it is there already: enter again replaces it")
        assert there.read_text() == "mine"
        await pilot.press("enter")
        await until(pilot, lambda: there.read_text() != "mine")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "a file's name is needed"),
        ("folder", "it is a folder: a file's name is needed"),
        ("no/such/report.md", "there is no folder"),
        ("x" * 300, "File name too long"),
        ("~nobody-of-that-name/report.md", "home directory"),
    ],
)
async def test_what_cannot_be_written_is_refused_before_any_work(session, tmp_path, name, why):
    (tmp_path / "folder").mkdir()
    async with dashboard(session) as (pilot, screen):
        await ask(pilot, screen, name)
        await shows(pilot, why)
        assert screen.report_bar.query_one(Input).has_focus
        assert ("modules",) not in session.calls
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


@pytest.mark.parametrize("part", ["folder", "file"])
async def test_a_folder_or_file_without_permission_is_refused(session, tmp_path, monkeypatch, part):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "report.md").write_text("mine")
    locked = folder if part == "folder" else folder / "report.md"
    # Root may write everywhere; what the kernel would say to others stands in for it.
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path != locked and allowed(path, mode))
    async with dashboard(session) as (pilot, screen):
        await ask(pilot, screen, str(folder / "report.md"))
        await shows(pilot, "permission denied")


async def test_a_write_that_fails_asks_again(session, tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    listed = session.modules

    async def modules(**options):
        gone.rmdir()
        return await listed(**options)

    monkeypatch.setattr(session, "modules", modules)
    async with dashboard(session) as (pilot, screen):
        await grown(pilot, screen)
        await ask(pilot, screen, str(gone / "report.md"))
        await shows(pilot, "No such file or directory")
        typed = screen.report_bar.query_one(Input)
        assert typed.has_focus
        assert typed.value == str(gone / "report.md")


async def test_a_folder_that_was_taken_away_is_no_dead_end(session, tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    monkeypatch.setenv("HOME", str(tmp_path))
    async with dashboard(session) as (pilot, screen):
        gone.rmdir()
        await pilot.press("r")
        await until(pilot, lambda: screen.report_bar.display)
        assert screen.report_bar.query_one(Input).value.startswith(f"{tmp_path}/memtui-")
