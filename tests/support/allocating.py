"""The engine of the verb ``allocations`` in a target, driven from here; its answers as plain tables.

The agent's modules are imported there from their files, which is what the bundle does from text.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from tests.support.target import ROOT, TARGETS

if TYPE_CHECKING:
    from tests.support.target import Target

SCRIPT = TARGETS / "allocating.py"

_PREPARE = f"""
sys.path.insert(0, {str(ROOT)!r})
import _tracemalloc
from memtui.agent import wire
from memtui.agent.allocations import child, totals, tracing as engine
from memtui.agent.objects.refusal import Refusal
tracing = engine.SharedTracing()

def flat(chunks):
    return [row for chunk in chunks for row in wire.unpack(chunk)]

def snapshot(consent=False):
    task = tracing.snapshot(consent)
    while True:
        try:
            next(task)
        except StopIteration as end:
            found = end.value
            break
    found["tables"] = list(map(flat, found["tables"]))
    return found
"""


def line_of(mark: str) -> int:
    """The line of the target's script that ends in this comment."""
    lines = SCRIPT.read_text().splitlines()
    return 1 + next(i for i, line in enumerate(lines) if line.endswith(f"# {mark}"))


class Engine:
    """A target with the engine in it."""

    def __init__(self, target: Target) -> None:
        self.target = target
        target.execute(_PREPARE)

    def run(self, source: str) -> Any:
        """Execute ``source`` there; the value of its variable ``result`` or None."""
        said = self.target.execute(f"result = None\n{source}\nprint(repr(result))").strip()
        assert said, self.target.errors()
        return ast.literal_eval(said.splitlines()[-1])

    def fork_always(self) -> None:
        """Take the next snapshots in a child, however small they are."""
        self.run("engine.IN_PROCESS_US = -1\nengine.FORK_US = engine.FORK_US_A_GIB = 0")

    def start(self, depth: int = 1, budget: int = 1 << 30, seconds: int = 600) -> None:
        self.run(f"tracing.start('viewer', {depth}, {budget}, {seconds})")

    def snapshot(self, *, consent: bool = True) -> Any:
        """Totals of now: lines {(file, line): (bytes, blocks)}, stacks {((file, line), …): …}."""
        found = self.run(f"result = snapshot({consent})")
        files, lines, stacks = found.pop("tables")
        found["lines"] = {(files[f], n): (size, blocks) for f, n, size, blocks in lines}
        found["stacks"] = {
            tuple(zip((files[f] for f in row[3::2]), row[4::2], strict=True)): (row[0], row[1])
            for row in stacks
        }
        return found

    def state(self) -> Any:
        return self.run("result = tracing.state('viewer')")

    @property
    def tracing(self) -> Any:
        return self.run("result = _tracemalloc.is_tracing()")
