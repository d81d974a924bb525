"""Every screen at three sizes, painted from records that are the same everywhere."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, cast

import pytest

from memtui.model.allocations import Group
from memtui.model.errors import NotPermitted, RequestFailed
from memtui.model.process import Vitals
from memtui.ui import live
from memtui.ui.panes.allocations.pane import AllocationsPane
from memtui.ui.panes.globals.pane import GlobalsPane
from memtui.ui.panes.watch.pane import WatchPane
from memtui.ui.screens.failure import FailureScreen
from memtui.ui.screens.help import HelpScreen
from memtui.verbs.asking import Said
from memtui.verbs.watch import StartedWatch
from tests.support import pictures
from tests.support.apps import dashboard, make_app, poll, shows, until
from tests.support.fakes import START, FakeSession, node
from tests.support.making import make
from tests.support.pictures import compare
from tests.support.scenes import CART, BrowsedSession, call, calls, filled

SIZES = [(80, 24), (120, 40), (200, 60)]
NOW = START + 300.0


class StillVitals:
    """Vital signs that do not move."""

    alive = True

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.latest = Vitals(NOW, 3_660_000_000, 3_400_000_000, 12.0, 34, 212, "running")

    def sample(self) -> Vitals:
        return self.latest

    @property
    def rss_history(self):
        return tuple((START + i, 3_600_000_000 + i * i * 1_000_000) for i in range(20))

    def rss_rate(self) -> float:
        return 12.5 * (1 << 20)


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def size(request):
    return request.param


@pytest.fixture
def check(request, size):
    def compare_now(app, name: str) -> None:
        compare(app, f"{name}-{size[0]}x{size[1]}", request.config)

    return compare_now


@pytest.fixture(autouse=True)
def _still(monkeypatch):
    monkeypatch.setattr(live, "VitalsWatch", StillVitals)
    monkeypatch.setattr(live, "time", lambda: NOW)


@asynccontextmanager
async def watched(size, **options):
    """A dashboard after three censuses and a mark at the second."""
    session = options.pop("session", None) or FakeSession()
    async with dashboard(session, size=size, interval=60.0, **options) as (pilot, screen):
        await poll(pilot, screen)
        await pilot.press("b")
        await poll(pilot, screen)
        await until(pilot, lambda: screen.collector.pane.state is not None)
        pilot.app.clear_notifications()
        await pilot.pause()
        yield pilot, screen


async def test_dashboard(size, check):
    async with watched(size) as (pilot, _):
        await shows(pilot, "gen0 512/700")
        check(pilot.app, "dashboard")


async def test_with_an_estimate(size, check):
    async with watched(size) as (pilot, screen):
        await pilot.press("u", "u")
        await until(pilot, lambda: screen.census.pane.estimate)
        pilot.app.clear_notifications()
        await until(pilot, lambda: not screen.asker.is_asking)
        await pilot.pause()
        check(pilot.app, "estimate")


async def test_growth_focused(size, check):
    async with watched(size) as (pilot, _):
        await pilot.press("2", "down", "s")
        check(pilot.app, "growth")


async def test_instances_open(size, check):
    async with watched(size) as (pilot, screen):
        await pilot.press("down", "enter")
        await until(pilot, lambda: screen.instances.pane.nodes.branches.roots)
        await until(pilot, lambda: screen.instances.pane.nodes.branches.roots[0].referrers)
        await pilot.press("down", "x", "2")
        await until(pilot, lambda: screen.instances.pane.nodes.line_total() > 203)
        await until(pilot, lambda: not screen.asker.is_asking)
        check(pilot.app, "instances")


class ValuedSession(FakeSession):
    """Has values and matches where it is asked for them, beside what it lists always."""

    async def instances(self, *args, where=None, expr=None, **more):
        made = await super().instances(*args, **more)
        if expr is not None:
            values = [
                node("str", n, preview=f"'user{n:04}'", length=8)
                for n in range(len(made.instances))
            ]
            made = replace(made, values=tuple(values))
        if where is not None:
            made = replace(
                made,
                examined=48_110,
                undecided=3,
                problem=Said("this shop.models.Session has no .user"),
            )
        return made


async def searching(pilot, screen):
    """List by a condition, with an expression."""
    await pilot.press("down", "enter")
    await until(pilot, lambda: screen.instances.pane.nodes.branches.roots)
    await pilot.press("slash")
    screen.instances.pane.form.field("where").value = "len(target.cart.items) > 100"
    screen.instances.pane.form.field("expr").value = "target.user.name"
    await pilot.press("enter")
    await until(pilot, lambda: screen.instances.pane.page.values)
    await until(pilot, lambda: screen.instances.pane.nodes.branches.roots[0].referrers)
    await until(pilot, lambda: not screen.asker.is_asking)


async def test_instances_by_a_condition(size, check):
    async with watched(size, session=ValuedSession()) as (pilot, screen):
        await searching(pilot, screen)
        check(pilot.app, "search")


async def test_a_mistake_in_a_condition(size, check):
    async with watched(size, session=ValuedSession()) as (pilot, screen):
        await searching(pilot, screen)
        await pilot.press("slash")
        screen.instances.pane.form.field("where").value = "len(target.cart.items) > 50 + 50"
        await pilot.press("enter")
        await shows(pilot, "arithmetic is not supported")
        await pilot.pause()
        check(pilot.app, "search-fault")


async def test_globals_open(size, check):
    async with watched(size, session=BrowsedSession()) as (pilot, screen):
        await pilot.press("7")
        pane = screen.query_one(GlobalsPane)
        await until(pilot, lambda: pane.modules)
        check(pilot.app, "modules")
        await pilot.press("down", "enter")
        await until(pilot, lambda: pane.found)
        for _ in range(2):
            await poll(pilot, screen)
        await shows(pilot, "48,130")
        await pilot.press("down", "x")
        check(pilot.app, "globals")


async def test_allocations_traced(size, check):
    async with watched(size) as (pilot, screen):
        await pilot.press("5")
        pane = screen.query_one(AllocationsPane)
        check(pilot.app, "allocations-off")
        pane.source_of = {CART: "CARTS.append(cart)"}.get
        filled(pane)
        await shows(pilot, "4 snapshots")
        check(pilot.app, "allocations")
        pane.question = "it will stop the process for about 2.5 s"
        pane.group = Group.TRACEBACK
        pane.running = False
        await pilot.press("down", "v")
        await shows(pilot, "for about 2.5 s")
        check(pilot.app, "allocations-asks")


async def test_calls_watched(size, check):
    async with watched(size) as (pilot, screen):
        await pilot.press("6")
        pane = screen.query_one(WatchPane)
        check(pilot.app, "watch-off")
        pane.form.field("target").value = "shop.cart:Cart.add"
        pane.running = True
        pane.begin(make(StartedWatch, 1, "shop.cart:Cart.add", "function", "monitoring", ()))
        failed = call(3, error="ValueError: there are no more of these", duration=12.5)
        pane.take(calls(call(1), call(2, blocks=None), failed, dropped=12_000))
        await shows(pilot, "raised ValueError")
        await pilot.press("home", "right")
        check(pilot.app, "watch")
        pane.form.open()
        pane.refuse(RequestFailed("watch", "class Cart has no add", hint="near it: added"))
        await shows(pilot, "near it: added")
        check(pilot.app, "watch-refused")


async def test_threads_listed(size, check):
    async with watched(size) as (pilot, screen):
        await pilot.press("8")
        await shows(pilot, "till-0")
        await pilot.press("down")
        await until(pilot, lambda: not screen.asker.is_asking)
        await pilot.pause()
        check(pilot.app, "threads")


async def test_filtering(size, check):
    async with watched(size) as (pilot, _):
        await pilot.press("slash", *"shop.*")
        await shows(pilot, "match “shop.*”")
        check(pilot.app, "filter")


async def test_collected(size, check):
    session = FakeSession()
    async with watched(size, session=session) as (pilot, screen):
        await pilot.press("g", "y")
        await until(pilot, lambda: screen.collector.pane.collection is not None)
        await until(pilot, lambda: session.censuses == 4 and not screen.asker.is_asking)
        await shows(pilot, "last: freed 1,204")
        check(pilot.app, "collected")


async def test_working(size, check):
    session = FakeSession()
    async with watched(size, session=session) as (pilot, screen):
        session.held.add("instances")
        await pilot.press("enter")
        await shows(pilot, "━━━━")
        screen.asker.work_line._since = float("inf")
        screen.asker.work_line.repaint_changes()
        check(pilot.app, "working")


async def test_gone(size, check):
    session = FakeSession()
    async with watched(size, session=session) as (pilot, _):
        session.die()
        await shows(pilot, "✖ gone")
        await shows(pilot, "was killed by SIGKILL")
        check(pilot.app, "gone")


async def test_read_only_with_frozen_objects(size, check):
    session = FakeSession(read_only=True)
    session.frozen = 12_345
    async with watched(size, session=session) as (pilot, _):
        await pilot.press("4")
        check(pilot.app, "read-only")


async def test_help(size, check):
    async with watched(size) as (pilot, _):
        await pilot.press("3", "question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        await shows(pilot, "Instances")
        check(pilot.app, "help")


async def test_picker(size, check):
    async with make_app(None, pid=None).run_test(size=size) as pilot:
        await shows(pilot, "3 processes")
        await pilot.press("down")
        await shows(pilot, "owned by root")
        check(pilot.app, "picker")


async def test_failure(size, check):
    refusal = NotPermitted("cannot attach to process 4213", "it belongs to root")
    async with make_app(refusal).run_test(size=size) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, FailureScreen))
        await shows(pilot, "? Keys")
        check(pilot.app, "failure")


@pytest.mark.parametrize("theme", ["textual-light", "ansi-dark", "nord"])
async def test_themes(theme, size, check):
    async with watched(size) as (pilot, _):
        pilot.app.theme = theme
        await pilot.pause()
        await pilot.press("tab")
        check(pilot.app, f"theme-{theme}")


async def test_without_colours_nothing_has_a_colour_and_the_cursor_is_seen(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    async with watched((80, 24)) as (pilot, screen):
        assert pilot.app.theme == "ansi-dark"
        row = pilot.app.screen._compositor.render_strips()[screen.census.pane.table.region.y + 1]
        filtered = row.apply_filter(pilot.app._filters[-1], screen.background_colors[1])
        for segment in filtered:
            assert segment.style.color is None or segment.style.color.is_default
            assert segment.style.bgcolor is None or segment.style.bgcolor.is_default
        assert any(segment.style.reverse for segment in filtered if segment.text.strip())


async def test_growth_and_shrinking_have_their_own_colours_in_every_theme():
    async with watched((120, 40)) as (pilot, screen):
        for theme in pilot.app.available_themes:
            pilot.app.theme = theme
            await pilot.pause()
            table = screen.growth.pane.table
            styles = {tone: table._style(tone, "") for tone in ("grow", "shrink", "")}
            assert len({style.color for style in styles.values()}) == 3, theme


def test_pictures_are_not_made_anew_on_another_textual(tmp_path, monkeypatch):
    class Config:
        def getoption(self, _name, default=None):
            return True

    class NoApp:
        class screen:
            class _compositor:
                @staticmethod
                def render_strips():
                    return []

    monkeypatch.setattr(pictures, "FOLDER", tmp_path)
    (tmp_path / "old.txt").write_text("textual 0.1\n")
    with pytest.raises(pytest.fail.Exception, match=r"made with textual 0\.1"):
        compare(cast("Any", NoApp), "old", cast("Any", Config()))
    assert (tmp_path / "old.txt").read_text() == "textual 0.1\n"
    compare(cast("Any", NoApp), "new", cast("Any", Config()))
    assert (tmp_path / "new.txt").exists()
