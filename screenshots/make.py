"""Make the pictures of the README from a live run: the shop is started, attached to and driven for real.

    python screenshots/make.py [--size 120x40] [--seconds 45]

Writes dashboard, instances, collected and picker as SVG beside this file, and as PNG where
rsvg-convert is installed.  A picture is taken once the screen shows what it is about; should that
not happen within a minute, the script fails and says what the screen showed instead.
"""

from __future__ import annotations

import argparse
import asyncio
import html
import re
import shutil
import subprocess
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from memtui.attach import attach
from memtui.attach.discover import candidates
from memtui.attach.facts import process_facts
from memtui.cli.verbs.demo import shop
from memtui.ui.app import MemtuiApp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from textual.pilot import Pilot

HERE = Path(__file__).parent
PATIENCE_S = 60.0
LEAK = "shop.Session"


class Camera:
    """One running app, its keys and its pictures."""

    def __init__(self, pilot: Pilot[object]) -> None:
        self._pilot = pilot

    def text(self) -> str:
        """What stands on the screen, line by line, without styles."""
        svg = self._pilot.app.export_screenshot()
        parts = re.findall(r"<text [^>]*>(.*?)</text>", svg)
        return "\n".join(html.unescape(part).replace("\xa0", " ") for part in parts)

    async def until(self, pattern: str) -> None:
        """Wait until ``pattern`` is on the screen."""
        end = time.monotonic() + PATIENCE_S
        while not re.search(pattern, self.text()):
            if time.monotonic() > end:
                raise SystemExit(f"{pattern!r} did not appear; the screen shows:\n{self.text()}")
            await self._pilot.pause(0.1)

    async def press(self, *keys: str) -> None:
        """Press ``keys`` one after the other."""
        await self._pilot.press(*keys)

    async def watch(self, seconds: float) -> None:
        """Let the dashboard watch its target for a while."""
        await self._pilot.pause(seconds)

    async def shoot(self, name: str) -> None:
        """Save the screen as ``name``."""
        await self._pilot.pause()
        svg = HERE / f"{name}.svg"
        svg.write_text(self._pilot.app.export_screenshot(title="memtui"))
        print(svg.name)
        if shutil.which("rsvg-convert"):
            png = svg.with_suffix(".png")
            subprocess.run(["rsvg-convert", "--zoom", "1", "-o", str(png), str(svg)], check=True)
            print(png.name)


@asynccontextmanager
async def dashboard(pid: int | None, size: tuple[int, int]) -> AsyncIterator[Camera]:
    """The real app on ``pid``, or on the picker, in a screen of ``size``."""
    app = MemtuiApp(open_session=attach, process_of=process_facts, candidates=candidates, pid=pid)
    async with app.run_test(size=size, tooltips=False, notifications=False) as pilot:
        yield Camera(pilot)


async def make(size: tuple[int, int], seconds: float) -> None:
    """Take the four pictures."""
    with shop() as pid:
        async with dashboard(None, size) as camera:
            await camera.until(rf"{pid}")
            await camera.shoot("picker")
        async with dashboard(pid, size) as camera:
            await camera.until(rf"{LEAK} ")
            await camera.press("b")
            await camera.watch(seconds)
            await camera.until(rf"{LEAK} +\+")
            await camera.shoot("dashboard")
            await camera.press("slash", *LEAK, "enter")
            await camera.press("enter")
            await camera.until(rf"{LEAK} +0x")
            await camera.press("right")
            await camera.until(r"\.cart")
            await camera.shoot("instances")
            await camera.press("g")
            await camera.until(r"[Ff]reed [1-9]")
            await camera.shoot("collected")


def main() -> None:
    """Read the size and the time to watch."""
    parser = argparse.ArgumentParser(description="make the pictures of the README")
    parser.add_argument("--size", default="120x40", help="columns x rows")
    parser.add_argument("--seconds", type=float, default=45, help="how long to watch growth")
    options = parser.parse_args()
    width, height = (int(part) for part in options.size.split("x"))
    asyncio.run(make((width, height), options.seconds))


if __name__ == "__main__":
    main()
