"""Modules, globals, lengths and estimates as records, from a real agent."""

import pytest

from memtui.model.errors import RequestFailed
from memtui.store.joined import joined
from tests.support.attached import attached, row
from tests.support.programs import GLOBALS


async def test_globals_as_records(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(GLOBALS)
    async with attached(target, read_only=True) as session:
        modules = {module.name: module for module in await session.modules()}
        assert (modules["shop.cache"].longest, modules["shop.cache"].length) == ("SESSIONS", 500)
        assert (modules["shop.odd"].type, modules["shop.odd"].globals) == (
            "__main__.NoModule",
            None,
        )
        found = await session.globals("shop.cache", depth=1)
        assert [each.name for each in found.globals][:2] == ["SESSIONS", "Bus"]
        assert (found.globals[1].edge, found.globals[1].length) == ("._listeners", 300)
        address = found.globals[0].value.address
        assert (await session.lengths([address, 1])).lengths == {address: 500, 1: None}
        assert (await session.expand(address, limit=5)).node.hidden == 495
        await session.release_globals()
        assert (await session.lengths([address])).lengths == {address: None}
        with pytest.raises(RequestFailed, match="is not loaded") as refused:
            await session.globals("shop.cash")
        assert refused.value.code == "no-such-module"
    assert target.execute("print(ran)") == "[]\n"


async def test_an_estimate_joins_a_census(interpreter, spawn):
    target = spawn(interpreter)
    target.execute("texts = ['text %d' % n for n in range(10000)]")
    async with attached(target) as session:
        census = await session.census()
        whole = joined(census, await session.untracked())
        assert row(census, "str") == (0, 0)
        count, size = row(whole, "str")
        assert count > 10000
        assert size > 10000 * 50
        assert whole.names[: len(census.names)] == census.names
        assert (whole.coverage, row(whole, "function")) == ("all", row(census, "function"))
