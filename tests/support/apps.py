"""Tools for the tests of the screens: wait for, read and compare the contents of a screen."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any

from textual._context import active_app
from textual.pilot import Pilot

from memtui.ui.app import MemtuiApp
from memtui.ui.look import LookApp
from memtui.ui.screens.dashboard import Dashboard
from tests.support import fakes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from textual.app import App
    from textual.message import Message
    from textual.widget import Widget


def screen_lines(app: App[Any]) -> list[str]:
    """The text on the screen, line by line."""
    return [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]


def screen_text(app: App[Any]) -> str:
    return "\n".join(screen_lines(app))


#: How long to wait for anything, seconds.  A test that passes does not wait that long.
LONGEST_S = 60.0


async def settled(*_: float) -> None:
    """Wait until there is nothing left to do: the app waits for a timer or for another process.

    This is what a key or a pause waits for, instead of Textual's own guess by the processor time
    of the last 20 ms, which is wrong if other processes use the processor.  Layout and painting
    happen at once, not at the next sixtieth of a second.
    """
    loop: Any = asyncio.get_running_loop()
    app = active_app.get()
    end = monotonic() + LONGEST_S
    while True:
        await asyncio.sleep(0)
        assert monotonic() < end, "the event loop never comes to rest"
        if loop._ready:
            continue
        if app._resize_timer is not None:
            app._check_resize()
            continue
        if not (app.screen_stack and app.screen._update_timer._active.is_set()):
            return
        app.screen._on_timer_update()


async def until(pilot: Pilot[Any], condition: Callable[[], object]) -> None:
    """Let the app run until ``condition`` holds, each time it has come to rest."""
    end = monotonic() + LONGEST_S
    while True:
        await pilot.pause()
        if condition():
            return
        if monotonic() > end:
            raise AssertionError("it never came to be:\n" + screen_text(pilot.app))
        await asyncio.sleep(0.01)


async def shows(pilot: Pilot[Any], text: str) -> None:
    """Wait until ``text`` is on the screen."""
    await until(pilot, lambda: text in screen_text(pilot.app))


class Alone(LookApp[None]):
    """A pane or widget in an app of its own; its messages are in ``told``."""

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self.widget = widget
        self.told: list[Message] = []

    def compose(self) -> Any:
        yield self.widget

    def messages(self, kind: type[Any]) -> list[Any]:
        """Messages of one kind; one that bubbles is seen at every widget it passes."""
        known = {id(message): message for message in self.told if isinstance(message, kind)}
        return list(known.values())


class AlonePilot(Pilot[None]):
    """A pilot of ``Alone``."""

    @property
    def app(self) -> Alone:
        app = super().app
        assert isinstance(app, Alone)
        return app


@asynccontextmanager
async def alone(widget: Widget, size: tuple[int, int] = (80, 24)) -> AsyncIterator[AlonePilot]:
    """Run ``widget`` without anything around it."""
    app = Alone(widget)
    async with app.run_test(size=size, message_hook=app.told.append) as pilot:
        await pilot.pause()
        yield AlonePilot(app)


def make_app(session: Any, **options: Any) -> MemtuiApp:
    """The app on a session without a target.  psutil reads this process."""

    async def open_session(_pid: int) -> Any:
        if isinstance(session, BaseException):
            raise session
        return session

    async def candidates() -> Any:
        return fakes.candidates()

    options = {
        "open_session": open_session,
        "process_of": fakes.process,
        "candidates": candidates,
        "pid": 4213,
        **options,
    }
    return MemtuiApp(**options)


@asynccontextmanager
async def dashboard(
    session: fakes.FakeSession | None = None,
    size: tuple[int, int] = (120, 40),
    *,
    wait: bool = True,
    **options: Any,
) -> AsyncIterator[tuple[Pilot[Any], Dashboard]]:
    """The dashboard with its first census (``wait``).  The next ones come when a test asks for them."""
    options.setdefault("interval", 3600.0)
    session = session or fakes.FakeSession(pid=os.getpid())
    app = make_app(session, **options)
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(pilot, lambda: isinstance(app.screen, Dashboard))
        screen = app.screen
        assert isinstance(screen, Dashboard)
        await until(pilot, lambda: not wait or screen.census.pane.census is not None)
        yield pilot, screen


async def poll(pilot: Pilot[Any], screen: Dashboard) -> None:
    """Have the feed ask once more, and wait for the answer."""
    before = screen.census.pane.census
    screen.live.feed.poll_now()
    await until(pilot, lambda: screen.census.pane.census is not before)
