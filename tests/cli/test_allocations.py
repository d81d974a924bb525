"""``memtui allocations`` on real processes."""

import functools
import json
import os
import subprocess
import time
from datetime import datetime

import pytest

from tests.support.allocating import SCRIPT, line_of
from tests.support.commands import AT_ONCE, OnTerminal, memtui
from tests.support.target import PATIENCE_S

LEAK = line_of("the leak")
QUICK = ("--for", "0.6", "--warm-up", "0.2")
MANY = "numbers = [float(i) for i in range(10)]\nimport _tracemalloc; _tracemalloc.start(1)\n"
MANY += "numbers = [float(i) for i in range(300000)]"


@pytest.fixture
def allocating(interpreter, spawn):
    """``allocating(*args)`` starts a target that leaks as these say."""
    return functools.partial(spawn, interpreter, "allocating.py")


@pytest.mark.circle("python")
def test_names_the_line_of_a_constant_leak(interpreter, spawn):
    target = spawn(interpreter, "allocating.py", "when-read", "3")
    began = time.monotonic()
    ran = memtui("allocations", target.pid, *QUICK, "--json")
    assert time.monotonic() - began > 0.8
    assert (ran.code, ran.stderr) == (0, "")
    found = json.loads(ran.stdout)
    assert (found["kind"], found["group"], found["rounds"]) == ("allocations", "line", 3)
    assert (found["started_by"], found["ended"]) == ("memtui", None)
    first, *_, last = (datetime.fromisoformat(each["at"]) for each in found["snapshots"])
    assert 0 < found["for_s"] == pytest.approx((last - first).total_seconds(), abs=0.01)
    row = found["growth"][0]
    assert (row["file"], row["line"], row["yours"]) == (str(SCRIPT), LEAK, True)
    assert row["source"] == "LEAKED.append(bytearray(1000))  # the leak"
    assert row["grew"] == row["rounds"] == 3
    assert 0 < row["bytes_delta"] <= row["bytes"] <= found["traced_bytes"]
    assert row["blocks_delta"] > 0
    assert 0 < found["overhead_bytes"] < found["budget_bytes"] == 32 << 20
    tracing = target.execute("import _tracemalloc; print(_tracemalloc.is_tracing())")
    assert tracing.strip() == "False"


def test_shows_growth_and_top_with_their_source(allocating):
    ran = memtui("allocations", allocating("when-read", "3").pid, *QUICK)
    assert ran.code == 0
    growth, top = (line for line in ran.stdout.splitlines() if f"allocating.py:{LEAK}" in line)
    assert "3 of 3" in growth
    assert growth.endswith(top_source := "LEAKED.append(bytearray(1000))  # the leak")
    assert top.endswith(top_source)
    assert "what was allocated before tracing began is unknown" in ran.stdout


def test_tracebacks_lead_to_who_called(allocating):
    target = allocating("when-read", "3")
    ran = memtui("allocations", target.pid, *QUICK, "--group", "traceback", "--json")
    stack = json.loads(ran.stdout)["growth"][0]["traceback"]
    assert [frame["source"] for frame in stack[1:3]] == ["leak(count)", "handle(each)"]


def test_filters_by_path_and_keeps_libraries_apart(allocating):
    target = allocating("when-read", "3")
    target.execute("import _tracemalloc; _tracemalloc.start(9); parse(50)")
    quick = ("allocations", target.pid, "--for", "0.1", "--rounds", "1", "--warm-up", "0", "--json")

    def files(*options):
        return {row["file"] for row in json.loads(memtui(*quick, *options).stdout)["top"]}

    assert any(file.endswith("json/decoder.py") for file in files())
    assert files("--scope", "yours") == {str(SCRIPT), "<string>"} | files("--filter", "alloc*.py")
    assert str(SCRIPT) not in files("--scope", "libraries")
    assert files("--filter", "nothing/*") == set()


def test_leaves_the_applications_tracing_on_and_says_so(allocating):
    target = allocating("3")
    target.execute("import _tracemalloc; _tracemalloc.start(2)")
    ran = memtui("allocations", target.pid, *QUICK, "--read-only")
    assert ran.code == 0
    assert "the application traces: its session is used" in ran.stdout
    assert target.execute("print(_tracemalloc.get_traceback_limit())").strip() == "2"


def test_is_refused_read_only(allocating):
    target = allocating()
    ran = memtui("--read-only", "allocations", target.pid, "--for", "9", *AT_ONCE)
    ran.refused(6)
    timeout = " ".join(map(str, AT_ONCE))
    assert ran.stderr.endswith(f": memtui allocations {target.pid} --for 9 {timeout}\n")


def test_without_a_terminal_what_costs_much_is_refused_with_a_hint(allocating):
    target = allocating()
    target.execute(MANY)
    words = ("allocations", target.pid, "--for", "0.1", "--rounds", "1", "--warm-up", "0")
    ran = memtui(*words, *AT_ONCE)
    assert "traces" in ran.refused(6)
    assert "--yes" in ran.stderr
    ran = memtui(*words, "--yes", "--json")
    assert json.loads(ran.stdout)["snapshots"][0]["traces"] >= 300000


def test_on_a_terminal_it_asks(allocating):
    target = allocating()
    target.execute(MANY)
    words = ("allocations", target.pid, "--for", "0.1", "--warm-up", "0")
    with OnTerminal(*words, stdout=subprocess.PIPE, TERM="dumb") as viewer:
        viewer.wait_until_shown(b"[y/N]")
        viewer.type(b"y\n")
        out, _ = viewer.process.communicate(timeout=PATIENCE_S)
    assert viewer.process.returncode == 0
    assert b"<string>" in out
    assert b"traces" in viewer.said


def test_stops_early_near_its_budget(allocating):
    target = allocating("200")
    ran = memtui("allocations", target.pid, "--for", "60", "--budget", "0.5", "--json")
    found = json.loads(ran.stdout)
    assert found["ended"] in {"near-budget", "budget"}
    assert found["for_s"] < 60


def test_an_unknown_group_is_a_usage_error():
    memtui("allocations", os.getpid(), "--group", "module").refused(2)
