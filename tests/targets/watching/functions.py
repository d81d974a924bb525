"""Calls of functions: arguments, results, errors, conditions, limits."""

import sys
import threading
import time
import traceback

import watched
from looking import NEW, RATE, Watched, calls, plain, poll, shown, values

from memtui.agent.entry import guest
from memtui.agent.watch import record


def scenario_function():
    before = watched.add
    with Watched("add") as w:
        assert watched.add(1) == 3
        assert watched.add(1, 2, 3, scale=2, tag="t") == 12
        assert watched.add(left=5, right=6) == 11
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
    assert abs(first["at"] / 1e6 - time.time()) < 30 and first["duration"] >= 0
    assert first["error"] is None
    assert watched.add is before and watched.add is before
    watched.add(1)
    assert calls(w) == []


def scenario_errors():
    with Watched("add", errors_only=True) as w:
        watched.add(1)
        try:
            watched.add("bad")
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
                watched.fail(each)
            except watched.Error:
                pass
        found = calls(w)
    assert [call["error"] for call in found] == [
        "watched.Error: text",
        "watched.Error: <tuple>",
        "watched.Error: 7",
    ]
    assert [plain(call["value"]) for call in found] == ["text", (1,), 7]


def scenario_condition():
    with Watched("add", condition="args[0] > 3 and kwargs['right'] == 2", expr="return_obj") as w:
        for each in range(6):
            watched.add(each)
        watched.add(9, 9)
        told = poll(w)
    assert [plain(call["value"]) for call in told["calls"]] == [6, 7]
    assert (told["seen"], told["matched"], told["dropped"]) == (7, 2, 0)


def scenario_condition_on_the_result():
    with Watched("add", condition="return_obj > 5 or cost_ms > 60000", expr="args") as w:
        for each in range(6):
            watched.add(each)
        assert values(w) == [(4, 2), (5, 2)]


def scenario_undecided():
    with Watched("add", condition="args[7] == 1") as w:
        assert watched.add(1) == 3
        told = poll(w)
    assert told["calls"] == [] and told["undecided"] == 1
    why = {"code": "no-item", "facts": {"type": "tuple", "length": 2, "key": "7"}}
    assert told["problem"] == why
    with Watched("add", expr="args[7]") as w:
        watched.add(1)
        (value,) = values(w)
    assert value["type"] == "unreadable" and value["preview"] == why


def scenario_limit():
    before = watched.add
    with Watched("add", limit=3) as w:
        for each in range(10):
            watched.add(each)
        told = poll(w)
        assert len(told["calls"]) == 3 and told["active"] is False
        assert watched.add is before
        if NEW:
            assert all(sys.monitoring.get_tool(each) != "memtui" for each in range(6))


def scenario_rate():
    limit = record.QUEUE_LIMIT
    unlimited, record._BURST_NS = record._BURST_NS, RATE
    try:
        with Watched("add", expr="args[0]") as w:
            for each in range(20000):
                watched.add(each)
            told = poll(w)
    finally:
        record._BURST_NS = unlimited
    assert told["seen"] == told["matched"] == 20000
    assert len(told["calls"]) + told["dropped"] == 20000
    assert 1 <= len(told["calls"]) <= limit


def scenario_recursion():
    with Watched("fib", condition="args[0] == 7", expr="return_obj") as w:
        assert watched.fib(10) == 55
        told = poll(w)
    assert [plain(call["value"]) for call in told["calls"]] == [13, 13, 13]
    assert told["seen"] == 177


def scenario_blocks():
    with Watched("allocate", expr="args[0]") as w:
        kept = [watched.allocate(1), watched.allocate(1000)]
        small, large = calls(w)
        note = [each for each in w.notes if "blocks" in each["code"]]
    if small["blocks"] is None:
        assert note and (sys.version_info >= (3, 13) or not guest.has_gil), w.notes
    else:
        assert abs(small["blocks"] - 1) < 10 and abs(large["blocks"] - 1000) < 20, (small, large)
    assert len(kept) == 2
