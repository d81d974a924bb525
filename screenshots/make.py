"""Make the pictures of README and docs from a live run: the shop is started, attached to and driven for real.

    python screenshots/make.py [--size 120x40] [--seconds 45]

Writes picker, dashboard, instances, collected, globals and allocations as SVG beside this file, and
as PNG where rsvg-convert is installed.  A picture is taken once the screen shows what it is about; should that
not happen within a minute, the script fails and says what the screen showed instead.
"""

from __future__ import annotations

import argparse
import asyncio
import html
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import memtui
from memtui.attach import attach
from memtui.attach.discover import candidates, process_facts
from memtui.ui.app import MemtuiApp
from tests.support import interpreters

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Iterator

    from textual.pilot import Pilot

    from memtui.model.process import Candidate

HERE = Path(__file__).parent
PATIENCE_S = 60.0
LEAK = "shop.Session"
SHOP = Path(memtui.__file__).parent / "demo" / "shop.py"
_PIECE = re.compile(r'<text [^>]* y="([\d.]+)"[^>]*>(.*?)</text>')


class Camera:
    """One running app, its keys and its pictures."""

    def __init__(self, pilot: Pilot[object]) -> None:
        self._pilot = pilot

    def text(self) -> str:
        """What stands on the screen, line by line, without styles."""
        lines: dict[str, str] = {}
        for y, text in _PIECE.findall(self._pilot.app.export_screenshot()):
            lines[y] = lines.get(y, "") + html.unescape(text).replace("\xa0", " ")
        return "\n".join(lines.values())

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
            # librsvg drops leading spaces, non-breaking ones too, unless it is told not to.
            kept = svg.read_text().replace("<text ", '<text xml:space="preserve" ')
            command = ["rsvg-convert", "-o", str(png)]
            subprocess.run(command, input=kept.encode(), check=True)
            print(png.name)


@asynccontextmanager
async def dashboard(
    pid: int | None, size: tuple[int, int], among: Collection[int] = ()
) -> AsyncIterator[Camera]:
    """The real app on ``pid``, or on the picker with the processes ``among``, in ``size``."""

    async def own() -> list[Candidate]:
        return [found for found in await candidates() if found.process.pid in among]

    app = MemtuiApp(open_session=attach, process_of=process_facts, candidates=own, pid=pid)
    async with app.run_test(size=size, tooltips=False, notifications=False) as pilot:
        yield Camera(pilot)


@contextmanager
def shop() -> Iterator[int]:
    """The shop in a folder of its own, so that its source lines tell nothing of this machine; its PID."""
    with tempfile.TemporaryDirectory(prefix="shop-") as folder:
        shutil.copy(SHOP, folder)
        command = [sys.executable, "shop.py", "--parent", str(os.getpid())]
        with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                if not any("shop open" in line for line in process.stdout):
                    raise SystemExit("the shop did not open")
                yield process.pid
            finally:
                process.kill()


@contextmanager
def street() -> Iterator[list[int]]:
    """A few shops under the Pythons of this machine, for the picker; their PIDs.

    They run as copies with plain names, so that the picture tells nothing of this machine.
    """
    pythons = [*interpreters.too_old()[-1:], *interpreters.supported()]
    names = ["api", "worker", "mailer", "search", "billing", "thumbnails", "cron", "stock"]
    shops = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            for python, name in zip(pythons, names, strict=False):
                shutil.copy(SHOP, Path(folder, f"{name}.py"))
                plain = Path(folder, f"python{python.version[0]}.{python.version[1]}")
                plain.unlink(missing_ok=True)
                plain.symlink_to(python.path)
                command = [f"./{plain.name}", f"{name}.py"]
                shops.append(subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL))
            yield [shop.pid for shop in shops]
        finally:
            for process in shops:
                process.kill()
                process.wait()


async def make(size: tuple[int, int], seconds: float) -> None:
    """Take all pictures."""
    with street() as pids:
        async with dashboard(None, size, among=pids) as camera:
            await camera.until(str(pids[-1]))
            await camera.shoot("picker")
    with shop() as pid:
        async with dashboard(pid, size) as camera:
            await camera.until(rf"{LEAK} ")
            await camera.press("b")
            await camera.watch(seconds)
            await camera.until(rf"{LEAK} +\+")
            await camera.shoot("dashboard")
            await camera.press("slash", *LEAK, "enter")
            await camera.press("enter")
            await camera.until(r"▶ 0x[0-9a-f]+ Session")
            await camera.press("right")
            await camera.until(r"\.cart")
            await camera.shoot("instances")
            await camera.press("1", "escape", "g")
            await camera.until(r"[Ff]reed [1-9]")
            await camera.shoot("collected")
            await camera.press("7")
            await camera.until(r"shop +\d+ ")
            await camera.press("slash", *"shop", "enter", "enter")
            # The lengths of open lines are asked with every census.
            await camera.until(r"SESSIONS: dict.* \+\d")
            await camera.shoot("globals")
            await camera.press("5", "t")
            await camera.until(r"[5-9] snapshots")
            await camera.shoot("allocations")


def main() -> None:
    """Read the size and the time to watch."""
    parser = argparse.ArgumentParser(description="make the pictures of the README")
    parser.add_argument("--size", default="120x40", help="columns x rows")
    parser.add_argument("--seconds", type=float, default=45, help="how long to watch growth")
    options = parser.parse_args()
    # What most people see, wherever this is run.
    os.environ.pop("NO_COLOR", None)
    os.environ["COLORTERM"] = "truecolor"
    width, height = (int(part) for part in options.size.split("x"))
    asyncio.run(make((width, height), options.seconds))


if __name__ == "__main__":
    main()
