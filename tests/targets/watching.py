"""Watches functions of its own in every way, under any interpreter; run by tests/agent/test_watch.py.

Reads a JSON object: the trees of the expressions in here, by their text, for the parser needs a newer
Python.  Prints one: the name of each scenario that failed and its traceback.
"""

import ast
import asyncio
import functools
import gc
import inspect
import json
import sys
import threading
import time
import traceback

from memtui.agent import watch, watch_record, watch_target, wire
from memtui.agent.refusal import Refusal

TREES = json.load(sys.stdin)
NEW = sys.version_info >= (3, 12)


def plain(node):
    """A NODE as the value it shows, where that is plain."""
    if node["type"] == "tuple" and node["length"] == 1:
        return (ast.literal_eval(node["preview"]),)
    if node["type"] in ("int", "str", "bool", "float", "NoneType", "tuple", "dict", "list"):
        return ast.literal_eval(node["preview"])
    return node if node["type"] == "unreadable" else "<%s>" % node["type"].rpartition(".")[2]


class Watched:
    """A watch on ``target`` of this module; leaves with the function as it was."""

    def __init__(self, target, condition=None, expr=None, **rest):
        trees = {}
        for name, text in (("condition", condition), ("expr", expr)):
            if text is not None:
                trees[name] = TREES[text]
        self.watch = watch.Watch("__main__:" + target, watch_record.Wish(**trees, **rest))

    def __enter__(self):
        self.watch.start()
        return self.watch

    def __exit__(self, *_):
        self.watch.stop()


def poll(w):
    answer = w.poll()
    return dict(answer, calls=wire.unpack(answer["calls"].data))


def calls(w):
    return poll(w)["calls"]


def values(w):
    return [plain(call["value"]) for call in calls(w)]


def shown(call):
    return {edge: plain(value) for edge, value in call["value"]["children"]}


# What is watched.


def add(left, right=2, *rest, scale=1, **named):
    if left == "bad":
        raise ValueError("cannot add")
    return (left + right + sum(rest)) * scale


def deco(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        return function(*args, **kwargs)

    return inner


@deco
def decorated(x):
    return x + 1


@deco
def decorated_too(x):
    return x + 2


@functools.lru_cache()
def cached(x):
    return x * 2


def count_to(n):
    for each in range(n):
        got = yield each
        if got == "stop":
            return "stopped"
    return n


async def fetch(x):
    await asyncio.sleep(0)
    if x < 0:
        raise KeyError(x)
    return x * 10


async def ticks(n):
    for each in range(n):
        yield each


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def allocate(n):
    return [object() for _ in range(n)]


class Error(Exception):
    def __str__(self):
        raise RuntimeError("not to be run")

    __repr__ = __str__


def fail(with_what):
    raise Error(with_what)


class Base:
    def __init__(self, name="n"):
        self.name = name

    def inherited(self, x):
        return (self.name, x)


class Shop(Base):
    class Inner:
        def deep(self):
            return "deep"

    @property
    def prop(self):
        return 1

    def method(self, x, y=5):
        return x + y

    @classmethod
    def of_class(cls, x):
        return (cls.__name__, x)

    @staticmethod
    def static(x):
        return x * 3

    def __call__(self):
        pass


class Other(Base):
    pass


class Guarded(type):
    def __setattr__(cls, name, value):
        raise AssertionError("the metaclass was asked")


class Strict(metaclass=Guarded):
    def method(self):
        return 1


instance = Shop()
bound = instance.method
partial = functools.partial(add, 1)


# The scenarios.


def scenario_function():
    before = add
    with Watched("add") as w:
        assert add(1) == 3
        assert add(1, 2, 3, scale=2, tag="t") == 12
        assert add(left=5, right=6) == 11
        first, second, third = calls(w)
    assert shown(first) == {
        "args": (1, 2),
        "kwargs": {"left": 1, "right": 2, "scale": 1},
        "return_obj": 3,
    }
    kwargs = {"left": 1, "right": 2, "scale": 2, "tag": "t"}
    assert shown(second) == {"args": (1, 2, 3), "kwargs": kwargs, "return_obj": 12}
    assert shown(third)["args"] == (5, 6)
    assert first["thread"] == threading.current_thread().name
    assert first["thread_id"] == threading.get_ident()
    assert abs(first["at_us"] / 1e6 - time.time()) < 30 and first["duration_ns"] >= 0
    assert first["error"] is None
    assert add is before and globals()["add"] is before
    add(1)
    assert calls(w) == []


def scenario_errors():
    with Watched("add", errors_only=True) as w:
        add(1)
        try:
            add("bad")
        except ValueError as error:
            names = [each.name for each in traceback.extract_tb(error.__traceback__)]
            assert names[0] == "scenario_errors" and names[-1] == "add", names
            assert error.__context__ is None
        else:
            raise AssertionError("swallowed")
        (call,) = calls(w)
        counts = poll(w)
    assert call["error"] == "ValueError: cannot add"
    assert shown(call)["error"] == "<ValueError>"
    assert counts["seen"] == 2 and counts["matched"] == 1, counts


def scenario_error_text_runs_nothing():
    with Watched("fail", expr="error.args[0]") as w:
        for each in ("text", (1,), 7):
            try:
                fail(each)
            except Error:
                pass
        found = calls(w)
    assert [call["error"] for call in found] == [
        "__main__.Error: text",
        "__main__.Error: <tuple>",
        "__main__.Error: 7",
    ]
    assert [plain(call["value"]) for call in found] == ["text", (1,), 7]


def scenario_condition():
    with Watched("add", condition="args[0] > 3 and kwargs['right'] == 2", expr="return_obj") as w:
        for each in range(6):
            add(each)
        add(9, 9)
        told = poll(w)
    assert [plain(call["value"]) for call in told["calls"]] == [6, 7]
    assert (told["seen"], told["matched"], told["dropped"]) == (7, 2, 0)


def scenario_condition_on_the_result():
    with Watched("add", condition="return_obj > 5 or cost_ms > 60000", expr="args") as w:
        for each in range(6):
            add(each)
        assert values(w) == [(4, 2), (5, 2)]


def scenario_undecided():
    with Watched("add", condition="args[7] == 1") as w:
        assert add(1) == 3
        told = poll(w)
    assert told["calls"] == [] and told["undecided"] == 1
    assert told["problem"] == "there is no [7] in a tuple of 2"
    with Watched("add", expr="args[7]") as w:
        add(1)
        (value,) = values(w)
    assert value["type"] == "unreadable" and value["preview"] == "there is no [7] in a tuple of 2"


def scenario_limit():
    before = add
    with Watched("add", limit=3) as w:
        for each in range(10):
            add(each)
        told = poll(w)
        assert len(told["calls"]) == 3 and told["active"] is False
        assert add is before
        if NEW:
            assert all(sys.monitoring.get_tool(each) != "memtui" for each in range(6))


def scenario_rate():
    watch_record_limit = watch_record.QUEUE_LIMIT
    with Watched("add", expr="args[0]") as w:
        for each in range(20000):
            add(each)
        told = poll(w)
    assert told["seen"] == told["matched"] == 20000
    assert len(told["calls"]) + told["dropped"] == 20000
    assert 1 <= len(told["calls"]) <= watch_record_limit


def scenario_methods():
    with Watched("Shop.method", expr="target.name") as w:
        assert instance.method(1, y=2) == 3
        assert bound(3) == 8
        assert len(values(w)) == (2 if NEW else 1)
    assert "method" in Shop.__dict__ and instance.method(1) == 6
    with Watched("Shop.method") as w:
        instance.method(1)
        (call,) = calls(w)
    assert shown(call)["args"] == (1, 5) and shown(call)["kwargs"] == {"x": 1, "y": 5}
    assert shown(call)["target"] == "<Shop>"


def scenario_class_and_static_methods():
    raw = Shop.__dict__["of_class"]
    with Watched("Shop.of_class") as w:
        assert Shop.of_class(1) == ("Shop", 1)
        assert instance.of_class(2) == ("Shop", 2)
        first, second = calls(w)
    assert shown(first)["args"] == (1,) and shown(first)["target"] == "<type>" or NEW
    assert Shop.__dict__["of_class"] is raw
    raw = Shop.__dict__["static"]
    with Watched("Shop.static", expr="args") as w:
        assert Shop.static(1) == 3 and instance.static(x=2) == 6
        assert values(w) == [(1,), (2,)]
    assert Shop.__dict__["static"] is raw


def scenario_inherited():
    with Watched("Shop.inherited", expr="return_obj") as w:
        assert Shop("s").inherited(1) == ("s", 1)
        assert Other("o").inherited(2) == ("o", 2)
        assert values(w) == [("s", 1)]
    assert "inherited" not in Shop.__dict__


def scenario_nested_class_and_init():
    with Watched("Shop.Inner.deep") as w:
        assert Shop.Inner().deep() == "deep"
        assert len(calls(w)) == 1
    with Watched("Base.__init__", expr="kwargs['name']") as w:
        assert Shop("x").name == "x"
        assert values(w) == ["x"]


def scenario_metaclass_is_not_asked():
    with Watched("Strict.method") as w:
        assert Strict().method() == 1
        assert len(calls(w)) == 1
    assert Strict().method() == 1


def scenario_decorated():
    with Watched("decorated", expr="args") as w:
        assert decorated(1) == 2
        assert decorated_too(5) == 7
        assert values(w) == [(1,)]
    assert decorated.__wrapped__(1) == 2


def scenario_cached():
    cached.cache_clear()
    if not NEW:
        refused("cached", "is a functools._lru_cache_wrapper")
        return
    with Watched("cached", expr="return_obj") as w:
        assert cached(2) == 4 and cached(2) == 4
        assert values(w) == [4]
        assert "answered from a cache" in w.notes[0]


def scenario_generator():
    with Watched("count_to", expr="return_obj") as w:
        assert inspect.isgeneratorfunction(count_to)
        assert list(count_to(3)) == [0, 1, 2]
        steps = count_to(9)
        assert next(steps) == 0
        assert values(w)[0] == 3
        try:
            steps.send("stop")
        except StopIteration as end:
            assert end.value == "stopped"
        assert values(w) == ["stopped"]
        abandoned = count_to(5)
        next(abandoned)
        abandoned.close()
        thrown = count_to(5)
        next(thrown)
        try:
            thrown.throw(KeyError("x"))
        except KeyError:
            pass
        errors = [call["error"] for call in calls(w)]
        assert errors[-1] == "KeyError: x", errors


def scenario_interleaved_generators():
    with Watched("count_to", expr="args[0]") as w:
        a, b = count_to(1), count_to(2)
        assert (next(a), next(b), next(b)) == (0, 0, 1)
        assert list(b) == [] and list(a) == []
        assert values(w) == [2, 1]


def scenario_abandoned_generators_keep_nothing():
    with Watched("count_to", expr="args", errors_only=True):
        for _ in range(20):
            steps = count_to(Number(5))
            next(steps)
            del steps
        gc.collect()
        assert Number.alive == 0, Number.alive
        assert fib(5) == 5


class Number(int):
    alive = 0

    def __init__(self, *_):
        Number.alive += 1

    def __del__(self):
        Number.alive -= 1


def scenario_coroutine():
    async def main():
        return await asyncio.gather(fetch(1), fetch(2), fetch(-1), return_exceptions=True)

    with Watched("fetch") as w:
        assert inspect.iscoroutinefunction(fetch)
        result = asyncio.new_event_loop().run_until_complete(main())
        assert result[:2] == [10, 20] and isinstance(result[2], KeyError)
        found = calls(w)
    assert sorted(shown(call)["args"] for call in found) == [(-1,), (1,), (2,)]
    assert [call["error"] for call in found if call["error"]] == ["KeyError: -1"]


def scenario_async_generator():
    async def main():
        found = [each async for each in ticks(3)]
        steps = ticks(5)
        await steps.__anext__()
        await steps.aclose()
        steps = ticks(5)
        await steps.__anext__()
        try:
            await steps.athrow(ValueError("thrown"))
        except ValueError:
            found.append("raised")
        return found

    with Watched("ticks", expr="args[0]") as w:
        assert inspect.isasyncgenfunction(ticks)
        found = asyncio.new_event_loop().run_until_complete(main())
        assert found == [0, 1, 2, "raised"], found
        got = calls(w)
    assert plain(got[0]["value"]) == 3 and got[-1]["error"] == "ValueError: thrown", got


def scenario_recursion():
    with Watched("fib", condition="args[0] == 7", expr="return_obj") as w:
        assert fib(10) == 55
        told = poll(w)
    assert [plain(call["value"]) for call in told["calls"]] == [13, 13, 13]
    assert told["seen"] == 177


def scenario_threads():
    def work():
        for each in range(500):
            assert add(each) == each + 2

    with Watched("add", condition="args[0] == 499", expr="args[0]") as w:
        threads = [threading.Thread(target=work, name="worker-%d" % each) for each in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        told = poll(w)
    assert sorted(call["thread"] for call in told["calls"]) == [
        "worker-%d" % each for each in range(4)
    ]
    assert told["seen"] == 2000 or not watch.guest.has_gil


def scenario_started_and_stopped_under_load():
    stop, wrong = [], []

    def work():
        while not stop:
            try:
                if add(1, 2) != 3:
                    wrong.append("result")
                if list(count_to(3)) != [0, 1, 2]:
                    wrong.append("steps")
                try:
                    add("bad")
                except ValueError:
                    pass
                else:
                    wrong.append("swallowed")
            except BaseException:
                wrong.append(traceback.format_exc())

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    end = time.monotonic() + 1
    rounds = 0
    while time.monotonic() < end:
        rounds += 1
        for target in ("add", "count_to"):
            with Watched(target, expr="args"):
                time.sleep(0.001)
    stop.append(True)
    for thread in threads:
        thread.join()
    assert wrong == [] and rounds > 3, (rounds, wrong[:3])


def scenario_calls_in_flight_when_the_watch_ends():
    def slow():
        go.wait(10)
        return "slow"

    go = threading.Event()
    globals()["slow"] = slow
    results = []
    with Watched("slow"):
        thread = threading.Thread(target=lambda: results.append(globals()["slow"]()))
        thread.start()
        deadline = time.monotonic() + 10
        while not sys._current_frames().get(thread.ident) and time.monotonic() < deadline:
            time.sleep(0.001)
    go.set()
    thread.join()
    assert results == ["slow"]


def scenario_a_wrapper_outlives_the_watch():
    with Watched("add") as w:
        taken = add
    assert taken(1) == 3
    assert calls(w) == []
    if not NEW:
        assert taken is not add
        space = taken.__globals__
        assert not any("memtui" in str(value) for value in space.values() if type(value) is str)
        assert not [
            each
            for each in gc.get_referents(*taken.__closure__)
            if "memtui" in type(each).__module__
        ]


def scenario_replaced_meanwhile():
    if NEW:
        return
    before = add

    def mine(*args):
        return "mine"

    with Watched("add") as w:
        globals()["add"] = mine
    assert globals()["add"] is mine
    assert "was replaced by the application meanwhile" in w.notes[-1]
    globals()["add"] = before


def scenario_other_references_are_counted():
    if NEW:
        return
    gc.collect()
    kept = [add, {"route": add}]
    with Watched("add") as w:
        # partial holds one as well
        assert w.notes[0].startswith("3 other references"), w.notes
    del kept
    with Watched("Shop.static") as w:
        assert not any("references" in note for note in w.notes), w.notes
    with Watched("fib") as w:
        assert not any("references" in note for note in w.notes), w.notes


def scenario_blocks():
    with Watched("allocate", expr="args[0]") as w:
        kept = [allocate(1), allocate(1000)]
        small, large = calls(w)
        note = [each for each in w.notes if "blocks" in each]
    if small["blocks"] is None:
        assert note and (sys.version_info >= (3, 13) or not watch.guest.has_gil), w.notes
    else:
        assert abs(small["blocks"] - 1) < 10 and abs(large["blocks"] - 1000) < 20, (small, large)
    assert len(kept) == 2


def scenario_signals_pass():
    import signal

    class Alarm(ValueError):
        pass

    def drive(end):
        while time.monotonic() < end:
            add(1)

    def ring(_, frame):
        # Only where somebody expects it.
        while frame is not None and frame.f_code is not drive.__code__:
            frame = frame.f_back
        if frame is not None:
            raise Alarm("rung")

    old = signal.signal(signal.SIGALRM, ring)
    rung = 0
    try:
        with Watched("add", condition="args[0] == -1"):
            signal.setitimer(signal.ITIMER_REAL, 0.003, 0.003)
            end = time.monotonic() + 0.5
            while time.monotonic() < end:
                try:
                    drive(end)
                except Alarm:
                    rung += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
    assert rung > 20, rung


def scenario_no_code_of_arguments_runs():
    ran = []

    def hook(name):
        def hooked(self, *rest):
            ran.append(name)
            raise RuntimeError(name)

        return hooked

    names = (
        "repr str len bool eq ne lt hash iter getattr getattribute del call index format dir sizeof"
    )
    space = {"__%s__" % name: hook(name) for name in names.split()}
    space["__class__"] = space["prop"] = property(hook("property"))
    hostile = type("Hostile", (Exception,), space)()
    holder = {"h": [hostile]}
    with Watched("give", depth=3) as w:
        give(hostile)
        give(holder)
        try:
            give(hostile, fails=True)
        except Exception:
            pass
        found = calls(w)
    with Watched("give", condition="args[0] == 1 or error == 1 or target") as w:
        give(hostile)
    assert [call["error"] for call in found] == [None, None, "__main__.Hostile"], found
    assert ran == [], ran


def give(thing, fails=False):
    if fails:
        raise thing
    return thing


def scenario_two_watches():
    with Watched("add", expr="args[0]") as one, Watched("fib", expr="args[0]") as two:
        add(1)
        fib(1)
        assert values(one) == [1] and values(two) == [1]
    with Watched("add", expr="args[0]") as one:
        with Watched("add", expr="return_obj") as two:
            add(1)
            assert values(one) == [1] and values(two) == [3]
        add(2)
        assert values(one) == [2] and values(two) == []


def scenario_all_tool_ids_taken():
    if not NEW:
        return
    taken = [each for each in range(6) if sys.monitoring.get_tool(each) is None]
    for each in taken:
        sys.monitoring.use_tool_id(each, "other")
    try:
        before = add
        with Watched("add", expr="args[0]") as w:
            add(1)
            assert values(w) == [1] and w.describe()["method"] == "wrapping"
        assert add is before
    finally:
        for each in taken:
            sys.monitoring.free_tool_id(each)


def refused(target, why):
    try:
        watch_target.find("__main__:" + target) if ":" not in target else watch_target.find(target)
        Watched(target).watch.stop()
    except Refusal as refusal:
        assert why in refusal.message, refusal.message
        return refusal.hint
    raise AssertionError("%s was not refused" % target)


def scenario_refusals():
    assert "Shop.__init__" in refused("Shop", "is a class")
    assert "near it: add" in refused("ad", "module __main__ has no ad")
    assert "method" in refused("Shop.methd", "class __main__.Shop has no methd")
    assert "near it: __main__" in refused("__main_:add", "module __main_ is not loaded")
    refused("xml.nowhere:f", "module xml.nowhere is not loaded")
    assert "xml" not in sys.modules
    refused("time:time", "is written in C")
    refused("builtins:dict.get", "is written in C")
    refused("builtins:len", "is written in C")
    refused("Shop.prop", "is a property")
    refused("partial", "is no Python function but a functools.partial")
    refused("instance.method", "instance is no class but a __main__.Shop")
    assert "Shop.method" in refused("bound", "is a bound method")
    refused("NEW", "is no Python function but a bool")
    for each in ("add", "__main__:", ":add", "a:b:c", "__main__:a..b", ""):
        try:
            watch_target.find(each)
        except Refusal as refusal:
            assert "module:function" in refusal.message
        else:
            raise AssertionError(each)
    if NEW:
        assert all(sys.monitoring.get_tool(each) is None for each in range(6))


def main():
    failed = {}
    for name in sorted(globals()):
        if name.startswith("scenario_"):
            try:
                globals()[name]()
            except BaseException:
                failed[name] = traceback.format_exc()
    print(json.dumps(failed))


main()
