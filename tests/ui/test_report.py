"""The report that is written from the dashboard."""

from __future__ import annotations

import os

import pytest

from memtui.model.globals import Global, Globals, Module
from memtui.model.instances import Edge, Expansion
from memtui.ui.panes.globals import GlobalsPane
from tests.ui.fakes import FakeSession, node
from tests.ui.support import dashboard, poll, shows, until

SESSIONS = 0x5000


class Session(FakeSession):
    """A target whose sessions are in a dict that grows with them."""

    def _length(self) -> int:
        return 48_110 + 3_076 * sum(1 for call in self.calls if call[0] == "census")

    async def modules(self, **_):
        self.calls.append(("modules",))
        return (Module("__main__", None, 3, "SESSIONS", self._length()), Module("json", None, 9))

    async def globals(self, module, name=None, **_):
        self.calls.append(("globals", module))
        sessions = node("dict", SESSIONS, length=self._length())
        return Globals(module, 1, 1, 1, 0, (Global("SESSIONS", sessions),))

    async def release_globals(self, **_):
        self.calls.append(("release_globals",))

    async def expand(self, address, *, offset=0, limit=200, **_):
        if address != SESSIONS:
            return await super().expand(address, offset=offset, limit=limit)
        self.calls.append(("expand", address))
        kept = tuple(Edge(f"['secret{n}']", node("shop.models.Session")) for n in range(limit))
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
        await pilot.press("r")
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
        await pilot.press("r")
        await until(pilot, lambda: written(tmp_path))
        asked = {call[0] for call in session.calls[before:]} - {"census", "gc_state"}
        assert asked == {"modules", "globals", "expand", "release_globals"}


async def test_a_second_report_has_the_growth_of_the_holder(session, tmp_path):
    async with dashboard(session) as (pilot, screen):
        await grown(pilot, screen)
        await pilot.press("r")
        await until(pilot, lambda: written(tmp_path))
        await grown(pilot, screen)
        await pilot.press("r")
        await until(pilot, lambda: any("12,304 entries" in text for text in written(tmp_path)))


async def test_it_can_be_written_after_the_end_of_the_target(session, tmp_path):
    async with dashboard(session) as (pilot, screen):
        await grown(pilot, screen)
        session.die()
        await until(pilot, lambda: screen.live.gone)
        await pilot.press("r")
        await until(pilot, lambda: written(tmp_path))
    (text,) = written(tmp_path)
    assert "who holds what: the target is gone" in text
    assert "its holder is not known" in text or "their holder is not known" in text


async def test_an_open_module_is_not_taken_away(session, tmp_path):
    async with dashboard(session) as (pilot, screen):
        await grown(pilot, screen)
        screen.query_one(GlobalsPane).show_globals(await session.globals("__main__"))
        before = len(session.calls)
        await pilot.press("r")
        await until(pilot, lambda: written(tmp_path))
        assert ("modules",) not in session.calls[before:]
    assert "a module was open in Globals" in written(tmp_path)[0]


async def test_a_folder_that_cannot_be_written_is_told(session, tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    async with dashboard(session) as (pilot, _):
        monkeypatch.setattr("memtui.ui.screens.reporting.Path.cwd", lambda: gone)
        gone.rmdir()
        await pilot.press("r")
        await shows(pilot, "cannot be written")
