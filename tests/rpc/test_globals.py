"""Modules, globals, lengths and estimates as records, from a real agent."""

import pytest

from memtui.model.errors import RequestFailed
from memtui.store.joined import joined
from memtui.verbs.census import census
from memtui.verbs.expand import expand
from memtui.verbs.globals import globals_of
from memtui.verbs.lengths import lengths
from memtui.verbs.modules import modules
from memtui.verbs.release import release_globals
from memtui.verbs.untracked import untracked
from tests.support.attached import attached, row
from tests.support.programs import GLOBALS


async def test_globals_as_records(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(GLOBALS)
    async with attached(target, read_only=True) as session:
        loaded = {str(module.name): module for module in await modules(session)}
        assert (loaded["shop.cache"].longest, loaded["shop.cache"].length) == ("SESSIONS", 500)
        assert (loaded["shop.odd"].type, loaded["shop.odd"].globals) == (
            "__main__.NoModule",
            None,
        )
        found = await globals_of(session, "shop.cache", depth=1)
        assert [each.name for each in found.globals][:2] == ["SESSIONS", "Bus"]
        assert (found.globals[1].edge, found.globals[1].length) == ("._listeners", 300)
        address = found.globals[0].value.address
        assert dict((await lengths(session, [address, 1])).items()) == {address: 500, 1: None}
        assert (await expand(session, address, limit=5)).node.hidden == 495
        await release_globals(session)
        assert dict((await lengths(session, [address])).items()) == {address: None}
        with pytest.raises(RequestFailed, match="is not loaded") as refused:
            await globals_of(session, "shop.cash")
        assert refused.value.code == "no-such-module"
    assert target.execute("print(ran)") == "[]\n"


async def test_an_estimate_joins_a_census(interpreter, spawn):
    target = spawn(interpreter)
    target.execute("texts = ['text %d' % n for n in range(10000)]")
    async with attached(target) as session:
        counted = await census(session)
        whole = joined(counted, await untracked(session))
        assert row(counted, "str") == (0, 0)
        count, size = row(whole, "str")
        assert count > 10000
        assert size > 10000 * 50
        assert whole.names[: len(counted.names)] == counted.names
        assert (whole.coverage, row(whole, "function")) == ("all", row(counted, "function"))
