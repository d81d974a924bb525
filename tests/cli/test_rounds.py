"""``memtui diff --rounds`` from argv to JSON, and cut short."""

import json
import signal
import subprocess
import sys

import pytest

from tests.cli.running import MEMTUI, memtui

APP = """
import threading, time
class Leak: pass
class Once: pass
class Gone: pass
leak, once, gone = [], [], [Gone() for _ in range(5000)]
def grow():
    once.extend(Once() for _ in range(500))
    while True:
        leak.extend(Leak() for _ in range(20))
        del gone[:20]
        time.sleep(0.02)
"""


@pytest.fixture
def growing(spawn):
    target = spawn(sys.executable)
    target.execute(APP)
    return target


def start(target):
    target.execute("threading.Thread(target=grow, daemon=True).start()")


def begin(*args):
    return subprocess.Popen(
        [*MEMTUI, "diff", *map(str, args)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(process, text):
    said = ""
    while text not in said:
        line = process.stderr.readline()
        assert line, said
        said += line


def test_what_grows_in_every_round_comes_first(growing):
    process = begin(growing.pid, "--rounds", 5, "--interval", 0.5, "--json", "--limit", 0)
    wait_for(process, "round 1 of 5")
    start(growing)
    out, err = process.communicate(timeout=30)
    document = json.loads(out)
    assert process.returncode == 0
    types = {row["type"]: row for row in document["types"]}
    leak, gone, once = (types["__main__." + name] for name in ("Leak", "Gone", "Once"))
    assert len(document["rounds"]) == 5
    assert sum(each["objects_delta"] for each in document["rounds"]) == (
        document["after"]["objects"] - document["before"]["objects"]
    )
    assert leak["rounds_grown"] == 4
    assert leak["steadiness"] > 0.8
    assert leak["count_delta"] == sum(leak["round_deltas"])
    assert gone["rounds_grown"] == 0
    assert gone["rounds_shrunk"] == 4
    assert (once["rounds_grown"], once["count_delta"]) == (1, 500)
    grown = [row["rounds_grown"] == 5 for row in document["types"]]
    assert grown == sorted(grown, reverse=True)
    assert "round 5 of 5" in err


def test_the_table_says_in_how_many_rounds(growing):
    start(growing)
    ran = memtui("diff", growing.pid, "--rounds", 3, "--interval", 0.4, "--filter", "__main__.*")
    assert ran.code == 0
    assert "in every one of 3 rounds" in ran.stdout
    (row,) = [line.split() for line in ran.stdout.splitlines() if "__main__.Leak" in line]
    assert row[-2] == "3/3"
    assert float(row[-1]) > 0.8


def test_one_interval_is_as_ever(growing):
    start(growing)
    ran = memtui("diff", growing.pid, "--interval", 0.4, "--json")
    document = json.loads(ran.stdout)
    assert len(document["rounds"]) == 1
    assert all(row["steadiness"] is None for row in document["types"])
    ran = memtui("diff", growing.pid, "--interval", 0.4)
    assert "grew" not in ran.stdout


@pytest.mark.parametrize("how", ["interrupted", "target killed"])
def test_cut_short_it_shows_what_was_seen(growing, how):
    start(growing)
    process = begin(growing.pid, "--rounds", 100, "--interval", 0.3, "--json")
    wait_for(process, "round 2 of 100")
    if how == "interrupted":
        process.send_signal(signal.SIGINT)
    else:
        growing.stop()
    out, err = process.communicate(timeout=20)
    document = json.loads(out)
    assert process.returncode == (130 if how == "interrupted" else 1)
    assert 2 <= len(document["rounds"]) < 100
    assert document["rounds_wanted"] == 100
    assert "__main__.Leak" in {row["type"] for row in document["types"]}
    assert "Traceback" not in err
    assert err.splitlines()[-1].startswith("hint: ")
