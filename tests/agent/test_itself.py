"""memtui never shows itself: no answer to any verb has an object of the agent, and all counts are the program's."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from memtui.model.expression import INSTANCE_NAMES, parse
from tests.support.live import connect
from tests.support.target import ROOT, TARGETS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from tests.support.interpreters import Interpreter
    from tests.support.live import Line
    from tests.support.target import Target

pytestmark = pytest.mark.circle("internals")

VERBS = {path.stem for path in Path(ROOT, "memtui/agent/verbs").glob("[!_]*.py")}
AGENT = ROOT / "memtui" / "agent" / "__main__.py"
TREE = parse("target.number >= 0", INSTANCE_NAMES)


class Facts:
    """What the program says of itself before there is an agent."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.counts: dict[str, int] = json.loads(target.execute("settle()"))
        # What holds them all.
        self.counts["list"] += 1
        self.ids = set(json.loads(target.execute("reached()")))
        self.globals = int(target.execute("print(len(sys.__dict__))"))
        self.modules = set(target.execute("print(*sys.modules)").split())
        self.threads = set(map(int, target.execute("print(*sys._current_frames())").split()))
        self.things = int(target.execute("print(id(things))"))
        # The namespace, three of its own (of an instance since 3.11 itself, before that its dict), what was kept.
        self.holders = 5


def rows(census: dict[str, Any]) -> dict[str, int]:
    table = zip(census["names"], census["counts"], strict=True)
    return {name: count for name, count in table if count}


def strangers(answer: object, ids: set[int]) -> Iterator[tuple[str, str, int]]:
    """The objects in an answer that are not of the program: type, preview, address."""
    if isinstance(answer, dict):
        if answer.get("address", 0) and answer["address"] not in ids:
            yield answer.get("type", ""), answer.get("preview", ""), answer["address"]
        answer = list(answer.values())
    if isinstance(answer, list):
        for each in answer:
            yield from strangers(each, ids)


async def _census(line: Line, facts: Facts) -> object:
    answer = await line.ok("census")
    said = rows(answer)
    wrong = {
        name: (said.get(name, 0), facts.counts.get(name, 0))
        for name in said.keys() | facts.counts.keys()
        if said.get(name, 0) != facts.counts.get(name, 0)
    }
    assert not wrong, wrong
    return answer


async def _instances(line: Line, facts: Facts) -> object:
    pages = []
    for name in ("list", "dict", "type", "function", "tuple", "module", "set", "cell", "method"):
        if name in facts.counts:
            # What the agent made is among the newest.
            page = await line.ok("instances", type=name, limit=200, order="newest", depth=1)
            assert not list(strangers(page, facts.ids)), name
            assert page["total"] == facts.counts[name], name
            pages.append(page)
    pages.append(await line.ok("instances", type="__main__.Thing", where=TREE, expr=TREE, depth=2))
    door = await line.ask(
        "instances", address=int(facts.target.execute("print(id(sys._memtui_agent))"))
    )
    assert door["error"]["code"] == "no-such-object"
    return pages


async def _expand(line: Line, facts: Facts) -> object:
    await line.ok("globals", module="__main__", name="holders", depth=3)
    await line.ok("instances", type="__main__.Holder")
    return [await line.ok("expand", address=facts.things, depth=3)]


async def _referrers(line: Line, facts: Facts) -> object:
    await line.ok("globals", module="__main__", name="holders", depth=3)
    answer = await line.ok("referrers", addresses=[facts.things])
    assert answer["counts"] == [facts.holders]
    return answer


async def _globals(line: Line, facts: Facts) -> object:
    found = await line.ok("globals", module="sys", order="name")
    assert found["total"] == facts.globals
    named = await line.ask("globals", module="sys", name="_memtui_agent")
    assert named["error"]["code"] == "no-such-global"
    own = await line.ok("globals", module="__main__", depth=2)
    return [found, own]


async def _modules(line: Line, facts: Facts) -> object:
    found = await line.ok("modules")
    assert {row[0] for row in found["modules"]} == facts.modules
    assert [row[2] for row in found["modules"] if row[0] == "sys"] == [facts.globals]
    return found


async def _threads(line: Line, facts: Facts) -> object:
    found = await line.ok("threads")
    if found["calls_readable"]:
        assert {row[0] for row in found["threads"]} == facts.threads
    return found


async def _untracked(line: Line, facts: Facts) -> object:
    found = await line.ok("untracked")
    assert found["rows"]
    return found


async def _collect(line: Line, facts: Facts) -> object:
    found = await line.ok("collect")
    assert (found["made"], found["collected"], found["freed"]) == (True, 0, [])
    return found


def _plain(verb: str, **args: Any) -> Callable[[Line, Facts], Awaitable[object]]:
    async def ask(line: Line, facts: Facts) -> object:
        return await line.ok(verb, **args)

    return ask


#: How each verb is asked; ``collect`` comes last, as it changes what is tracked.
RULES = {
    "census": _census,
    "instances": _instances,
    "expand": _expand,
    "lengths": _plain("lengths", addresses=[1]),
    "referrers": _referrers,
    "globals": _globals,
    "modules": _modules,
    "threads": _threads,
    "untracked": _untracked,
    "collector": _plain("collector"),
    "allocations": _plain("allocations", do="state"),
    "watch": _plain("watch", target="__main__:numbers"),
    "watched": _plain("watched", number=1),
    "unwatch": _plain("unwatch", number=1),
    "release": _plain("release"),
    "collect": _collect,
}


async def busy(line: Line, done: asyncio.Event) -> None:
    """Work on everything at once, until ``done``."""
    await line.ok("watch", target="__main__:called", expr=TREE)
    await line.ok("allocations", do="start", budget=1 << 30, milliseconds=600000)
    while not done.is_set():
        page = await line.ok("instances", type="__main__.Holder", depth=3)
        first = page["instances"][0]["address"]
        asked = [line.send("expand", address=first, depth=6) for _ in range(3)]
        asked += [line.send("globals", module="__main__", depth=4), line.send("modules")]
        asked += [line.send("threads"), line.send("referrers", addresses=[first])]
        asked += [line.send("census"), line.send("untracked"), line.send("watched", number=1)]
        await line.answers(*asked)


async def listening(
    spawn: Callable[..., Target], interpreter: Interpreter, without: Target
) -> Facts:
    """A program that listens, and what the same program says ``without``."""
    target = spawn(interpreter, AGENT, "--", str(TARGETS / "counted.py"))
    facts = Facts(target)
    facts.threads = {int(target.execute("print(_thread.get_ident())"))}
    facts.holders = 4
    # Held no longer: what the program holds of the listener would be the program's.
    for each in (target, without):
        each.execute("kept = None; collect(); gc.disable()")
    async with connect(without) as line:
        await line.hello()
        facts.counts = rows(await line.ok("census"))
    return facts


async def test_no_verb_shows_the_agent_while_another_session_works(
    interpreter: Interpreter, spawn: Callable[..., Target]
) -> None:
    if interpreter.free_threaded:
        pytest.skip("without a GIL references are not counted exactly: see docs/safety.md")
    await _shows_nothing_of_ours(Facts(spawn(interpreter, "counted.py")))


@pytest.mark.circle("python")
async def test_no_verb_shows_the_listener_either(
    interpreter: Interpreter, spawn: Callable[..., Target]
) -> None:
    if interpreter.free_threaded:
        pytest.skip("without a GIL references are not counted exactly: see docs/safety.md")
    await _shows_nothing_of_ours(
        await listening(spawn, interpreter, spawn(interpreter, "counted.py"))
    )


async def _shows_nothing_of_ours(facts: Facts) -> None:
    assert RULES.keys() | {"hello"} == VERBS, "each verb needs a rule that says what it may show"
    target = facts.target
    async with connect(target) as line, connect(target) as other:
        await line.hello()
        await other.hello()
        done = asyncio.Event()
        working = asyncio.create_task(busy(other, done))
        try:
            for verb, rule in RULES.items():
                if verb == "collect":
                    done.set()
                    await working
                answer = await rule(line, facts)
                assert not list(strangers(answer, facts.ids)), verb
                assert "memtui.agent" not in str(answer), verb
        finally:
            done.set()
            await asyncio.gather(working, return_exceptions=True)
        await working
    assert target.errors() == ""
