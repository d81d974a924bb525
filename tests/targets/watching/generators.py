"""Generators and coroutines: one call from the first step to the last."""

import asyncio
import gc
import inspect

import watched
from looking import Watched, calls, plain, shown, values


def scenario_generator():
    with Watched("count_to", expr="return_obj") as w:
        assert inspect.isgeneratorfunction(watched.count_to)
        assert list(watched.count_to(3)) == [0, 1, 2]
        steps = watched.count_to(9)
        assert next(steps) == 0
        assert values(w)[0] == 3
        try:
            steps.send("stop")
        except StopIteration as end:
            assert end.value == "stopped"
        assert values(w) == ["stopped"]
        abandoned = watched.count_to(5)
        next(abandoned)
        abandoned.close()
        thrown = watched.count_to(5)
        next(thrown)
        try:
            thrown.throw(KeyError("x"))
        except KeyError:
            pass
        errors = [call["error"] for call in calls(w)]
        assert errors[-1] == "KeyError: x", errors


def scenario_interleaved_generators():
    with Watched("count_to", expr="args[0]") as w:
        a, b = watched.count_to(1), watched.count_to(2)
        assert (next(a), next(b), next(b)) == (0, 0, 1)
        assert list(b) == [] and list(a) == []
        assert values(w) == [2, 1]


def scenario_abandoned_generators_keep_nothing():
    with Watched("count_to", expr="args", errors_only=True):
        for _ in range(20):
            steps = watched.count_to(watched.Number(5))
            next(steps)
            del steps
        gc.collect()
        assert watched.Number.alive == 0, watched.Number.alive
        assert watched.fib(5) == 5


def scenario_coroutines_that_go_on_are_counted():
    async def main(w):
        waiting = [asyncio.ensure_future(watched.fetch(number)) for number in range(3)]
        await asyncio.sleep(0)
        assert w.poll()["running"] == 3
        await asyncio.gather(*waiting)
        assert w.poll()["running"] == 0

    with Watched("fetch") as w:
        asyncio.run(main(w))


def scenario_coroutine():
    async def main():
        return await asyncio.gather(
            watched.fetch(1), watched.fetch(2), watched.fetch(-1), return_exceptions=True
        )

    with Watched("fetch") as w:
        assert inspect.iscoroutinefunction(watched.fetch)
        result = asyncio.new_event_loop().run_until_complete(main())
        assert result[:2] == [10, 20] and isinstance(result[2], KeyError)
        found = calls(w)
    assert sorted(shown(call)["args"] for call in found) == [(-1,), (1,), (2,)]
    assert [call["error"] for call in found if call["error"]] == ["KeyError: -1"]


def scenario_async_generator():
    async def main():
        found = [each async for each in watched.ticks(3)]
        steps = watched.ticks(5)
        await steps.__anext__()
        await steps.aclose()
        steps = watched.ticks(5)
        await steps.__anext__()
        try:
            await steps.athrow(ValueError("thrown"))
        except ValueError:
            found.append("raised")
        return found

    with Watched("ticks", expr="args[0]") as w:
        assert inspect.isasyncgenfunction(watched.ticks)
        found = asyncio.new_event_loop().run_until_complete(main())
        assert found == [0, 1, 2, "raised"], found
        got = calls(w)
    assert plain(got[0]["value"]) == 3 and got[-1]["error"] == "ValueError: thrown", got
