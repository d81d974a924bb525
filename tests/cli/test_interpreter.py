"""``--interpreter``: what the command line says of interpreters that the agent is not in."""

from __future__ import annotations

import json

import pytest

from tests.support import others
from tests.support.commands import memtui, memtui_on_terminal

#: Their objects can be told apart from 3.9 on.
OLDEST_APART = (3, 9)


@pytest.fixture
def target(interpreter, spawn):
    if interpreter.version < OLDEST_APART:
        pytest.skip("Python 3.8 keeps one list of objects for all interpreters")
    target = spawn(interpreter)
    assert others.make(target, others.STOCK % 12345, others.STOCK % 10) == [1, 2]
    return target


@pytest.mark.circle("python")
def test_all_are_counted_with_their_sum(target):
    ran = memtui("summary", target.pid, "--interpreter", "all", "-n", 3)
    assert ran.code == 0, ran
    rows = [line.split() for line in ran.stdout.splitlines()]
    assert ["1", "__main__.Outer.Inner", "12,345", "–"] in rows
    assert "2 interpreters read from outside in" in ran.stdout
    assert "not counted" not in ran.stderr
    told = json.loads(
        memtui("summary", target.pid, "--interpreter", "all", "-n", 0, "--json").stdout
    )
    assert [each["id"] for each in told["interpreters"]] == [0, 1, 2]
    assert [each["outside"] for each in told["interpreters"]] == [False, True, True]
    assert told["objects"] == sum(each["objects"] for each in told["interpreters"])
    assert told["objects"] == sum(row["count"] for row in told["types"])
    found = {(row["interpreter"], row["type"]): row for row in told["types"]}
    assert len(found) == told["types_total"] == len(told["types"])
    for which, many in ((1, 12345), (2, 10)):
        row = found[which, "__main__.Outer.Inner"]
        assert (row["count"], row["bytes"]) == (many, None)
    assert found[0, "dict"]["bytes"] > 0
    assert (0, "__main__.Outer.Inner") not in found
    assert (told["bytes"], told["not_counted"]) == (None, [])


def test_one_is_counted_without_attaching(target):
    ran = memtui("summary", target.pid, "--interpreter", 1, "--filter", "__main__.*")
    assert ran.code == 0, ran
    assert "objects tracked by the collector in interpreter 1" in ran.stdout
    assert "attached by" not in ran.stdout
    assert "nothing was stopped, nothing ran there" in ran.stdout
    told = json.loads(memtui("summary", target.pid, "--interpreter", 1, "--json").stdout)
    assert (told["interpreter"], told["cost"]["method"], told["cost"]["agent_ms"]) == (1, None, 0)
    assert [each["id"] for each in told["interpreters"]] == [1]
    assert told["process"]["interpreter_ids"] == [0, 1, 2]


def test_growth_is_seen_without_attaching(target):
    others.keep_at(target, 1, others.LEAK)
    ran = memtui("diff", target.pid, "--interpreter", "all", "--interval", 1)
    assert ran.code == 0, ran
    assert "interpreter 1: 0 objects in" in ran.stdout
    assert "attached by" not in ran.stdout
    assert "interpreter 2 made or freed objects while it was counted" in ran.stderr
    told = json.loads(
        memtui("diff", target.pid, "--interpreter", 2, "--interval", 0.5, "--json").stdout
    )
    [row] = [each for each in told["types"] if each["type"] == "__main__.Session"]
    assert (row["interpreter"], row["bytes"]) == (2, None)
    assert 0 < row["count_delta"] < row["count"]
    assert told["after"]["objects"] > told["before"]["objects"]
    assert (told["cost"]["method"], told["interpreter"]) == (None, 2)
    memtui("diff", target.pid, "--interpreter", 2, "--rounds", 2).refused(2)


def test_what_cannot_be_is_refused_with_what_can(target):
    pid = target.pid
    ran = memtui("summary", pid, "--interpreter", 7)
    assert ran.refused(1) == f"process {pid} has no interpreter 7: its interpreters are 0, 1, 2"
    for args in (["--interpreter", "x"], ["--interpreter", "-1"], ["--interpreter", "1", "--mine"]):
        memtui("summary", pid, *args).refused(2)
    ran = memtui("instances", pid, "__main__.Outer.Inner", "--interpreter", 1)
    assert "the main interpreter only" in ran.refused(5)
    assert f"hint: memtui summary {pid} --interpreter 1 counts them" in ran.stderr
    assert memtui("instances", pid, "dict", "-n", 1, "--interpreter", 0).code == 0
    ran = memtui_on_terminal(pid, "--interpreter", "all", width=200)
    assert ran.code == 5
    assert "the dashboard shows the main interpreter only" in ran.stdout


def test_a_report_counts_them_at_both_ends(target):
    others.keep_at(target, 1, others.LEAK)
    ran = memtui("report", target.pid, "--for", 5, "--rounds", 2, "--interpreter", "all", "--json")
    assert ran.code == 0, ran
    told = json.loads(ran.stdout)
    assert told["verdict"] == "unknown"
    [found] = [each for each in told["findings"] if "interpreter 2" in each["title"]]
    assert found["type"] == "__main__.Session"
    idle, leaking = told["other_interpreters"]
    assert (idle["id"], idle["moved"], idle["growing"]) == (1, False, [])
    assert idle["objects"] == idle["objects_before"] > 12345
    assert (leaking["id"], leaking["moved"]) == (2, True)
    [row] = [each for each in leaking["growing"] if each["type"] == "__main__.Session"]
    assert 0 < row["count_delta"] <= row["count"]
    memtui("report", target.pid, "--interpreter", 9).refused(1)
