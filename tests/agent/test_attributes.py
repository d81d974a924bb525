"""Attributes of instances by name: none of the class', none left without a name that is known."""

import pytest

from tests.support.live import connect

SHAPES = """
import collections, enum


class En(enum.Enum):
    A = 1
    B = 2


class Conn:
    sock = None
    helper = object()

    def __init__(self, n):
        self.n = n

    def open(self):
        self.sock = self.helper = 1


class Same(Conn):
    def __init__(self):
        self.n = 5
        self.sock = None


class Slots:
    __slots__ = ("first", "_second")

    def __init__(self):
        self.first = self._second = ["both"]


class Holder:
    on = ()

    def fill(self):
        self.on = None


holder = Holder()
holder.on = [En.A, Conn(None), Same(), collections.UserDict(u=1), Slots()]
"""


def edges(node):
    return sorted(edge for edge, _ in node["children"])


@pytest.mark.circle("internals")
async def test_an_attribute_of_the_class_is_none_of_the_instance(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(SHAPES)
    wanted = target.execute(
        "print(*(','.join(sorted('.' + name for name in vars(each))) for each in holder.on[:4]))"
    )
    target.execute(SHAPES)  # made anew: vars() gave each a dict
    async with connect(target) as line:
        await line.hello()
        page = await line.ok("instances", type="__main__.Holder", depth=3)
        ((_, on),) = [child for child in page["instances"][-1]["children"] if child[0] == ".on"]
        found = [edges(child) for _, child in on["children"]]
        assert [",".join(each) for each in found[:4]] == wanted.split()
        assert found[4] == ["._second", ".first"]


LOCALS = """
def count(start, stop=9, *rest, **options):
    never_set = None
    del never_set
    total, step = ["total"], 2
    def inner():
        return total
    yield start


class Holder:
    waiting = coroutine = ()

    def fill(self):
        self.waiting = self.coroutine = None


holder = Holder()
holder.waiting = count(["start"], 9, "more", key="word")
next(holder.waiting)


async def work(job):
    item = ["item"]
    await pause()


class pause:
    def __await__(self):
        yield


holder.coroutine = work(["job"])
holder.coroutine.send(None)
"""


@pytest.mark.circle("internals")
async def test_locals_of_what_waits_have_their_names(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(LOCALS)
    async with connect(target) as line:
        await line.hello()
        page = await line.ok("instances", type="__main__.Holder", depth=3)
        (holder,) = page["instances"]
        found = {}
        for edge, child in holder["children"]:
            node = child
            for below, frame in child["children"]:
                if below in (".gi_frame", ".cr_frame"):
                    node = frame
            found[edge] = {below: each["preview"] for below, each in node["children"]}
        generator, coroutine = found[".waiting"], found[".coroutine"]
        if interpreter.free_threaded:
            return
        assert generator[".start"] == "['start']"
        assert generator[".options"] == "{'key': 'word'}"
        assert coroutine[".job"] == "['job']"
        assert ".never_set" not in generator
        # What it is called stands in its own row.
        unnamed = [each for edge, each in generator.items() if edge == ".?"]
        assert not [each for each in unnamed if each.startswith("'")]
        if interpreter.version >= (3, 13, 0):
            assert generator[".total"] == "cell of list[1]"
            assert generator[".step"] == "2"
            assert coroutine[".item"] == "['item']"
            assert ".gi_frame" not in generator
    # Nothing that would keep the variables alive was made.
    kept = (
        "import gc; print(any(type(e) is dict and len(e) < 20 and {'rest', 'stop'} <= e.keys()"
        " for e in gc.get_objects()))"
    )
    assert target.execute(kept) == "False\n"
    assert target.errors() == ""


RUNNING = """
import asyncio, threading, time


class Holder:
    def __init__(self, *what):
        self.what = list(what)


def serve():
    time.sleep(1000)


async def job():
    await asyncio.sleep(1000)


loop = asyncio.new_event_loop()
task = loop.create_task(job())
loop.run_until_complete(asyncio.sleep(0))
thread = threading.Thread(target=serve, daemon=True)
thread.start()
holder = Holder(task, thread)
"""


async def test_tasks_and_threads_are_named_by_what_they_run(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(RUNNING)
    async with connect(target) as line:
        await line.hello()
        page = await line.ok("instances", type="__main__.Holder", depth=2)
        ((_, held),) = [child for child in page["instances"][0]["children"] if child[0] == ".what"]
        task, thread = (node["preview"] for _, node in held["children"])
        assert task == ("job" if interpreter.free_threaded else "job, <string>:15")
        assert thread == "__main__.serve"
    assert target.errors() == ""
