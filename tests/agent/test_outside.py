"""Memory beside objects: what pandas, pyarrow and torch hold, against what the target itself knows.

The libraries are looked for in the interpreter that runs the tests, and in those that
``$MEMTUI_PYTHONS_WITH_LIBRARIES`` names, separated by colons.
"""

import json
import os
import subprocess
import sys
from functools import cache

import pytest

from tests.support.live import connect

PYTHONS = [
    each
    for each in (sys.executable, *os.environ.get("MEMTUI_PYTHONS_WITH_LIBRARIES", "").split(":"))
    if each
]


@cache
def has(python, library):
    found = subprocess.run([python, "-c", f"import {library}"], capture_output=True, check=False)
    return found.returncode == 0


@pytest.fixture(params=PYTHONS)
def start(request, spawn):
    """A target that has imported what is asked for, or a skip."""

    def begin(*libraries):
        for library in libraries:
            if not has(request.param, library):
                pytest.skip(f"no {library} for {request.param}")
        target = spawn(request.param)
        for library in libraries:
            target.execute(f"import gc, {library}; gc.collect()", timeout=100)
        return target

    return begin


async def look(target):
    async with connect(target) as line:
        await line.hello()
        return await line.ok("untracked")


def outside(answer, place="process"):
    return {
        name: (objects, regions, size)
        for name, objects, regions, size, where in answer["outside"]
        if where == place
    }


def untold(answer):
    return {(name, why): count for name, why, count in answer["untold"]}


def holders(answer):
    return {name.rpartition(".")[2]: (objects, size) for name, objects, size in answer["holders"]}


async def test_mapped_files_are_address_space(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(
        "import mmap; maps = [mmap.mmap(-1, 1 << 20) for _ in range(5)]; maps[0].close()"
    )
    answer = await look(target)
    # A closed one has no length.
    assert outside(answer, "mapped") == {"mmap.mmap": (5, 4, 4 << 20)}
    assert outside(answer) == {}
    assert target.errors() == ""


async def test_texts_in_arrays_of_objects_are_met(start):
    target = start("numpy")
    before = {row[0]: row for row in (await look(target))["rows"]}
    target.execute(
        "held = numpy.array(['text number %d' % n for n in range(50000)], dtype=object)\n"
        "view = held[100:]; matrix = numpy.array([[str(n) * 9] for n in range(5000)], dtype=object).T"
    )
    after = {row[0]: row for row in (await look(target))["rows"]}
    # So many are estimated, from a sample by address.  It says how far it may be off: three standard
    # deviations, and no addresses make it twice as much.
    _, count, _, most, least, *_ = after["str"]
    spare = (most - least) / 2
    assert least - spare <= before["str"][1] + 55_000 <= most + spare
    assert most - least < 0.05 * count


ARROW = """
import numpy
table = pyarrow.table({
    "number": numpy.random.rand(100000),
    "text": ["text number %d" % n for n in range(50000)] + [None] * 50000,
    "kind": pyarrow.array(["kind %d" % (n % 100) for n in range(100000)]).dictionary_encode(),
})
slices = [table.slice(n * 1000, 1000) for n in range(100)]
column, batch = table.column("text"), table.to_batches()[0]
lonely = pyarrow.array(list(range(50000))).slice(5, 10)
plain = pyarrow.allocate_buffer(500000)
kept = bytes(300000)
wrapped = pyarrow.py_buffer(kept)
# Made without a constructor: there is nothing inside, and asking one would end the process.
empty = [kind.__new__(kind) for kind in (pyarrow.Table, pyarrow.Int64Array, pyarrow.ChunkedArray)]
"""


async def test_a_slice_is_not_its_table(start):
    target = start("pyarrow", "numpy")
    target.execute(ARROW)
    size, pool = json.loads(
        target.execute("print([table.get_total_buffer_size(), pyarrow.total_allocated_bytes()])")
    )
    answer = await look(target)
    told = outside(answer)
    assert told["pyarrow.lib.Table"] == (102, 7, size)
    assert told["pyarrow.lib.Int64Array"][2] == 400_000
    # The bytes behind the other one are counted as bytes.
    assert told["pyarrow.lib.Buffer"][1:] == (2, 500_000)
    assert answer["pools"] == [["pyarrow", pool]]
    assert answer["untold"] == []
    assert target.execute("print(len(table.column('kind').chunk(0).dictionary))").strip() == "100"


EXTENSION = """
calls = []
class Own(pyarrow.ExtensionType):
    def __init__(self):
        super().__init__(pyarrow.int64(), "own")
    def __arrow_ext_serialize__(self):
        return b""
    def __arrow_ext_class__(self):
        calls.append("class")
        return pyarrow.ExtensionArray
    @classmethod
    def __arrow_ext_deserialize__(cls, storage, serialized):
        calls.append("deserialize")
        return cls()
array = pyarrow.ExtensionArray.from_storage(Own(), pyarrow.array(list(range(50000))))
table = pyarrow.table({"own": array})
again = table.slice(1)
del calls[:]
"""


async def test_the_application_types_of_arrow_are_not_asked(start):
    target = start("pyarrow")
    target.execute(EXTENSION)
    answer = await look(target)
    assert target.execute("print(calls)").strip() == "[]"
    # Both tables may share all they have: said, and counted for each.
    assert outside(answer)["pyarrow.lib.Table"][2] == 400_000 + 399_992
    assert untold(answer) == {("pyarrow.lib.Table", "shared"): 2}


FRAMES = """
frame = pandas.DataFrame({"a": numpy.arange(100000), "b": numpy.random.rand(100000)})
frame["c"] = pandas.Categorical(["x", "y"] * 50000)
frame["d"] = pandas.array([1, None] * 50000, dtype="Int64")
frame["t"] = pandas.date_range("2020", periods=100000, freq="s")
column, head = frame["a"], frame.head(10)
small = [pandas.DataFrame({"v": numpy.arange(1000)}) for _ in range(100)]
named = pandas.Series(["text number %d" % n for n in range(20000)], dtype=object)
"""


async def test_frames_hold_their_arrays(start):
    target = start("pandas", "numpy")
    before = {row[0]: row for row in (await look(target))["rows"]}
    target.execute(FRAMES)
    frames, series = json.loads(
        target.execute(
            "print([int(sum(f.memory_usage(index=False).sum() for f in [frame, *small])), "
            "int(named.memory_usage(index=False))])"
        )
    )
    answer = await look(target)
    after = {row[0]: row for row in answer["rows"]}
    held = holders(answer)
    assert held["DataFrame"][0] == 102
    assert frames <= held["DataFrame"][1] <= frames * 1.02
    # The column is the frame's own array, which Series tells as well, once.
    assert series + 800_000 <= held["Series"][1] <= (series + frames) * 1.02
    arrays = after["numpy.ndarray"][2] - before["numpy.ndarray"][2]
    assert frames + series <= arrays <= (frames + series) * 1.05
    assert after["str"][1] - before["str"][1] >= 19_900


async def test_texts_of_frames_are_arrow_buffers(start):
    target = start("pandas", "pyarrow")
    target.execute(
        "series = pandas.Series(['text number %d' % n for n in range(50000)]).astype('string[pyarrow]')\n"
        "size = int(series.memory_usage(index=False, deep=True))"
    )
    size = int(target.execute("print(size)"))
    answer = await look(target)
    assert size <= holders(answer)["Series"][1] <= size * 1.2
    assert size <= sum(row[2] for row in outside(answer).values()) <= size * 1.2


TENSORS = """
import numpy
calls = []
class Own(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        calls.append("function")
        return super().__torch_function__(func, types, args, kwargs or {})
class Answering(torch.Tensor):
    @staticmethod
    def __new__(cls, inner):
        return torch.Tensor._make_subclass(cls, inner)
    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        calls.append("dispatch")
        raise ZeroDivisionError
big = torch.zeros(500, 1000)
views = [big[n] for n in range(500)] + [big.t(), big.reshape(-1)]
lonely = [torch.ones(500, 100)[3:5] for _ in range(10)]
model = torch.nn.Linear(500, 100)
array = numpy.zeros(100000)
shared = torch.from_numpy(array)
back = torch.full((100000,), 2.0).numpy()
nowhere = torch.zeros(10 ** 9, device="meta")
sparse = torch.eye(100).to_sparse()
own, answering = torch.zeros(50000).as_subclass(Own), Answering(torch.zeros(1000))
del calls[:]
"""
WRAPPERS = "import gc; print(sum('Storage' in type(o).__name__ for o in gc.get_objects()))"


async def test_a_view_is_not_its_storage(start):
    target = start("torch", "numpy")
    target.execute(TENSORS)
    wrappers = target.execute(WRAPPERS)
    answer = await look(target)
    told = outside(answer)
    # The storages of the views whose base is gone are larger than what is seen of them.
    assert told["torch.Tensor"][1:] == (13, 500 * 4000 + 10 * 200_000 + 400_000)
    assert told["torch.nn.parameter.Parameter"] == (2, 2, 4 * (500 * 100 + 100))
    assert told["__main__.Own"] == (1, 1, 200_000)
    assert untold(answer) == {("torch.Tensor", "layout"): 1, ("__main__.Answering", "code"): 1}
    assert target.execute("print(calls)").strip() == "[]"
    assert target.execute(WRAPPERS) == wrappers
    assert target.errors() == ""
