"""Values of the standard library's and numpy's types, as previews show them."""

import sys

import pytest

from tests.support.live import connect

VALUES = """
import collections, datetime, decimal, pathlib, uuid


class Holder:
    def __init__(self, *values):
        self.values = list(values)


class Moment(datetime.datetime):
    def __getattribute__(self, name):
        raise SystemExit(name)


zone = datetime.timezone(-datetime.timedelta(hours=3, minutes=30))
holder = Holder(
    datetime.date(2026, 2, 3),
    datetime.time(4, 5, 6),
    datetime.datetime(2026, 2, 3, 4, 5, 6, 7),
    datetime.datetime(2026, 2, 3, tzinfo=zone),
    datetime.timedelta(days=2, seconds=3, microseconds=4),
    decimal.Decimal("-12.50"),
    decimal.Decimal("NaN"),
    uuid.UUID(int=0x12345678123456781234567812345678),
    pathlib.Path("/srv", "data/one"),
    pathlib.PurePosixPath("relative", "two"),
    Moment(2026, 2, 3),
)
"""
SHOWN = [
    "2026-02-03",
    "04:05:06",
    "2026-02-03 04:05:06.000007",
    "2026-02-03 00:00:00-03:30",
    "2 days, 0:00:03.000004",
    "-12.50",
    "NaN",
    "12345678-1234-5678-1234-567812345678",
    "/srv/data/one",
    "relative/two",
    "Moment",
]


async def values_of(target):
    async with connect(target) as line:
        await line.hello()
        page = await line.ok("instances", type="__main__.Holder", depth=2)
        ((_, held),) = [child for child in page["instances"][0]["children"] if child[0] != ".?"]
        return [node["preview"] for _, node in held["children"]]


@pytest.mark.circle("internals")
async def test_values_of_the_standard_library_are_shown(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(VALUES)
    contexts = "import gc; print(sum(type(e) is decimal.Context for e in gc.get_objects()))"
    before = target.execute(contexts)
    assert await values_of(target) == SHOWN
    assert target.execute(contexts) == before
    assert target.errors() == ""


NUMPY = """
import numpy


class Holder:
    def __init__(self, *values):
        self.values = list(values)


holder = Holder(
    numpy.int64(-7), numpy.bool_(True), numpy.float64(1.5), numpy.float32(0.25), numpy.uint8(200),
    numpy.str_("text"), numpy.datetime64("2026-02-03"),
)
"""


async def test_scalars_of_numpy_are_shown(spawn):
    pytest.importorskip("numpy")
    target = spawn(sys.executable)
    target.execute(NUMPY)
    shown = ["-7", "True", "1.5", "0.25", "200", "'text'", "datetime64"]
    assert await values_of(target) == shown
