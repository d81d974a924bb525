"""A forced collection: what it freed, and how the collector stands."""

import pytest

from tests.support.live import connect

pytestmark = pytest.mark.circle("internals")

GARBAGE = """
import gc
gc.disable()
class Knot: pass
def tie(many):
    for _ in range(many):
        knot = Knot()
        knot.self = knot
gc.collect()
tie(1000)
"""


async def test_what_a_collection_freed(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(GARBAGE)
    async with connect(target) as line:
        await line.hello()
        state = await line.ok("collector")
        assert state["enabled"] is False
        answer = await line.ok("collect")
        freed = {name: (count, size) for name, count, size in answer["freed"]}
        assert freed["__main__.Knot"][0] == 1000
        assert freed["__main__.Knot"][1] > 16000
        assert answer["collected"] >= 1000
        assert answer["uncollectable"] == 0
        assert answer["pause"] > 0
        assert answer["state"]["generations"][2][2] == state["generations"][2][2] + 1
        again = await line.ok("collect")
        assert "__main__.Knot" not in {name for name, _, _ in again["freed"]}
        # It was disabled before, and it is now; thresholds are as they were.
        said = "print(gc.isenabled(), *gc.get_threshold(), len(gc.callbacks), gc.get_debug())"
        thresholds = [generation[0] for generation in again["state"]["generations"]]
        expected = ["False", *map(str, thresholds), "0", "0"]
        assert target.execute(said).split() == expected


HOLDERS = """
import gc
gc.disable()
class Holder:
    def __init__(self):
        self.me, self.pad = self, [0] * 5
gc.collect()
for _ in range(1000): Holder()
"""


async def test_the_list_of_what_was_freed_is_whole(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(HOLDERS)
    async with connect(target) as line:
        await line.hello()
        freed = {name: count for name, count, _ in (await line.ok("collect"))["freed"]}
    assert freed["__main__.Holder"] == 1000
    # Each held one, and nothing else did; the rows of our own first count are lists, too.
    assert abs(freed["list"] - 1000) <= 3


BUSY = """
import gc, threading
gc.disable()
go = threading.Event()
began = threading.Event()
class Slow:
    def __del__(self):
        began.set()
        go.wait()
class Ring:
    def __init__(self): self.me = self
def collect():
    ring = [Slow()]
    ring.append(ring)
    del ring
    gc.collect()
gc.collect()
thread = threading.Thread(target=collect, daemon=True)
thread.start()
began.wait()
for _ in range(500): Ring()
"""


async def test_a_collection_that_runs_already_is_no_collection_of_ours(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(BUSY)
    async with connect(target) as line:
        await line.hello()
        answer = await line.ok("collect")
        assert (answer["made"], answer["collected"], answer["freed"]) == (False, 0, [])
        target.execute("go.set(); thread.join()")
        answer = await line.ok("collect")
        assert answer["made"]
        assert ["__main__.Ring", 500] in [row[:2] for row in answer["freed"]]


@pytest.mark.circle("viewer")
async def test_a_read_only_session_must_not_collect(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(GARBAGE)
    async with connect(target) as line:
        hello = await line.hello(read_only=True)
        assert hello["read_only"]
        assert (await line.ask("collect"))["error"]["code"] == "read-only"
        census = await line.ok("census")
        assert census["counts"][census["names"].index("__main__.Knot")] == 1000
