"""Traces that a guest could leave behind, seen from outside and from inside of the target."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.target import Target

LOOK = """
import gc, os, signal, sys, threading
def memtui_look():
    hooks = [each for each in gc.get_objects() if type(each) is list and any(
        getattr(item, "__name__", "") == "memtui_after_fork" for item in each)]
    mine = [each for each in gc.get_objects() if type(each).__name__ in ("function", "type", "module")
            and str(getattr(each, "__module__", getattr(each, "__name__", "memtui."))).startswith("memtui.")]
    return [
        sorted(sys.modules), sys.path, [str(each) for each in sys.meta_path], len(sys.path_hooks),
        sorted(sys.path_importer_cache), sorted(vars(sys)), sorted(sys.modules["__main__"].__dict__),
        sorted(vars(sys.modules["builtins"])),
        gc.isenabled(), gc.get_threshold(), gc.get_debug(), len(gc.callbacks), gc.get_freeze_count(),
        str(sys.gettrace()), str(sys.getprofile()), sys.getswitchinterval(), sys.getrecursionlimit(),
        signal.pthread_sigmask(signal.SIG_BLOCK, []), threading.active_count(), len(hooks),
    ], [str(each) for each in mine]
"""


def numbers(pid: int, what: str) -> list[str]:
    return sorted(os.listdir(f"/proc/{pid}/{what}"))


def links(pid: int) -> list[str]:
    found = []
    for number in numbers(pid, "fd"):
        with contextlib.suppress(OSError):
            found.append(os.readlink(f"/proc/{pid}/fd/{number}"))
    return sorted(found)


def outside(target: Target) -> tuple[list[str], list[str]]:
    """Threads and open files."""
    return numbers(target.pid, "task"), links(target.pid)


def inside(target: Target) -> str:
    """Everything that code in the target can see."""
    target.execute(LOOK)
    return target.execute("settled, _ = memtui_look(); print(settled)")


def own_objects(target: Target) -> str:
    """Functions, classes and modules of the agent that a collection leaves."""
    return target.execute("gc.collect(); print(memtui_look()[1])").strip()


async def until(condition: Callable[[], object], timeout: float = 60.0) -> None:
    """Wait for ``condition()`` to be true."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that in time"
        await asyncio.sleep(0.01)
