"""Sub-interpreters of a target, and what they say of themselves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.target import Target

_MAKE = """
import threading
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
run_in = getattr(interpreters, "exec", None) or interpreters.run_string
def run(which, code):
    failed = run_in(which, code)
    if failed is not None:
        raise RuntimeError(failed)
made = []
"""

_COUNT = """
def told():
    import collections, gc
    def name(kind):
        short = type.__dict__["__qualname__"].__get__(kind)
        module = type.__dict__["__module__"].__get__(kind)
        full = short if module == "builtins" else module + "." + short
        return full if full.isascii() else full.encode("utf-8", "backslashreplace").decode()
    gc.collect()
    kinds = list(map(type, gc.get_objects()))
    names = {kind: name(kind) for kind in set(kinds)}
    return collections.Counter(names[kind] for kind in kinds)
import json, os
os.write(%d, json.dumps(told()).encode() + b"\\n")
"""

STOCK = """
class Outer:
    class Inner:
        pass
class Größe:
    pass
STOCK = [Outer.Inner() for _ in range(%d)]
SIZES = [Größe() for _ in range(7)]
"""
"""Makes so many instances of ``__main__.Outer.Inner``, and seven of a class whose name is not ASCII."""

LEAK = """
import time
class Session:
    pass
SESSIONS = []
while True:
    SESSIONS += [Session() for _ in range(20)]
    time.sleep(0.001)
"""
"""Keeps more and more objects."""

CHURN = """
import time
class Node:
    def __init__(self):
        self.me, self.more = self, {"a": []}
kept, rounds = [], 0
while True:
    made = [Node() for _ in range(50)]
    kept.append([made])
    if len(kept) > 500:
        del kept[:250]
    rounds += 1
    # Up to 3.11 a thread of another interpreter cannot ask for the GIL.
    time.sleep(0.0001)
"""
"""Makes, frees and collects objects for ever."""


def make(target: Target, *codes: str) -> list[int]:
    """Make a sub-interpreter for each of ``codes``, and run that there; returns their IDs."""
    target.execute(_MAKE)
    for code in codes:
        target.execute(f"made.append(interpreters.create()); run(made[-1], {code!r})")
    return [int(each) for each in target.execute("print(*map(int, made))").split()]


def keep_at(target: Target, place: int, code: str = CHURN) -> None:
    """Keep the sub-interpreter at ``place`` at ``code``, in a thread of its own."""
    target.execute(
        f"threading.Thread(target=run, args=(made[{place}], {code!r}), daemon=True).start()"
    )


def count(target: Target, place: int) -> dict[str, int]:
    """The objects that the collector of the sub-interpreter at ``place`` tracks, by type, as it says itself."""
    target.execute("import os; pipe = os.pipe()")
    code = f"{_COUNT!r} % pipe[1]"
    said = target.execute(f"run(made[{place}], {code}); print(os.read(pipe[0], 1 << 20).decode())")
    found: dict[str, int] = json.loads(said)
    return found
