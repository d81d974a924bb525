"""``--untracked`` of ``memtui summary`` and ``memtui diff``, from argv to JSON."""

import json
import sys

import pytest

from tests.agent.test_untracked import APP
from tests.cli.running import memtui


@pytest.fixture
def app(spawn):
    target = spawn(sys.executable)
    target.execute(APP)
    return target


def types_of(ran):
    document = json.loads(ran.stdout)
    return document, {row["type"]: row for row in document["types"]}


def test_a_summary_of_everything_says_what_is_estimated(app):
    plain, tracked = types_of(memtui("summary", app.pid, "--json", "--limit", 0))
    document, types = types_of(memtui("summary", app.pid, "--json", "--limit", 0, "--untracked"))
    assert (plain["coverage"], document["coverage"]) == ("tracked", "all")
    assert "estimated" not in plain
    assert document["estimated"] is True
    assert "float" not in tracked
    text = types["str"]
    assert (text["tracked"], text["estimated"]) == (False, True)
    assert 92_000 < text["count"] <= text["untracked_at_most"]
    point = types["__main__.Point"]
    assert (point["tracked"], point["estimated"], point["count"]) == (True, False, 20_000)
    # Flat dicts: 30,000 that the collector does not track beside those it does.
    both = types["dict"]
    assert (both["tracked"], both["estimated"]) == (True, True)
    assert 30_000 <= both["untracked_count"] < both["count"]
    assert document["objects"] == sum(row["count"] for row in document["types"])
    assert document["bytes"] > plain["bytes"] + 80_000 * 50
    untracked = document["untracked"]
    assert untracked["objects"] <= untracked["objects_at_most"]


def test_the_table_says_so_as_well(app):
    ran = memtui("summary", app.pid, "--untracked", "--sort", "count")
    assert ran.code == 0
    assert "objects in all" in ran.stdout
    assert "estimated through what refers to them" in ran.stderr
    assert "estimated" not in memtui("summary", app.pid, "--no-untracked").stderr


def test_texts_that_pile_up_are_seen_by_diff(spawn):
    target = spawn(sys.executable)
    target.execute(
        "import threading, time\npile = []\n"
        "def grow():\n"
        "    while True:\n"
        "        pile.extend('text number %d' % (len(pile) + n) for n in range(100))\n"
        "        time.sleep(0.02)\n"
        "threading.Thread(target=grow, daemon=True).start()"
    )
    args = ("--interval", 0.5, "--rounds", 3, "--json", "--untracked")
    document, types = types_of(memtui("diff", target.pid, *args))
    text = types["str"]
    assert (text["rounds_grown"], text["estimated"]) == (3, True)
    assert text["count_delta"] > 500
    assert text["steadiness"] > 0.8
    assert (document["coverage"], len(document["rounds"])) == ("all", 3)
