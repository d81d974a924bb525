"""Every address that an answer shows leads to the object, whatever holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memtui.verbs.globals import globals_of
from memtui.verbs.instances import instances
from memtui.verbs.release import release
from tests.support.attached import attached

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from memtui.verbs.node import Node
    from tests.support.interpreters import Interpreter
    from tests.support.target import Target

APP = """
import collections, gc

class Job:
    __slots__ = ("todo",)
    def __init__(self):
        self.todo = [1, ("a", (2.5, "b"))]

def steps(argument):
    yield argument

def closing(over):
    return lambda: over

# No module of this name is in a file: all that is shown of it is the test's.
import sys, types
held = sys.modules["held"] = types.ModuleType("held")
held.jobs = [Job()]
held.texts = {"one": ("two", ("three", {"four": ("five", "six")}))}
held.queue = collections.deque([("seven", 8)])
held.inside = closing(["nine", ("ten",)])
held.waits = steps({"eleven": ("twelve",)})
next(held.waits)
# What holds only plain values is taken out of the collector's lists, the innermost first.
for _ in range(6):
    gc.collect()
"""


def below(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from below(child.node)


async def test_each_address_below_a_module_leads_to_its_object(
    interpreter: Interpreter, spawn: Callable[..., Target]
) -> None:
    target = spawn(interpreter)
    target.execute(APP)
    async with attached(target) as session:
        found = await globals_of(session, "held", depth=6)
        shown = {node.address: node.type for row in found.globals for node in below(row.value)}
        assert {"tuple", "dict", "generator", "function", "str", "cell"} <= set(shown.values())
    # Another session: nothing is found because this one still holds it for its answer.
    async with attached(target) as session:
        for address, kind in shown.items():
            await release(session)
            page = await instances(session, hex(address))
            assert [(each.address, each.type) for each in page.instances] == [(address, kind)]
