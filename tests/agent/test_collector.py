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
