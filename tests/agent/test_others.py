"""How the agent reads dicts and references of the application, under every interpreter."""

from __future__ import annotations

import subprocess

import pytest

from tests.support.target import ROOT

_ENTRY = """
from memtui.agent.entry.boot import entry

class Dict(dict):
    def __getitem__(self, key): raise SystemExit("__getitem__ ran")
    def __missing__(self, key): raise SystemExit("__missing__ ran")
    def __contains__(self, key): raise SystemExit("__contains__ ran")
    def get(self, key, default=None): raise SystemExit("get ran")

class Fickle(str):
    # Equal to the key that is looked for when it is asked first, and not any more when it is asked again.
    asked = 0
    def __eq__(self, other): self.asked += 1; return self.asked == 1
    def __hash__(self): return hash("b")

missing = object()
for made in ({"a": 1}, Dict(a=1), type("Kind", (), {"a": 1}).__dict__):
    assert entry(made, "a") == 1
    assert entry(made, "b") is None
    assert entry(made, "b", missing) is missing
assert entry({Fickle("b"): 1}, "b", missing) is missing
"""

_COUNTS = """
from memtui.agent.entry import guest
from memtui.agent.objects import edges

class Plain: pass
class Slots: __slots__ = ("a", "b")
plain, slots = Plain(), Slots()
plain.a, plain.b, slots.a = [], {}, plain
values = [plain, 7, slots, "text", [1, 2], iter([plain]), Plain, len, lambda: plain, {}, Slots(), (i for i in [])]
guest.has_gil = True
alone = edges.counts(values), list(map(list, edges.referents(values)))
guest.has_gil = False
together = edges.counts(values), edges.referents(values)
assert alone[0] == together[0], (alone[0], together[0])
for one, other in zip(alone[1], together[1]):
    assert list(map(id, one)) == list(map(id, other)), (one, other)
assert len(together[1]) == len(values)
assert together[0][2] == 1 and together[0][4] == 2 and together[0][1] == 0
assert edges.counts([]) == [] and edges.referents([]) == []
"""


def _run(interpreter, source: str) -> None:
    done = subprocess.run(
        [interpreter.path, "-c", source],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_entries_of_dicts(interpreter) -> None:
    """No code of a subclass runs, and what is taken out in between is missing."""
    _run(interpreter, _ENTRY)


@pytest.mark.circle("internals")
def test_references_of_many_in_one_call(interpreter) -> None:
    """Where there is no GIL many objects are asked at once: each gets its own."""
    _run(interpreter, _COUNTS)
