"""Beside whoever else is there: threads, other watches and tools, the application itself."""

import gc
import signal
import sys
import threading
import time
import traceback

import watched
from looking import NEW, Watched, calls, poll, values

from memtui.agent.entry import guest


def scenario_threads():
    def work():
        for each in range(500):
            assert watched.add(each) == each + 2

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
    assert told["seen"] == 2000 or not guest.has_gil


def scenario_started_and_stopped_under_load():
    stop, wrong = [], []

    def work():
        while not stop:
            try:
                if watched.add(1, 2) != 3:
                    wrong.append("result")
                if list(watched.count_to(3)) != [0, 1, 2]:
                    wrong.append("steps")
                try:
                    watched.add("bad")
                except ValueError:
                    pass
                else:
                    wrong.append("swallowed")
            except BaseException:
                wrong.append(traceback.format_exc())

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(15):
        for target in ("add", "count_to"):
            with Watched(target, expr="args"):
                time.sleep(0.001)
    stop.append(True)
    for thread in threads:
        thread.join()
    assert wrong == [], wrong[:3]


def scenario_calls_in_flight_when_the_watch_ends():
    def slow():
        go.wait(10)
        return "slow"

    go = threading.Event()
    watched.slow = slow
    results = []
    with Watched("slow"):
        thread = threading.Thread(target=lambda: results.append(watched.slow()))
        thread.start()
        deadline = time.monotonic() + 10
        while not sys._current_frames().get(thread.ident) and time.monotonic() < deadline:
            time.sleep(0.001)
    go.set()
    thread.join()
    assert results == ["slow"]


def scenario_a_wrapper_outlives_the_watch():
    with Watched("add") as w:
        taken = watched.add
    assert taken(1) == 3
    assert calls(w) == []
    if not NEW:
        assert taken is not watched.add
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
    before = watched.add

    def mine(*args):
        return "mine"

    with Watched("add") as w:
        watched.add = mine
    assert watched.add is mine
    assert w.notes[-1]["code"] == "replaced"
    watched.add = before


def scenario_other_references_are_counted():
    if NEW:
        return
    gc.collect()
    kept = [watched.add, {"route": watched.add}]
    with Watched("add") as w:
        # partial holds one as well
        assert w.notes[0] == {"code": "other-references", "facts": {"others": 3}}, w.notes
    del kept
    with Watched("Shop.static") as w:
        assert not any("references" in note["code"] for note in w.notes), w.notes
    with Watched("fib") as w:
        assert not any("references" in note["code"] for note in w.notes), w.notes


def scenario_signals_pass():
    import signal

    class Alarm(ValueError):
        pass

    def drive(end):
        while time.monotonic() < end:
            watched.add(1)

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
            end = time.monotonic() + 60
            while rung < 30 and time.monotonic() < end:
                try:
                    drive(end)
                except Alarm:
                    rung += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
    assert rung == 30, rung


def scenario_two_watches():
    with Watched("add", expr="args[0]") as one, Watched("fib", expr="args[0]") as two:
        watched.add(1)
        watched.fib(1)
        assert values(one) == [1] and values(two) == [1]
    with Watched("add", expr="args[0]") as one:
        with Watched("add", expr="return_obj") as two:
            watched.add(1)
            assert values(one) == [1] and values(two) == [3]
        watched.add(2)
        assert values(one) == [2] and values(two) == []


def scenario_all_tool_ids_taken():
    if not NEW:
        return
    taken = [each for each in range(6) if sys.monitoring.get_tool(each) is None]
    for each in taken:
        sys.monitoring.use_tool_id(each, "other")
    try:
        before = watched.add
        with Watched("add", expr="args[0]") as w:
            watched.add(1)
            assert values(w) == [1] and w.describe()["method"] == "wrapping"
        assert watched.add is before
    finally:
        for each in taken:
            sys.monitoring.free_tool_id(each)
