"""What ten attaches leave on the heap, counted by the target itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from memtui.attach import attach
from memtui.verbs.census import census
from tests.support.live import connect
from tests.support.target import PATIENCE_S
from tests.support.viewers import wait_for_quiet

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.interpreters import Interpreter
    from tests.support.live import Line
    from tests.support.target import Target

pytestmark = pytest.mark.circle("internals")

LOOK = """
import gc, json, sys
def types():
    todo, seen = [object], set()
    while todo:
        kind = todo.pop()
        if id(kind) not in seen:
            seen.add(id(kind))
            todo += type.__subclasses__(kind)
    return len(seen)
def look():
    with open("/proc/self/statm") as file:
        resident = int(file.read().split()[1]) * 4
    print(json.dumps([len(gc.get_objects()), types(), resident]))
look()
"""
COLLECTOR = {"on": "gc.enable()", "off": "gc.disable()", "frozen": "gc.disable(); gc.freeze()"}


def look(target: Target) -> list[int]:
    wait_for_quiet(target)
    found: list[int] = json.loads(target.execute("look()"))
    return found


@pytest.mark.parametrize("collector", COLLECTOR)
async def test_ten_attaches_leave_next_to_nothing_more_than_one(
    interpreter: Interpreter, spawn: Callable[..., Target], collector: str
) -> None:
    target = spawn(interpreter)
    target.execute(LOOK)
    target.execute(COLLECTOR[collector])
    looks = []
    for _ in range(14):
        session = await attach(target.pid, timeout=PATIENCE_S)
        await census(session, timeout=PATIENCE_S)
        await session.close()
        looks.append(look(target))
    objects, types, resident = looks[0]
    assert looks[9][1] - types <= 20, looks
    assert looks[9][0] - objects <= 300, looks
    # The C library gives memory back when it thinks fit: the least of some looks does not depend on that.
    # Without a GIL each attach leaves some 20 KB, and the resident memory varies: see docs/safety.md.
    most = 3072 if interpreter.free_threaded else 1024
    assert min(each[2] for each in looks[9:]) - resident <= most, looks
    assert target.errors() == ""


@pytest.mark.parametrize("verb", ["instances", "collect", "untracked", "watch", "allocations"])
async def test_no_verb_leaves_more(
    interpreter: Interpreter, spawn: Callable[..., Target], verb: str
) -> None:
    target = spawn(interpreter)
    target.execute(LOOK)
    target.execute("gc.disable()\ndef called(some): return some")
    looks = []
    for _ in range(5):
        async with connect(target) as line:
            await line.hello()
            await use(line, target, verb)
        looks.append(look(target))
    objects, types, _ = looks[1]
    assert looks[4][1] - types <= 6, looks
    assert looks[4][0] - objects <= 100, looks
    assert target.errors() == ""


async def use(line: Line, target: Target, verb: str) -> None:
    if verb == "instances":
        await line.ok("instances", type="function", depth=3, limit=50)
    elif verb == "watch":
        watch = await line.ok("watch", target="__main__:called")
        target.execute("called(1)")
        await line.ok("watched", number=watch["number"])
    elif verb == "allocations":
        await line.ok("allocations", do="start", budget=1 << 30, milliseconds=60000)
        target.execute("kept = [[each] for each in range(100)]")
        await line.ok("allocations", do="snapshot", consent=True)
    else:
        await line.ok(verb)


ASK_NAMES = """
import gc
for each in gc.get_objects():
    for kind in (type(each), each) if isinstance(each, type) else (type(each),):
        kind.__module__, kind.__qualname__, kind.__name__
print("asked")
"""


async def test_a_program_may_ask_every_type_for_its_names(
    interpreter: Interpreter, spawn: Callable[..., Target]
) -> None:
    target = spawn(interpreter)
    async with connect(target) as line:
        await line.hello()
        await line.ok("census", since=0)
        assert target.execute(ASK_NAMES) == "asked\n"
    assert target.errors() == ""
