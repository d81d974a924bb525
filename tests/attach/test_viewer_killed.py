"""A viewer that is killed at any moment: the target serves on, and nothing is left."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from memtui.verbs.allocations import start_tracing
from memtui.verbs.census import census
from memtui.verbs.instances import instances
from memtui.verbs.watch import watch
from tests.support.places import visit
from tests.support.serving import HALT_MIDWAY, PLENTY, serves, state_of
from tests.support.viewers import Viewer, folders, moments, stay, wait_for_quiet
from tests.support.waiting import until

#: The agent's Python undoes what the session did.
pytestmark = pytest.mark.circle("python")


def test_killed_at_any_moment_of_attaching(interpreter, spawn) -> None:
    target = spawn(interpreter)
    killed = []
    for wait in moments(16, 0.06):
        with Viewer(target.pid, stay) as viewer:
            wait()
            viewer.kill()
            killed.append(viewer.pid)
        until(lambda: state_of(target.pid) not in "tT")
        serves(target)
    # What the dead left in the file system goes with the next viewer, what they left in the target
    # went with them.
    asyncio.run(visit(target.pid))
    assert not folders(*killed)
    wait_for_quiet(target)
    serves(target)


async def _census(session, ready):
    await census(session, progress=lambda phase, *_: ready() if "stopped" in phase else None)
    raise AssertionError("it should have been killed")


async def _page(session, ready):
    await instances(session, "__main__.A", depth=2)
    ready()
    await asyncio.Event().wait()


async def _traced(session, ready):
    await start_tracing(session, depth=5)
    ready()
    await asyncio.Event().wait()


async def _watching(session, ready):
    await watch(session, "__main__:served")
    ready()
    await asyncio.Event().wait()


UNTOUCHED = """
import gc, sys, threading, tracemalloc
print(tracemalloc.is_tracing(), served is original, gc.isenabled(), threading.active_count())
print([name for name in sys.modules if 'memtui' in name], sys.gettrace(), sys.getprofile())
print(getattr(served, '__code__', None) is code)
"""
SERVED = (
    PLENTY
    + """
import tracemalloc, threading
def served(): return 1
original, code = served, served.__code__
"""
)


@pytest.mark.parametrize("work", [_census, _page, _traced, _watching])
def test_killed_at_work(interpreter, spawn, work) -> None:
    target = spawn(interpreter)
    target.execute(SERVED)
    before = target.execute(UNTOUCHED)
    if work is _census:
        target.execute(HALT_MIDWAY)
    with Viewer(target.pid, work) as viewer:
        viewer.ready()
        assert viewer.kill()
    os.kill(target.pid, signal.SIGCONT)
    wait_for_quiet(target)
    assert target.execute(UNTOUCHED) == before
    serves(target)
