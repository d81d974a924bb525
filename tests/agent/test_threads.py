"""Which threads run, and where each of them is; nothing that they leave behind dies in the agent's."""

import os

import pytest

from tests.support.live import connect

pytestmark = pytest.mark.circle("internals")

THREADS = """
import queue, threading
WAITED = queue.Queue()
INSIDE = threading.Semaphore(0)
class Shop:
    def serve(self):
        INSIDE.release()
        WAITED.get()
class Clerk(threading.Thread):
    def run(self):
        Shop().serve()
threading.Thread(target=Shop().serve, name="till \\x1b[31m", daemon=True).start()
Clerk(name="clerk", daemon=True).start()
INSIDE.acquire(), INSIDE.acquire()
"""

#: Calls that come and go, each with a local whose finalizer notes in which thread it ran.
#: Threads take turns as often as they can: whoever held a frame for a moment would be interrupted in it.
CHURN = """
import threading
import sys
sys.setswitchinterval(1e-6)
RAN_IN, STARTED, STOP = set(), set(), []
class Local:
    def __del__(self):
        RAN_IN.add(threading.get_ident())
def deep(level):
    local = Local()
    if level:
        deep(level - 1)
def churn():
    STARTED.add(threading.get_ident())
    while not STOP:
        deep(6)
CHURNING = [threading.Thread(target=churn, daemon=True) for _ in range(4)]
for each in CHURNING: each.start()
"""


async def test_threads_and_where_they_are(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(THREADS)
    async with connect(target) as line:
        await line.hello()
        answer = await line.ok("threads")
    rows = {name: rest for _, _, name, *rest in answer["threads"]}
    assert set(rows) == {"MainThread", "till \x1b[31m", "clerk"}
    assert answer["calls_readable"] is not interpreter.free_threaded
    method = "Shop.serve" if interpreter.version >= (3, 11) else "serve"
    for name, wanted in (("till \x1b[31m", "__main__.Shop.serve"), ("clerk", "__main__.Clerk.run")):
        daemon, started_with, age, calls = rows[name]
        assert (daemon, started_with) == (True, wanted)
        assert 0 <= age < 600e6
        if interpreter.free_threaded:
            assert calls is None
        else:
            assert [method, "<stdin>", 8] in [[call[0], "<stdin>", call[2]] for call in calls]
            assert calls[0][1].endswith("threading.py")
            assert len(calls) <= 8
    assert rows["MainThread"][:2] == [False, None]


async def test_numbers_are_those_of_the_kernel(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(THREADS)
    async with connect(target) as line:
        await line.hello()
        natives = {row[1] for row in (await line.ok("threads"))["threads"]}
        # The agent's own thread is the one that is left out.
        assert len(natives) == 3
        assert natives < set(map(int, os.listdir(f"/proc/{target.pid}/task")))


async def test_what_calls_leave_behind_dies_in_their_own_thread(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(CHURN)
    async with connect(target) as line:
        await line.hello()
        for _ in range(100):
            await line.ok("threads")
        said = target.execute(
            "STOP.append(1); [each.join() for each in CHURNING]; print(len(RAN_IN - STARTED), len(RAN_IN))"
        )
    assert said.split() == ["0", "4"]


async def test_a_threading_module_that_lies_is_left_alone(interpreter, spawn):
    target = spawn(interpreter)
    target.execute("import threading; threading._active = {1: object(), 'x': None}")
    async with connect(target) as line:
        await line.hello()
        answer = await line.ok("threads")
        assert all(row[2] is None for row in answer["threads"])
