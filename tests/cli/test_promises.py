"""What scripts depend on: kinds, keys and figures of every JSON document, under each interpreter."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

import memtui as package
from tests.support.commands import MEMTUI, Paced, memtui, memtui_on_terminal

INNER = "__main__.Outer.Inner"
PROCESS = {"pid", "name", "cmdline", "python", "uptime_s", "user", "rss_bytes"}
COST = {"wall_ms", "agent_ms", "longest_stall_ms", "attach_ms", "method"}
NODE = {"type", "address", "bytes", "preview", "length", "truncated", "redacted", "children"}


def answer(verb: str, target, *args: object) -> dict[str, Any]:
    """The document of ``memtui VERB PID ARGS --json``, its common part checked."""
    ran = memtui(verb, target.pid, *args, "--json")
    assert (ran.code, ran.stderr) == (0, "")
    document: dict[str, Any] = json.loads(ran.stdout)
    assert (document["memtui"], document["kind"]) == (package.__version__, verb)
    assert document["process"].keys() >= PROCESS
    assert document["process"]["pid"] == target.pid
    assert document["process"]["rss_bytes"] > 1_000_000
    assert document["cost"].keys() >= COST
    assert document["cost"]["method"] in ("ptrace", "remote-exec")
    assert 0 < document["cost"]["agent_ms"] <= document["cost"]["wall_ms"] * 1.5
    assert document["cost"]["attach_ms"] > 0
    return document


def row(rows: list[dict[str, Any]], name: str) -> dict[str, Any]:
    (found,) = (row for row in rows if row["type"] == name)
    return found


@pytest.mark.circle("python")
def test_summary(stocked, interpreter):
    document = answer("summary", stocked, "--limit", 0)
    assert document["process"]["python"] == ".".join(map(str, interpreter.version))
    assert document["coverage"] == "tracked"
    inner = row(document["types"], INNER)
    assert inner.keys() >= {"type", "count", "bytes", "share", "tracked", "estimated"}
    assert (inner["count"], inner["tracked"], inner["estimated"]) == (12345, True, False)
    assert document["objects"] == sum(each["count"] for each in document["types"])
    assert document["bytes"] == sum(each["bytes"] for each in document["types"])
    assert sum(each["share"] for each in document["types"]) == pytest.approx(1, abs=1e-3)


def test_summary_sorts_limits_and_filters(stocked):
    by_count = answer("summary", stocked, "--sort", "count", "--limit", 5)["types"]
    counts = [each["count"] for each in by_count]
    assert counts == sorted(counts, reverse=True)
    assert len(counts) == 5
    by_name = answer("summary", stocked, "--sort", "name", "--order", "descending", "--limit", 0)
    names = [each["type"] for each in by_name["types"]]
    assert names == sorted(names, reverse=True)
    filtered = answer("summary", stocked, "--filter", "*.Inner")["types"]
    assert [each["type"] for each in filtered] == [INNER]


def test_diff_sees_growth_and_decrease(stocked):
    with Paced("diff", stocked.pid, "--interval", 0.5, "--limit", 0, "--json") as viewer:
        change = "EXTRA = [Outer() for _ in range(700)]; del STOCK[:345]"
        viewer.pauses(1, lambda: stocked.execute(change))
        ran = viewer.end()
    assert ran.code == 0, ran
    document = json.loads(ran.stdout)
    assert document["interval_s"] > 0.49
    for side in ("before", "after"):
        assert document[side].keys() >= {"objects", "bytes", "rss_bytes"}
    grown, shrunk = (row(document["types"], name) for name in ("__main__.Outer", INNER))
    wanted = {"type", "count", "bytes", "count_delta", "bytes_delta", "count_per_s"}
    assert grown.keys() >= wanted
    assert (grown["count"], grown["count_delta"]) == (700, 700)
    assert (shrunk["count"], shrunk["count_delta"]) == (12000, -345)
    assert grown["count_per_s"] == pytest.approx(700 / document["interval_s"], rel=0.01)


@pytest.mark.circle("python")
def test_gc_tells_what_it_freed(stocked):
    stocked.execute(
        "import gc\n"
        "gc.disable()\n"
        "class Ring:\n"
        "    def __init__(self): self.me = self\n"
        "for _ in range(321): Ring()\n"
    )
    document = answer("gc", stocked, "--limit", 0)
    assert document["collected"] >= 321
    assert row(document["freed"], "__main__.Ring")["count"] == 321
    assert document["freed"][0].keys() >= {"type", "count", "bytes"}
    assert document["enabled"] is False
    assert document["rss_before"] > 0
    assert document["rss_after"] > 0
    generation = {"threshold", "count", "collections", "collected", "uncollectable"}
    assert all(each.keys() >= generation for each in document["generations"])
    assert document["generations"]
    assert document.keys() >= {"uncollectable", "frozen"}


@pytest.mark.circle("python")
def test_instances_and_what_they_refer_to(stocked):
    document = answer("instances", stocked, INNER, "-n", 3, "-x", 2)
    assert (document["type"], document["total"]) == (INNER, 12345)
    assert len(document["instances"]) == 3
    for node in document["instances"]:
        assert node.keys() >= NODE
        assert node["type"] == INNER
        assert int(node["address"], 16) > 0
        below = {child["edge"]: child["node"] for child in node["children"]}
        assert below[".note"]["preview"].strip("'").startswith("number ")
        assert below[".number"]["type"] == "int"


def test_more_instances_than_one_page_holds(stocked):
    document = answer("instances", stocked, INNER, "-n", 450, "-x", 0)
    assert len({node["address"] for node in document["instances"]}) == 450


def test_an_unknown_type_is_told_with_a_near_one(stocked):
    ran = memtui("instances", stocked.pid, "Inner")
    assert "there is no instance of Inner" in ran.refused(1)
    assert f"did you mean {INNER}" in ran.stderr


def test_ps_lists_the_target(stocked, interpreter):
    ran = memtui("ps", "--json")
    assert (ran.code, ran.stderr) == (0, "")
    document = json.loads(ran.stdout)
    assert (document["kind"], document["process"]) == ("ps", None)
    assert document["cost"].keys() >= COST
    (found,) = (each for each in document["processes"] if each["pid"] == stocked.pid)
    wanted = {"pid", "name", "cmdline", "python", "user", "rss_bytes"}
    assert found.keys() >= wanted | {"attachable", "method", "why_not"}
    assert (found["attachable"], found["why_not"]) == (True, None)
    assert found["method"] in ("ptrace", "remote-exec")
    assert found["python"].startswith("{}.{}".format(*interpreter.version[:2]))


def test_frozen_objects_are_told(stocked):
    stocked.execute("import gc; gc.freeze()")
    ran = memtui("summary", stocked.pid)
    assert ran.code == 0
    assert "objects were frozen by gc.freeze()" in ran.stderr
    assert answer("summary", stocked)["frozen"] > 12345


@pytest.mark.parametrize("width", [40, 80, 120])
def test_tables_fit_the_terminal(interpreter, spawn, width):
    target = spawn(interpreter)
    for args in (["summary"], ["diff", "--interval", 0.5], ["gc"], ["instances", "dict", "-n", 2]):
        verb, *rest = args
        ran = memtui_on_terminal(verb, target.pid, *rest, width=width, NO_COLOR="1")
        assert ran.code == 0, ran
        for line in ran.stdout.split("\r\x1b[K")[-1].splitlines():
            assert len(line) <= width or line.startswith("memtui: "), line


@pytest.mark.parametrize(
    "args",
    [["ps"], ["summary"], ["summary", "--untracked"], ["gc"], ["instances", "dict"], ["global"]],
    ids=" ".join,
)
def test_a_command_loads_no_library_that_it_does_not_need(interpreter, spawn, args):
    target = spawn(interpreter)
    verb, *rest = args
    words = [verb] if verb == "ps" else [verb, target.pid, *rest]
    listing = (sys.executable, "-X", "importtime", *MEMTUI[1:])
    ran = memtui(*words, command=listing)
    assert ran.code == 0, ran
    loaded = {line.rpartition("|")[2].strip() for line in ran.stderr.splitlines()}
    assert "psutil" in loaded or verb != "ps"
    assert not loaded & {"numpy", "objgraph", "pyrasite", "rich", "textual"}


@pytest.mark.parametrize(
    "args",
    [["summary"], ["diff", "--interval", 0.2], ["gc"], ["global"], ["global", "__main__"], ["ps"]],
)
def test_a_filter_that_nothing_matches_is_said_to_be_the_reason(stocked, args):
    verb, *rest = args
    words = [verb] if verb == "ps" else [verb, stocked.pid, *rest]
    ran = memtui(*words, "--filter", "no-such-name")
    assert ran.code == 0, ran
    assert "matches no-such-name" in ran.stderr


def test_a_diff_of_nothing_says_so(interpreter, spawn):
    target = spawn(interpreter)
    # Each collection stops tracking some tuples, which is no change of the program's.
    target.execute("import gc; gc.disable()")
    memtui("diff", target.pid, "--interval", 0.2)  # the first attach leaves what the next ones find
    ran = memtui("diff", target.pid, "--interval", 0.2)
    assert (ran.code, ran.stderr) == (0, "")
    assert "no type changed" in ran.stdout


def test_threads(stocked):
    stocked.execute("import threading")
    document = answer("threads", stocked)
    [main] = [each for each in document["threads"] if each["name"] == "MainThread"]
    wanted = {"name", "id", "daemon", "target", "function", "file", "line", "locals"}
    assert main.keys() >= wanted
    assert (main["native_id"], main["daemon"], main["target"]) == (stocked.pid, False, None)
    assert main["file"] == main["stack"][0]["file"]
    assert document["threads_total"] == len(document["threads"])
