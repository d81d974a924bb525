"""Globals of loaded modules, on every interpreter, without a line of the application."""

import pytest

from tests.support.live import connect, said
from tests.support.programs import GLOBALS
from tests.support.tampering import effort, measure_effort


@pytest.fixture
def app(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(GLOBALS)
    return target


def by_name(answer):
    return {name: node for name, node, *_ in answer["globals"]}


async def test_globals_are_listed_with_the_longest_first(app):
    async with connect(app) as line:
        await line.hello()
        answer = await line.ok("globals", module="shop.cache", depth=1)
        names = [name for name, *_ in answer["globals"]]
        assert names[:6] == ["SESSIONS", "Bus", "handler", "box", "RECENT", "TEXT"]
        within = {name: longest for name, _, *longest in answer["globals"]}
        assert within["Bus"] == ["._listeners", 300]
        assert within["handler"] == [".__defaults__[0]", 200]
        assert within["box"] == [".held", 60]
        assert within["SESSIONS"] == [None, None]
        found = by_name(answer)
        assert (found["SESSIONS"]["length"], found["RECENT"]["length"]) == (500, 40)
        assert found["SESSIONS"]["type"] == "collections.OrderedDict"
        assert len(found["SESSIONS"]["children"]) + found["SESSIONS"]["hidden"] == 500
        held = dict(found["Bus"]["children"])
        assert (held["._listeners"]["length"], held[".limit"]["preview"]) == (300, "7")
        held = dict(found["handler"]["children"])
        assert held[".__defaults__"]["length"] == 1
        assert held[".retries"]["preview"] == "['a', 'b']"
        assert answer["total"] == len(names)
        by_size = await line.ok("globals", module="shop.cache", order="name", limit=3, offset=1)
        assert [name for name, *_ in by_size["globals"]] == sorted(
            name for name in names if not name.startswith("__")
        )[1:4]
    assert app.execute("print(ran)") == "[]\n"
    assert app.errors() == ""


async def test_one_global_is_reached_by_its_dotted_name(app):
    async with connect(app) as line:
        await line.hello()
        for name, length in (
            ("SESSIONS", 500),
            ("Bus._listeners", 300),
            ("handler.retries", 2),
            ("box.held", 60),
        ):
            answer = await line.ok("globals", module="shop.cache", name=name, depth=6)
            ((told, node, *_),) = answer["globals"]
            assert (told, node["length"]) == (name, length)
            assert node["children"]
        wrong = await line.ask("globals", module="shop.cache", name="Bus._listener")
        assert wrong["error"]["code"] == "no-such-global"
        assert said(wrong["error"]) == ("Bus has no _listener", "near it: _listeners")
    assert app.execute("print(ran)") == "[]\n"


async def test_what_is_not_loaded_is_not_imported(app):
    async with connect(app) as line:
        await line.hello()
        answer = await line.ask("globals", module="shop.cach")
        assert answer["error"]["code"] == "no-such-module"
        assert said(answer["error"])[1].startswith("near it: shop.cache")
        answer = await line.ask("globals", module="xdrlib2")
        assert said(answer["error"])[0] == "module xdrlib2 is not loaded"
        await line.ask("globals", module="wave")
        assert app.execute("print('wave' in sys.modules)") == "False\n"


async def test_lazy_modules_and_what_is_no_module_are_not_touched(app):
    async with connect(app) as line:
        await line.hello()
        rows = {row[0]: row[1:] for row in (await line.ok("modules"))["modules"]}
        assert rows["shop.cache"][0] is None
        assert rows["shop.cache"][2:] == ["SESSIONS", 500, None]
        assert rows["shop.lazy"][0] == "__main__.Lazy"
        assert rows["shop.lazy"][2:] == ["TABLE", 1, None]
        assert rows["shop.odd"] == ["__main__.NoModule", None, None, None, None]
        assert rows["os"][4].endswith("os.py")
        assert rows["shop.none"][0] == "NoneType"
        answer = await line.ok("globals", module="shop.lazy", depth=2)
        assert by_name(answer)["TABLE"]["length"] == 1
        expanded = await line.ok("expand", address=answer["address"], depth=1)
        assert ".TABLE" in dict(expanded["node"]["children"])
        refused = await line.ask("globals", module="shop.odd")
        assert "is not a module but a __main__.NoModule" in said(refused["error"])[0]
        for module in ("__main__", "sys", "builtins"):
            assert (await line.ok("globals", module=module, depth=1))["globals"]
    assert app.execute("print(ran)") == "[]\n"
    assert app.errors() == ""


async def test_lengths_follow_the_containers_that_are_shown(app):
    async with connect(app) as line:
        await line.hello()
        found = by_name(await line.ok("globals", module="shop.cache"))
        page = await line.ok("instances", type="__main__.Box", depth=1)
        sessions, bus = found["SESSIONS"]["address"], found["Bus"]["address"]
        inside = await line.ok("expand", address=bus, depth=1)
        listeners = dict(inside["node"]["children"])["._listeners"]["address"]
        held = dict(page["instances"][0]["children"])[".held"]["address"]
        asked = [sessions, listeners, held, bus, 12345]
        before = await line.ok("lengths", addresses=asked)
        assert before["lengths"] == [500, 300, 60, None, None]
        app.execute("shop.SESSIONS.update(dict.fromkeys(range(1000, 1020))); Bus._listeners.pop()")
        after = await line.ok("lengths", addresses=asked)
        assert after["lengths"][:2] == [520, 299]
        assert after["at"] >= before["at"]
        await line.ok("release")
        assert (await line.ok("lengths", addresses=asked))["lengths"][:3] == [520, 299, None]
        await line.ok("release", globals=True)
        assert (await line.ok("lengths", addresses=asked))["lengths"] == [None] * 5


TURNING = """
import collections
class Pile(list): pass
lru = collections.OrderedDict.fromkeys(range(60))
long = dict.fromkeys(range(1000, 7000))
table, pile, huge, number = {object(): 1}, Pile([1, 2, 3]), list(range(6000)), 5
"""


async def test_marks_tell_whether_a_container_has_other_entries_now(app):
    app.execute(TURNING)
    async with connect(app) as line:
        await line.hello()
        names = ["lru", "long", "table", "pile", "huge", "number"]
        found = by_name(await line.ok("globals", module="__main__"))
        asked = [found[name]["address"] for name in names]

        async def marks():
            answer = await line.ok("lengths", addresses=asked, marks=True)
            return dict(zip(names, answer["marks"], strict=False))

        before = await marks()
        assert (before["huge"], before["number"]) == (None, None)
        app.execute("lru.move_to_end(0); pile.reverse(); table[next(iter(table))] = 2; huge.sort()")
        assert await marks() == before
        app.execute("del lru[1]; lru['new'] = 1; del long[1000]; long['new'] = 1; pile[0] = 9")
        after = await marks()
        assert after["table"] == before["table"]
        assert after["lru"] != before["lru"]
        assert after["pile"] != before["pile"]
        assert all(a != b for a, b in zip(after["long"], before["long"], strict=False))


BOUNDED = """
import asyncio, collections, functools, queue
class Log(collections.deque): pass
class Jobs(queue.PriorityQueue): pass
class Queue: maxsize = 7
log, jobs, endless = Log(maxlen=5), Jobs(maxsize=6), queue.Queue()
inbox, own = asyncio.Queue(maxsize=9), Queue()
@functools.lru_cache(maxsize=8)
def page(number): return number
@functools.lru_cache(maxsize=None)
def every(number): return number
"""


async def test_what_limits_a_container_is_read_where_its_type_says_so(app):
    app.execute(BOUNDED)
    async with connect(app) as line:
        await line.hello()
        found = by_name(await line.ok("globals", module="__main__"))
        names = ("log", "jobs", "endless", "inbox", "own", "page", "every")
        bounds = [found[name]["bound"] for name in names]
        assert bounds == [5, 6, None, 9, None, 8, None]


async def test_a_hostile_module_is_listed_without_its_code(interpreter, spawn):
    target = spawn(interpreter, "hostile.py")
    target.execute("arm()")
    async with connect(target) as line:
        await line.hello()
        await line.ok("modules")
        answer = await line.ok("globals", module="__main__", depth=4)
        assert {"nasty", "mapping", "keyed", "Nasty"} <= set(by_name(answer))
        await line.ok("lengths", addresses=[node["address"] for _, node, *_ in answer["globals"]])
    assert target.execute("disarm(); print(CALLS)").strip() == "[]"
    assert target.errors() == ""


@pytest.mark.circle("viewer")
async def test_a_million_items_cost_no_more_than_a_few(interpreter, spawn):
    few, many = [await _effort_at(interpreter, spawn, items) for items in (3000, 1000000)]
    assert all(each > 0 for each in few)
    # As many lines of Python, and no list of them all.
    assert many[0] < 1.1 * few[0]
    assert many[1] < few[1] + (1 << 20)


async def _effort_at(interpreter, spawn, items):
    target = spawn(interpreter)
    target.execute(
        f"LARGE = dict.fromkeys(range({items})); MANY = [[n] for n in range({items} // 3)]"
    )
    async with connect(target) as line:
        await line.hello()
        asked = {"module": "__main__", "depth": 6}
        assert (await line.ok("globals", **asked))["globals"][0][0] == "LARGE"
        measure_effort(target)
        await line.ok("globals", **asked)
        return effort(target)
