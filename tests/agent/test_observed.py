"""The application looks at all objects itself while the agent works: it finds the agent's among them.

It may hold them for as long as it likes, and let go of them in a thread of its own.
"""

from __future__ import annotations

import pytest

from tests.support.live import connect
from tests.support.viewers import wait_for_quiet

pytestmark = pytest.mark.circle("internals")

LOOKING = """
import collections, gc, threading
class A: pass
kept = [A() for _ in range(3000)]
looks, looking = 0, True
def look(last):
    global looks
    while looking:
        last.append(gc.get_objects())
        looks += 1
held = collections.deque(maxlen=4)
looker = threading.Thread(target=look, args=(held,))
looker.start()
"""
DONE = """
looking = False
looker.join()
print(looks > 10)
"""


async def test_sessions_go_on_and_nothing_is_said(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(LOOKING)
    async with connect(target) as line:
        await line.hello()
        for _ in range(8):
            assert (await line.ok("census"))["counts"]
        # Without a GIL the two run beside each other, and here as many others as there are.
        while int(target.execute("print(looks)")) <= 10:
            assert (await line.ok("census"))["counts"]
        for _ in range(3):
            asked = line.send("census")
            await line.answers(asked, line.send("cancel", id=asked))
        await line.ok("instances", type="__main__.A", limit=200, depth=2)
        line.send("census")
    # The viewer is gone in the middle of a census, whose parts the application still holds.
    wait_for_quiet(target, threads=2)
    assert target.execute(DONE) == "True\n"
    wait_for_quiet(target)
    target.execute("held.clear()")
    assert not target.errors()
