"""Threads of a shop: one that waits, one that works, one that threading does not know."""

from __future__ import annotations

from typing import Any

from memtui.verbs.threads import PythonThread, StackFrame, Threads
from tests.support.making import make

LIBRARY = "/usr/lib/python3.11/"
APP = "/srv/shop/app/"


def call(function: str, file: str, line: int | None) -> StackFrame:
    return make(StackFrame, function, file, line)


SERVING = (
    call("Condition.wait", LIBRARY + "threading.py", 320),
    call("Queue.get", LIBRARY + "queue.py", 171),
    call("Till.next_cart", APP + "till.py", 41),
    call("Till.serve", APP + "till.py", 12),
    call("Thread.run", LIBRARY + "threading.py", 975),
)
WORKING = (
    call("[/] <lambda>", APP + "carts/[bold]prices.py", 7),
    call("reprice", APP + "carts/prices.py", None),
)
THREADS = (
    make(PythonThread, 1, 4213, "MainThread", False, None, 273_600_000.0, SERVING[:3]),
    make(PythonThread, 2, 4220, "till-0", True, "shop.till.Till.serve", 3_725_000.0, SERVING),
    make(PythonThread, 3, 4221, "reprice", False, "shop.carts.reprice", 12_000.0, WORKING),
    make(PythonThread, 4, None, None, None, None, None, ()),
)


def threads(rows: Any = THREADS, *, readable: bool = True) -> Threads:
    """All of these; without their calls if those are not ``readable``."""
    shown = rows if readable else tuple(row._replace(calls=None) for row in rows)
    return Threads(shown, readable)
