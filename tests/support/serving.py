"""Targets of the fault tests: their objects, and a check that they still serve."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.target import Target

MANY = "class A: pass\nkept = [A() for _ in range(400000)]"
#: Too many for an interpreter to count before it hands the GIL to another thread.
PLENTY = "class A: pass\nkept = [A() for _ in range(2000000)]"
#: The target stops itself as soon as the agent has begun a census, so a test cannot miss that moment.
HALT_MIDWAY = """
import os, signal, sys, threading, time
def memtui_halt():
    while not memtui_midway():
        time.sleep(0.0005)
    os.kill(os.getpid(), signal.SIGSTOP)
def memtui_midway():
    ring = getattr(getattr(sys, "_memtui_agent", None), "ring", None)
    under_way = [each._queue[0] for each in ring.__self__._sessions if each._queue] if ring else []
    return any(each.verb == "census" and each.task is not None for each in under_way)
threading.Thread(target=memtui_halt, daemon=True).start()
"""


def serves(target: Target) -> None:
    assert target.execute("print('here')") == "here\n"
    assert not target.errors()


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
