"""Beside whoever else is there: threads, other watches and tools, the application itself."""

import inspect
import signal
import sys
import threading
import time
import traceback

import watched
from looking import NEW, Watched, calls, poll, refused, values

from memtui.agent.entry import guest


SIGNATURE = inspect.signature(watched.add)


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


def scenario_the_function_is_the_same_object_throughout():
    before, code = watched.add, watched.add.__code__
    with Watched("add") as w:
        taken = watched.add
        assert inspect.signature(taken) == SIGNATURE
        assert hash(taken.__code__) is not None
    assert taken is before and taken.__code__ is code
    assert taken(1) == 3
    assert calls(w) == []


def scenario_replaced_meanwhile():
    before = watched.add

    def mine(*args):
        return "mine"

    code = before.__code__
    with Watched("add") as w:
        watched.add = mine
        before(1)
        assert len(calls(w)) == 1
    assert watched.add is mine and before.__code__ is code
    watched.add = before
    with Watched("add") as w:
        before.__code__ = mine.__code__
    assert before.__code__ is mine.__code__
    before.__code__ = code
    if not NEW:
        assert w.notes[-1]["code"] == "replaced"


def scenario_calls_through_other_references_are_seen():
    kept = [watched.add, {"route": watched.add}]
    with Watched("add", expr="args[0]") as w:
        kept[0](1)
        kept[1]["route"](2)
        watched.partial()
        assert values(w) == [1, 2, 1]
        assert not [note for note in w.notes if "block" not in note["code"]], w.notes


def scenario_every_name_of_the_frame_can_be_read():
    """Debuggers and reports of errors read the variables of all frames, also those from outside."""

    class Rung(Exception):
        pass

    def failing(number, *, key=1):
        if number:
            raise Rung(key, result)
        return result

    result = [1]
    watched.failing = failing
    with Watched("failing", expr="kwargs") as w:
        assert watched.failing(0) is result
        try:
            watched.failing(1, key=2)
        except Rung as error:
            found = [each for each, _ in traceback.walk_tb(error.__traceback__)]
            assert all(type(each.f_locals) is not None for each in found)
            assert [each.f_locals.get("result") for each in found][-1] == [1]
        assert values(w) == [{"number": 0, "key": 1}, {"number": 1, "key": 2}]
    del watched.failing


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
    code = watched.add.__code__
    one, two = Watched("add", expr="args[0]"), Watched("add", expr="return_obj")
    first, second = one.__enter__(), two.__enter__()
    one.__exit__()
    watched.add(3)
    assert values(first) == [] and values(second) == [5]
    two.__exit__()
    assert watched.add(4) == 6 and watched.add.__code__ is code
    assert "replaced" not in [note["code"] for note in first.notes + second.notes]


def scenario_all_tool_ids_taken():
    if not NEW:
        return
    taken = [each for each in range(6) if sys.monitoring.get_tool(each) is None]
    for each in taken:
        sys.monitoring.use_tool_id(each, "other")
    try:
        if not guest.has_gil:
            refused("add", "no-tool-id-left")
            return
        code = watched.add.__code__
        with Watched("add", expr="args[0]") as w:
            watched.add(1)
            assert values(w) == [1] and w.describe()["method"] == "wrapping"
        assert watched.add.__code__ is code
    finally:
        for each in taken:
            sys.monitoring.free_tool_id(each)
