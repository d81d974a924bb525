"""Rows out of snapshots: groups, scopes, growth; and a measurement against a session of records."""

import asyncio
import sys

import pytest

from memtui.model.allocations import Frame, Group, Scope, is_yours
from memtui.model.errors import NoHeadroom, RequestFailed
from memtui.runs.source import Sources
from memtui.runs.tracing import Plan, TracingRun
from memtui.store.snapshots import SnapshotSeries, growing, largest, matches_path, slope
from memtui.verbs.allocations import Price, Snapshot, Tracing
from memtui.verbs.traces import NOTHING, Sums, Tables
from tests.support.answering import Answering
from tests.support.making import frame, make

APP, VIEW = frame("/app/shop/cart.py", 12), frame("/app/shop/view.py", 40)
JSON = frame("/usr/lib/python3.11/json/decoder.py", 353)
LIB = frame("/venv/lib/python3.11/site-packages/httpx/_client.py", 7)


def tracing(**more):
    facts = {
        "on": True,
        "ours": True,
        "ended": None,
        "depth": 5,
        "budget_bytes": 1000,
        "traced_bytes": 1,
        "peak_bytes": 2,
        "overhead_bytes": 3,
        "price": make(Price, 10, False, 0.1, 100, 0.1, None, False),
        **more,
    }
    return make(Tracing, **facts)


def snapshot(at, stacks, **more):
    lines: dict[Frame, Sums] = {}
    for stack, sums in stacks.items():
        lines[stack[0]] = lines.get(stack[0], NOTHING) + sums
    return make(Snapshot, at, tracing(**more), 1, Tables(lines, stacks))


def steps(*sizes_by_stack):
    """Snapshots a second apart; of each stack its bytes in each."""
    stacks, sizes = zip(*sizes_by_stack, strict=True)
    columns = zip(*sizes, strict=True)
    return SnapshotSeries(
        snapshot(at, {s: Sums(n, n // 10) for s, n in zip(stacks, column, strict=True)})
        for at, column in enumerate(columns)
    )


def test_a_constant_leak_comes_before_larger_churn_and_before_what_is_large():
    rounds = steps(
        ((APP,), (100, 200, 300, 400)),
        ((VIEW,), (100, 9000, 50, 5000)),
        ((JSON,), (90000, 90000, 90000, 90000)),
    )
    rows = rounds.rows(Group.LINE)
    assert [row.frames[0] for row in growing(rows)] == [APP, VIEW]
    assert largest(rows)[0].frames == (JSON,)
    leak = growing(rows)[0]
    assert (leak.bytes_delta, leak.blocks_delta, leak.grew, leak.rounds) == (300, 30, 3, 3)
    assert leak.bytes_per_s == pytest.approx(100)
    assert leak.fit == pytest.approx(1)


def test_what_shrinks_is_no_growth_but_is_told():
    (row,) = growing(steps(((APP,), (300, 200, 100))).rows(Group.LINE))
    assert (row.score, row.steadiness, row.bytes_delta) == (0.0, -1.0, -200)


def test_what_appears_or_vanishes_counts_from_zero():
    rounds = SnapshotSeries(
        [snapshot(0, {(APP,): Sums(10, 1)}), snapshot(1, {(VIEW,): Sums(20, 2)})]
    )
    found = {row.frames: row.bytes_delta for row in rounds.rows(Group.LINE)}
    assert found == {(APP,): -10, (VIEW,): 20}


def test_your_code_answers_for_what_libraries_allocate_on_its_behalf():
    rounds = steps(((JSON, LIB, APP), (70,)), ((APP, VIEW), (5,)), ((LIB, JSON), (30,)))

    def table(group, scope):
        return {row.frames: row.bytes for row in rounds.rows(group, scope=scope)}

    assert table(Group.LINE, Scope.YOURS) == {(APP,): 75}
    assert table(Group.LINE, Scope.LIBRARIES) == {(LIB,): 30}
    assert table(Group.LINE, Scope.ALL) == {(JSON,): 70, (APP,): 5, (LIB,): 30}
    assert table(Group.FILE, Scope.YOURS) == {(frame(APP.file, 0),): 75}
    assert table(Group.TRACEBACK, Scope.YOURS) == {(JSON, LIB, APP): 70, (APP, VIEW): 5}


def test_a_path_glob_matches_the_whole_path_or_its_end():
    rounds = steps(((JSON, APP), (70,)), ((VIEW,), (5,)))
    assert [row.bytes for row in rounds.rows(Group.FILE, glob="shop/*.py")] == [5]
    assert [row.bytes for row in rounds.rows(Group.TRACEBACK, glob="cart.py")] == [70]
    assert matches_path("/app/shop/cart.py", "/app/*")
    assert not matches_path("/app/shop/cart.py", "art.py")


@pytest.mark.parametrize(
    ("file", "yours"),
    [
        (APP.file, True),
        ("worker.py", True),
        ("<string>", True),
        (JSON.file, False),
        (LIB.file, False),
        ("/usr/lib/python3/dist-packages/yaml/__init__.py", False),
        ("/opt/python/lib/python3.13t/threading.py", False),
        ("<frozen os>", False),
        ("<unknown>", False),
    ],
)
def test_tells_your_code_from_libraries(file, yours):
    assert is_yours(file) is yours


def test_a_long_tracing_keeps_its_first_and_its_newest_snapshots():
    rounds = SnapshotSeries(snapshot(at, {(APP,): Sums(at, 1)}) for at in range(200))
    assert rounds.taken == 200
    assert len(rounds.snapshots) <= 16
    (row,) = rounds.rows(Group.LINE)
    assert (row.bytes_delta, row.steadiness) == (199, 1.0)


def test_slope_of_few_moments():
    assert slope([], []) == slope([1.0], [5]) == slope([1.0, 1.0], [5, 9]) == (0.0, 0.0)


# --- a measurement ------------------------------------------------------------------------------


class Scripted(Answering):
    """A session whose tracing and snapshots are told beforehand."""

    def __init__(self, states=(), snapshots=()):
        super().__init__()
        self.states = list(states)
        self.snapshots = list(snapshots)
        self.calls = []

    async def allocations(self, *, do, consent=False, **_):
        if do == "state":
            return self.states.pop(0) if self.states else tracing()
        self.calls.append(f"snapshot {consent}" if do == "snapshot" else do)
        if do != "snapshot":
            return tracing(on=do == "start")
        answer = self.snapshots.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def costly():
    error = RequestFailed("allocations", "it stops for 1 s")
    error.code = "costly"
    return error


async def run(session, *, consent=True, rounds=2, every_s=0.02):
    async def asked(_cost):
        return consent

    plan = Plan(rounds=rounds, every_s=every_s, warm_up_s=every_s / 20, depth=1, budget_bytes=1000)
    measurement = TracingRun(session, plan, consent=asked)
    await measurement.run()
    return measurement


async def test_traces_on_between_the_snapshots_and_stops_at_the_end():
    session = Scripted(snapshots=[snapshot(at, {(APP,): Sums(at, 1)}) for at in range(3)])
    measurement = await run(session)
    assert session.calls == ["start", *["snapshot False"] * 3, "stop"]
    assert (measurement.rounds.span_s, measurement.ended) == (2, "")


async def test_takes_the_last_snapshot_early_when_the_budget_is_nearly_used():
    session = Scripted([tracing(overhead_bytes=800)], [snapshot(0, {})])
    measurement = await run(session)
    assert measurement.ended == "near-budget"
    assert session.calls == ["start", "snapshot False", "stop"]


@pytest.mark.parametrize("every_s", [0.02, 0.0], ids=["between", "late"])
@pytest.mark.parametrize("ended", ["budget", "time", "application"])
async def test_keeps_what_there_is_when_tracing_ended(ended, every_s):
    session = Scripted([tracing(), tracing(on=False, ended=ended)], [snapshot(0, {})])
    measurement = await run(session, every_s=every_s)
    assert measurement.ended == ended
    assert len(measurement.rounds.snapshots) == 1


async def test_says_why_tracing_ended_as_a_snapshot_was_asked_for():
    error = RequestFailed("allocations", "tracing is off")
    error.code = "not-tracing"
    session = Scripted([tracing(), tracing(on=False, ended="budget")], [error])
    assert (await run(session)).ended == "budget"


async def test_asks_once_before_costly_snapshots():
    session = Scripted(snapshots=[costly(), snapshot(0, {}), snapshot(1, {}), snapshot(2, {})])
    await run(session)
    assert session.calls == ["start", "snapshot False", *["snapshot True"] * 3, "stop"]


async def test_refuses_without_consent_and_stops_tracing():
    session = Scripted(snapshots=[costly()])
    with pytest.raises(NoHeadroom, match="stops for 1 s"):
        await run(session, consent=False)
    assert session.calls[-1] == "stop"


async def test_ends_with_what_it_has_when_later_snapshots_get_costly():
    session = Scripted(snapshots=[snapshot(0, {}), snapshot(1, {}), costly()])
    measurement = await run(session, consent=False)
    assert (measurement.ended, measurement.rounds.taken) == ("cost", 2)


async def test_stops_tracing_when_it_is_cancelled():
    asked = asyncio.Event()

    class Waiting(Scripted):
        async def allocations(self, *, do, **more):
            if do == "state":
                asked.set()
                await asyncio.sleep(60)
            return await super().allocations(do=do, **more)

    session = Waiting(snapshots=[snapshot(0, {})])
    task = asyncio.create_task(run(session))
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert session.calls[-1] == "stop"


# --- source -------------------------------------------------------------------------------------


def test_reads_source_through_the_targets_root_and_no_odd_file(spawn, tmp_path):
    target = spawn(sys.executable)
    script = tmp_path / "a.py"
    script.write_bytes(b"first\n    second \x1b[31m \xff\n")
    sources = Sources(target.pid)
    assert sources.line(str(script), 1) == "first"
    assert sources.line(str(script), 2) == r"second \x1b[31m \xff"
    assert sources.line(str(script), 3) is None
    target.execute(f"import os; os.chdir({str(tmp_path)!r}); os.mkfifo('pipe')")
    assert sources.line("a.py", 1) == "first"
    for odd in ("pipe", "/dev/zero", "<string>", "", "no\0such", "/proc/self/root/etc/passwd"):
        assert sources.line(odd, 1) is None
