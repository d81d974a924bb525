"""Sentences of the product beside the counters of the program that they are about."""

from __future__ import annotations

import json
import re

import pytest

from tests.cli.test_report import reported
from tests.support.commands import Paced, memtui

CACHED = """
import collections, functools, gc, queue
class Row:
    def __init__(self, number): self.number = number
class Page:
    def __init__(self, number): self.number = number
class Job:
    def __init__(self, number): self.number = number
LOG = collections.deque(maxlen=400)
@functools.lru_cache(maxsize=500)
def page(number): return Page(number)
JOBS = queue.Queue(maxsize=300)
def leak():
    for number in range(len(LOG), len(LOG) + 30):
        LOG.append(Row(number))
        page(number)
        JOBS.put(Job(number), block=False)
"""
"""Three containers that say themselves how long they can get, all filling up."""

WARNED = """
import gc, sys
class Reading:
    def __init__(self, number): self.number, self.text = number, "reading %d" % number
__seen__ = {}
def leak():
    for number in range(len(__seen__), len(__seen__) + 40):
        __seen__[(Reading(number), number)] = True
"""
"""A global with a name of Python's kind, which keeps its keys; all values are one object."""

COLOURS = """
import gc
COLOURS = {"colour %d" % number: {"shade %d" % shade: shade for shade in range(number % 90)}
           for number in range(3000)}
def leak():
    pass
"""
"""A constant table that is larger than what one look lists of it."""

SAWTOOTH = """
import gc
class Entry:
    def __init__(self, number): self.number = number
CACHE, count = {}, 0
def leak():
    global count
    count += 1
    if count == 4:
        CACHE.clear()
    for number in range(100):
        CACHE[count, number] = Entry(number)
"""
"""A cache that is emptied now and then; it has more at the end than at the start."""


def findings(ran):
    return {each["holder"]["name"]: each for each in told_of(ran)["findings"] if each["holder"]}


def told_of(ran):
    return json.loads(ran.stdout)


@pytest.mark.circle("python")
def test_what_has_a_bound_is_told_with_it_and_is_no_leak(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(CACHED)
    ran = reported(target, "--json")
    told = told_of(ran)
    lengths = "print(len(LOG), page.cache_info().currsize, JOBS.qsize())"
    log, pages, jobs = map(int, target.execute(lengths).split())
    holders = {each["name"]: each for each in told["containers"]}
    assert told["verdict"] != "leak" or interpreter.version < (3, 9)
    assert (holders["__main__.LOG"]["entries"], holders["__main__.LOG"]["bound"]) == (log, 400)
    queue = holders["__main__.JOBS.queue"]
    assert (queue["entries"], queue["bound"]) == (jobs, 300)
    titles = [each["title"] for each in told["findings"]]
    said = next(title for title in titles if title.startswith("__main__.LOG "))
    assert said.endswith(f"it is bounded at 400, {100 * log // 400} % full")
    if interpreter.version >= (3, 9):
        cache = holders["lru_cache of __main__.page"]
        assert (cache["entries"], cache["bound"]) == (pages, 500)


def test_keys_of_a_global_with_dunders_are_what_it_keeps(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(WARNED)
    ran = reported(target, "--json")
    held = findings(ran)["__main__.__seen__"]
    length = int(target.execute("print(len(__seen__))"))
    assert held["holder"]["entries"] == length
    kept = {each["type"] for each in held["holder"]["entry_types"]}
    assert "tuple" in kept
    assert "bool" not in kept


def test_a_constant_table_has_not_grown(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(COLOURS)
    told = told_of(reported(target, "--json", rounds=3))
    assert told["verdict"] == "none"
    assert not [each for each in told["containers"] if "COLOURS" in (each["name"] or "")]


def test_a_cache_that_is_emptied_is_no_leak(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(SAWTOOTH)
    told = told_of(reported(target, "--json"))
    assert told["verdict"] == "none"


BUSY = """
import gc, threading
gc.disable()
go, began = threading.Event(), threading.Event()
class Slow:
    def __del__(self):
        began.set()
        go.wait()
class Ring:
    def __init__(self): self.me = self
def collect():
    ring = [Slow()]
    ring.append(ring)
    del ring
    gc.collect()
thread = threading.Thread(target=collect, daemon=True)
thread.start()
began.wait()
def leak():
    for _ in range(100): Ring()
"""


def test_a_collection_that_runs_already_is_told_and_nothing_is_concluded(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(BUSY)
    ran = memtui("gc", target.pid)
    assert "no collection was made: one is already running in the process" in ran.stdout
    assert "collected" not in ran.stdout
    told = told_of(reported(target, "--json"))
    assert told["verdict"] == "unknown"
    assert told["collection"] is None
    assert any("one is already running" in each for each in told["unknown"])
    assert target.execute("print(len([1 for each in gc.get_objects() if type(each) is Ring]))") == (
        "600\n"
    )
    target.execute("go.set(); thread.join()")
    freed = told_of(memtui("gc", target.pid, "--json"))
    assert freed["made"] is True
    assert {"__main__.Ring": 600}.items() <= {
        each["type"]: each["count"] for each in freed["freed"]
    }.items()


SUBINTERPRETER = """
import gc, sys
if sys.version_info >= (3, 13):
    import _interpreters as interpreters
else:
    import _xxsubinterpreters as interpreters
made = [interpreters.create() for _ in range(2)]
"""


@pytest.mark.circle("internals")
def test_other_interpreters_are_told(interpreter, spawn):
    target = spawn(interpreter)
    ran = memtui("summary", target.pid)
    assert "interpreter" not in ran.stderr
    assert (
        json.loads(memtui("summary", target.pid, "--json").stdout)["process"]["interpreters"] == 1
    )
    target.execute(SUBINTERPRETER)
    many = int(target.execute("print(len(interpreters.list_all()))"))
    ran = memtui("summary", target.pid)
    assert f"{many - 1} other interpreters run in this process: their objects are not counted" in (
        ran.stderr
    )
    ran = memtui("instances", target.pid, "__main__.OnlyInThere")
    assert "there is no instance of __main__.OnlyInThere" in ran.refused(1)
    assert "their objects are not counted" in ran.stderr
    document = json.loads(memtui("ps", "--json").stdout)
    (found,) = (each for each in document["processes"] if each["pid"] == target.pid)
    assert found["interpreters"] == many


def test_a_report_is_not_sure_beside_other_interpreters(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(SUBINTERPRETER)
    ran = memtui("report", target.pid, "--for", 1, "--rounds", 4)
    assert "**Verdict: unknown.**" in ran.stdout
    assert "2 other interpreters run in this process: their objects are not counted." in ran.stdout
    assert "high confidence" not in ran.stdout
    told = told_of(memtui("report", target.pid, "--for", 1, "--rounds", 4, "--json"))
    assert (told["verdict"], told["interpreters"]) == ("unknown", 3)


SETTINGS = """
import gc
gc.set_threshold(50000, 10, 10)
gc.set_debug(gc.DEBUG_SAVEALL)
"""


def test_settings_of_the_collector_are_told_where_they_explain_the_figures(interpreter, spawn):
    target = spawn(interpreter)
    assert (
        told_of(memtui("report", target.pid, "--for", 0.5, "--rounds", 2, "--json"))["notes"] == []
    )
    target.execute(SETTINGS)
    ran = memtui("gc", target.pid)
    assert "threshold was raised to 50,000" in ran.stderr
    assert "gc.DEBUG_SAVEALL is set" in ran.stderr
    kept = int(target.execute("print(len(gc.garbage)); gc.set_debug(0); gc.garbage.clear()"))
    said = re.search(r"stays in gc\.garbage \(([\d,]+) object", ran.stderr)
    assert said is not None
    assert int(said[1].replace(",", "")) == kept
    target.execute("gc.disable()")
    told = told_of(memtui("report", target.pid, "--for", 0.5, "--rounds", 2, "--json"))
    assert any("the collector is off" in each for each in told["notes"])


GROWING = """
import gc, threading, time
seen, stop = {}, []
for number in range(40000): seen["text", number] = number * 1000
def grow():
    number = 40000
    while not stop:
        number += 1
        seen["text", number] = number * 1000
        if not number % 20: time.sleep(0.0005)
thread = threading.Thread(target=grow, daemon=True)
gc.collect()
thread.start()
"""


def test_an_estimate_of_what_grows_meanwhile_has_no_error_bound(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(GROWING)
    before = int(target.execute("print(len(seen))"))
    document = told_of(memtui("summary", target.pid, "--untracked", "--limit", 0, "--json"))
    ran = memtui("summary", target.pid, "--untracked")
    after = int(target.execute("stop.append(1); thread.join(); print(len(seen))"))
    (ints,) = (each for each in document["types"] if each["type"] == "int")
    assert 2 * before * 0.95 <= ints["untracked_count"] <= 2 * after * 1.05
    assert document["untracked"]["bounded"] is False
    assert ints["untracked_bounded"] is False
    assert "±" not in ran.stderr
    assert "changed while being read" in ran.stderr
    quiet = memtui("summary", target.pid, "--untracked")
    assert "±" in quiet.stderr
    assert "changed while being read" not in quiet.stderr


def test_growth_of_an_estimate_is_marked_where_it_moved(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(GROWING)
    with Paced("diff", target.pid, "--untracked", "--interval", 0.5, "--json") as viewer:
        viewer.pauses(1, lambda: None)
        ran = viewer.end()
    document = told_of(ran)
    assert document["untracked"]["bounded"] is False
    assert document["after"]["objects"] > document["before"]["objects"]
