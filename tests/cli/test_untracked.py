"""``--untracked`` of ``memtui summary`` and ``memtui diff``, from argv to JSON."""

import json
import sys

import pytest

from tests.support.commands import Paced, memtui
from tests.support.programs import UNTRACKED
from tests.support.target import Target


@pytest.fixture(scope="module")
def app(interpreter):
    """Is only looked at."""
    with Target(interpreter) as target:
        target.execute(UNTRACKED)
        yield target


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
    assert text["untracked_at_least"] <= text["untracked_count"] <= text["untracked_at_most"]
    untracked = document["untracked"]
    assert untracked["objects_at_least"] <= untracked["objects"] <= untracked["objects_at_most"]
    # Stated for all of them: within 5 %.
    assert untracked["objects_at_most"] < untracked["objects_at_least"] * 1.05


def test_the_table_says_so_as_well(app):
    ran = memtui("summary", app.pid, "--untracked", "--sort", "count")
    assert ran.code == 0
    assert "objects in all" in ran.stdout
    assert "estimated through what refers to them" in ran.stderr
    assert "±0.0%" not in ran.stderr
    assert "estimated" not in memtui("summary", app.pid, "--no-untracked").stderr


def test_texts_that_pile_up_are_seen_by_diff(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(
        "pile = []\n"
        "def grow():\n"
        "    pile.extend('text number %d' % (len(pile) + n) for n in range(1000))"
    )
    args = ("--interval", 0.1, "--rounds", 3, "--json", "--untracked")
    with Paced("diff", target.pid, *args) as viewer:
        viewer.pauses(3, lambda: target.execute("grow()"))
        document, types = types_of(viewer.end())
    text = types["str"]
    assert (text["rounds_grown"], text["estimated"]) == (3, True)
    assert text["count_delta"] > 2900
    assert (document["coverage"], len(document["rounds"])) == ("all", 3)


def test_mapped_files_and_arrays_are_told_apart(spawn):
    pytest.importorskip("numpy")
    target = spawn(sys.executable)
    target.execute(
        "import mmap, numpy\n"
        "mapping = mmap.mmap(-1, 64 << 20); array = numpy.zeros(1 << 20); views = [array[1:]] * 3"
    )
    document, types = types_of(memtui("summary", target.pid, "--json", "--limit", 0, "--untracked"))
    assert document["outside"] == [
        {"type": "mmap.mmap", "objects": 1, "buffers": 1, "bytes": 64 << 20, "place": "mapped"}
    ]
    assert (document["holders"], document["pools"], document["untold"]) == ([], [], [])
    assert types["mmap.mmap"]["bytes"] < 1000
    assert 8 << 20 < types["numpy.ndarray"]["bytes"] < 9 << 20
    ran = memtui("summary", target.pid, "--untracked")
    assert "64.0 MiB of address space mapped by mmap.mmap (1): not in the sizes above" in ran.stdout
