"""Sentences of the product beside the counters of the program that they are about."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from memtui.attach import attach
from memtui.model.interpreters import Interpreters
from tests.cli.test_report import reported
from tests.support.circles import OWN
from tests.support.commands import Paced, memtui
from tests.support.interpreters import supported
from tests.support.target import TARGETS
from tests.support.truth import Witnessed, contradictions
from tests.support.truth import reported as reported_beside

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


@pytest.fixture(scope="module")
def judged():
    """For each program of targets/truth: its report, and what its own counters contradict in that."""
    oldest = next(iter(supported()), OWN)
    wanted = {"keeping": OWN, "ending": oldest, "cycles": OWN}

    def judge(name):
        program = TARGETS / "truth" / f"{name}.py"
        with Witnessed(wanted[name].path, program) as witnessed:
            document, text = reported_beside(witnessed, 2, 4)
            samples = witnessed.samples
            return document, text, contradictions(document, text, samples), samples

    with ThreadPoolExecutor() as several:
        return dict(zip(wanted, several.map(judge, wanted), strict=True))


def named_in(document):
    return {each["holder"]["name"]: each for each in document["findings"] if each["holder"]}


def test_no_sentence_is_contradicted_by_the_program_s_own_counters(judged):
    assert [found for _, _, found, _ in judged.values()] == [[], [], []]


def test_the_witness_sees_what_is_not_so(judged):
    document, text, _, samples = judged["keeping"]
    (row, *_), (container, *_) = document["growing"], document["containers"]
    lies: list[dict[str, Any]] = [
        {"verdict": "none"},
        {"verdict": "garbage"},
        {"growing": [{**row, "count": 10 * row["count"]}]},
        {"after": {**document["after"], "objects": 5}},
        {"containers": [{**container, "entries": 10 * container["entries"]}]},
        {"containers": [{**container, "bound": 5}]},
        {"steady": [container]},
        {"findings": [{**document["findings"][0], "type": "shop.Session"}]},
    ]
    for lie in lies:
        assert contradictions({**document, **lie}, text, samples), lie


def test_what_keeps_is_named_and_what_only_exchanges_its_entries_is_not(judged):
    document, text, *_ = judged["keeping"]
    assert document["verdict"] == "leak"
    found = named_in(document)
    assert {
        "__main__.Canvas.open_plots",
        "lru_cache of __main__.Client.fetch",
        "__main__.stopped.receivers",
        "__main__.__warningregistry__",
    } <= found.keys()
    assert (
        not {"__main__.seen", "__main__.recent", "lru_cache of __main__.Client.branch"}
        & found.keys()
    )
    assert "`__main__.seen` (`collections.OrderedDict`) is steady at 90 entries" in text


def test_what_ends_by_itself_is_told_with_its_bound_and_is_no_leak(judged):
    document, text, *_ = judged["ending"]
    assert document["verdict"] in {"none", "unknown"}
    assert {
        name: each["holder"]["bound"]
        for name, each in named_in(document).items()
        if each["pattern"] == "container with a bound"
    } == {
        "__main__.connection.queries": 9000,
        "lru_cache of __main__.page": 5000,
        "__main__.jobs.queue": 6000,
        "__main__.inbox._queue": 6000,
    }
    assert "`__main__.store.rows` (`collections.OrderedDict`) is steady at 700 entries" in text
    assert "`__main__.plain` (`dict`) is steady at 300 entries" in text


def test_cycles_are_no_leak(judged):
    document, text, *_ = judged["cycles"]
    # On a busy machine new ones may come before those that a collection freed are counted.
    assert document["verdict"] in {"garbage", "unknown"}
    assert "the collector is off" in text.lower()


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
    assert told["verdict"] != "leak"
    assert (holders["__main__.LOG"]["entries"], holders["__main__.LOG"]["bound"]) == (log, 400)
    queue = holders["__main__.JOBS.queue"]
    assert (queue["entries"], queue["bound"]) == (jobs, 300)
    titles = [each["title"] for each in told["findings"]]
    said = next(title for title in titles if title.startswith("__main__.LOG "))
    assert said.endswith(f"it is bounded at 400, {100 * log // 400} % full")
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
    there = "2 other interpreters (IDs 1, 2) run in this process: "
    ran = memtui("summary", target.pid)
    if interpreter.version < (3, 9):
        words = f"{there}Python 3.8 keeps one list of objects for all, so their objects are counted with"
    else:
        words = f"{there}their objects are not counted"
    assert words in ran.stderr
    # Where they can be counted, the sentence says how.
    how = f"memtui summary {target.pid} --interpreter all counts them"
    can_be = interpreter.version >= (3, 9) and not interpreter.name.endswith("t")
    assert (f"{words}; {how}" in ran.stderr) == can_be
    assert memtui("summary", target.pid, "--interpreter", "all").code == (0 if can_be else 5)
    ran = memtui("instances", target.pid, "__main__.OnlyInThere")
    assert "there is no instance of __main__.OnlyInThere" in ran.refused(1)
    assert words in ran.stderr
    document = json.loads(memtui("ps", "--json").stdout)
    (found,) = (each for each in document["processes"] if each["pid"] == target.pid)
    assert (found["interpreters"], found["interpreter_ids"]) == (3, [0, 1, 2])


async def test_interpreters_that_start_later_are_counted_as_well(interpreter, spawn):
    target = spawn(interpreter)
    session = await attach(target.pid)
    try:
        assert session.interpreters() == Interpreters(1, (0,))
        target.execute(SUBINTERPRETER)
        assert session.interpreters() == Interpreters(3, (0, 1, 2))
    finally:
        await session.close()


def test_a_report_is_not_sure_beside_other_interpreters(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(SUBINTERPRETER)
    ran = memtui("report", target.pid, "--for", 1, "--rounds", 4)
    apart = interpreter.version >= (3, 9)
    unsure = "unknown" if apart else "none"
    assert f"**Verdict: {unsure}.**" in ran.stdout
    said = "not counted; memtui summary" if apart else "counted with the main one's."
    assert "2 other interpreters (IDs 1, 2) run in this process: " in ran.stdout
    assert said in ran.stdout
    assert ("high confidence" in ran.stdout) != apart
    told = told_of(memtui("report", target.pid, "--for", 1, "--rounds", 4, "--json"))
    assert (told["verdict"], told["interpreters"]) == (unsure, 3)


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
