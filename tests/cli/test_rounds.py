"""``memtui diff --rounds`` from argv to JSON, and cut short."""

import json
import math
import signal
from statistics import correlation

import pytest

from tests.support.commands import Paced

APP = """
class Leak: pass
class Once: pass
class Gone: pass
leak, once, gone = [], [], [Gone() for _ in range(5000)]
def grow():
    once.extend(Once() for _ in range(500 - len(once)))
    leak.extend(Leak() for _ in range(20))
    del gone[:20]
"""


@pytest.fixture
def growing(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(APP)
    return target


def diffed(target, *args, rounds):
    """What ``memtui diff`` says of a target that grows between each two counts."""
    with Paced("diff", target.pid, *args) as viewer:
        viewer.pauses(rounds, lambda: target.execute("grow()"))
        ran = viewer.end()
    assert ran.code == 0, ran
    return ran


def test_what_grows_in_every_round_comes_first(growing):
    args = ("--rounds", 5, "--interval", 0.1, "--json", "--limit", 0)
    with Paced("diff", growing.pid, *args) as viewer:
        viewer.pauses(1, lambda: None)
        viewer.pauses(4, lambda: growing.execute("grow()"))
        ran = viewer.end()
    assert ran.code == 0, ran
    document = json.loads(ran.stdout)
    types = {row["type"]: row for row in document["types"]}
    leak, gone, once = (types["__main__." + name] for name in ("Leak", "Gone", "Once"))
    assert len(document["rounds"]) == 5
    assert sum(each["objects_delta"] for each in document["rounds"]) == (
        document["after"]["objects"] - document["before"]["objects"]
    )
    assert all(each["interval_s"] > 0.09 for each in document["rounds"])
    assert leak["rounds_grown"] == 4
    assert leak["round_deltas"] == [0, 20, 20, 20, 20]
    assert leak["count_delta"] == sum(leak["round_deltas"])
    assert gone["rounds_grown"] == 0
    assert gone["rounds_shrunk"] == 4
    assert (once["rounds_grown"], once["count_delta"]) == (1, 500)
    grown = [row["rounds_grown"] == 5 for row in document["types"]]
    assert grown == sorted(grown, reverse=True)
    assert "round 5 of 5" in ran.stderr


def test_steadiness_is_how_well_time_explains_the_number(growing):
    ran = diffed(growing, "--rounds", 4, "--interval", 0.2, "--json", rounds=4)
    document = json.loads(ran.stdout)
    moments = [0.0]
    for each in document["rounds"]:
        moments.append(moments[-1] + each["interval_s"])
    (leak,) = (row for row in document["types"] if row["type"] == "__main__.Leak")
    explained = correlation(moments, [0, 20, 40, 60, 80]) ** 2
    assert math.isclose(leak["steadiness"], explained, abs_tol=0.02)


def test_the_table_says_in_how_many_rounds(growing):
    args = ("--rounds", 3, "--interval", 0.1, "--filter", "__main__.*")
    ran = diffed(growing, *args, rounds=3)
    assert "in every one of 3 rounds" in ran.stdout
    (row,) = [line.split() for line in ran.stdout.splitlines() if "__main__.Leak" in line]
    assert row[-4:-1] == ["3", "of", "3"]
    assert 0 < float(row[-1]) <= 1


def test_one_interval_is_as_ever(growing):
    document = json.loads(diffed(growing, "--interval", 0.4, "--json", rounds=1).stdout)
    assert len(document["rounds"]) == 1
    assert document["interval_s"] > 0.39
    assert all(row["steadiness"] is None for row in document["types"])
    assert "grew" not in diffed(growing, "--interval", 0.1, rounds=1).stdout


@pytest.mark.parametrize("how", ["interrupted", "target killed"])
def test_cut_short_it_shows_what_was_seen(growing, how):
    with Paced("diff", growing.pid, "--rounds", 100, "--interval", 0.01, "--json") as viewer:
        viewer.pauses(2, lambda: growing.execute("grow()"))
        viewer.wait_for_pause()
        if how == "interrupted":
            viewer.process.send_signal(signal.SIGINT)
        else:
            growing.stop()
        viewer.go_on()
        ran = viewer.end()
    document = json.loads(ran.stdout)
    assert ran.code == (130 if how == "interrupted" else 1)
    assert len(document["rounds"]) == 2
    assert document["rounds_wanted"] == 100
    assert "__main__.Leak" in {row["type"] for row in document["types"]}
    assert "Traceback" not in ran.stderr
    assert ran.stderr.splitlines()[-1].startswith("hint: ")
