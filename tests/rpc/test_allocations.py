"""Allocations over the wire: a real agent under every interpreter, and answers that lie."""

import asyncio
import sys
import time

import pytest

from memtui.agent import wire
from memtui.attach.bundle import payload
from memtui.model.allocations import Group
from memtui.model.errors import ProtocolError, ReadOnly, RequestFailed
from memtui.rpc.session import Session
from memtui.runs.tracing import Plan, TracingRun
from memtui.store.snapshots import growing
from memtui.verbs.allocations import (
    Snapshot,
    allocations,
    reset_peak,
    start_tracing,
    stop_tracing,
    tracing,
)
from memtui.verbs.globals import globals_of
from memtui.verbs.lengths import lengths
from tests.support.allocating import SCRIPT, line_of
from tests.support.attached import attached
from tests.support.known import known
from tests.support.making import frame
from tests.support.scripted import ATTACHMENT, ScriptedAgent
from tests.support.streams import close_pipes
from tests.support.tampering import change

LEAK = frame(str(SCRIPT), line_of("the leak"))
IS_TRACING = "import _tracemalloc; print(_tracemalloc.is_tracing())"

FORK = """
import _tracemalloc
reader, writer = os.pipe()
pid = os.fork()
if not pid:
    os.write(writer, b"%d" % _tracemalloc.is_tracing())
    os._exit(0)
os.waitpid(pid, 0)
print(os.read(reader, 1).decode())
"""


def traces(target):
    return target.execute(IS_TRACING).strip() == "True"


def stops_tracing(target, seconds=60.0):
    end = time.monotonic() + seconds
    while traces(target):
        assert time.monotonic() < end, "it traces on"
    return True


@pytest.fixture
def allocating(interpreter, spawn):
    return spawn(interpreter, "allocating.py")


async def yes(_cost):
    return True


class Leaking:
    """A session on ``allocating.py`` that looks only when more has leaked there, however long that takes."""

    def __init__(self, session, address):
        self._session, self._address = session, address

    @classmethod
    async def of(cls, session):
        (found,) = (await globals_of(session, "__main__", name="LEAKED")).globals
        return cls(session, found.value.address)

    async def ask(self, verb, args, kind, **options):
        if kind is Snapshot:
            before = await self._leaked()
            while await self._leaked() < before + 10:
                pass
        return await self._session.ask(verb, args, kind, **options)

    async def _leaked(self):
        return (await lengths(self._session, [self._address])).lengths[0]


@pytest.mark.circle("python")
async def test_finds_a_constant_leak_by_line_file_and_traceback(interpreter, spawn):
    target = spawn(interpreter, "allocating.py", "2")
    modules = (
        "import sys; print(sorted(m for m in sys.modules if 'malloc' in m or 'linecache' in m))"
    )
    before = target.execute(modules)
    async with attached(target) as session:
        plan = Plan(rounds=3, every_s=0.1, warm_up_s=0.1, depth=5, budget_bytes=32 << 20)
        measurement = TracingRun(await Leaking.of(session), plan, consent=yes)
        await measurement.run()
        assert target.execute(modules) == before
        assert not traces(target)
    rounds = measurement.rounds
    for group, key in (
        (Group.LINE, (LEAK,)),
        (Group.FILE, (frame(LEAK.file, 0),)),
    ):
        (first, *_) = growing(rounds.rows(group))
        assert first.frames == key
        assert (first.grew, first.rounds) == (3, 3)
    stack = growing(rounds.rows(Group.TRACEBACK))[0].frames
    assert stack[0] == LEAK
    assert [frame.file for frame in stack[:3]] == [str(SCRIPT)] * 3
    assert len(stack) == 5
    assert not [f for f in rounds.snapshots[-1].tables.lines if "memtui.agent" in f.file]
    assert target.errors() == ""


@pytest.mark.circle("python")
async def test_tracing_ends_with_the_session(interpreter, spawn):
    target = spawn(interpreter, "allocating.py")
    async with attached(target) as session:
        assert (await start_tracing(session, depth=2)).ours
        assert traces(target)
    assert stops_tracing(target)


VIEWER = """
import asyncio, sys
from memtui.attach.rendezvous import open_rendezvous
from memtui.verbs.allocations import start_tracing
from tests.support.attached import Session, Attachment

async def main():
    async with open_rendezvous(int(sys.argv[1])) as meeting:
        print(meeting.path_in_target, meeting.token, flush=True)
        reader, writer, _ = await meeting.accept(120)
    session = await Session.open(reader, writer, Attachment("handed", 0.0), timeout=120)
    await start_tracing(session)
    print("TRACING", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.circle("python")
async def test_tracing_ends_when_the_viewer_is_killed(interpreter, spawn):
    target = spawn(interpreter, "allocating.py")
    viewer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", VIEWER, str(target.pid), stdout=asyncio.subprocess.PIPE
    )
    try:
        path, token = (await known(viewer.stdout).readline()).decode().split()
        target.execute(payload(path, token))
        assert await known(viewer.stdout).readline() == b"TRACING\n"
        assert traces(target)
    finally:
        viewer.kill()
        await viewer.wait()
        close_pipes(viewer)
    assert stops_tracing(target)


async def test_the_agent_stops_it_above_the_budget_with_nobody_asking(allocating):
    async with attached(allocating) as session:
        await start_tracing(session, budget_bytes=200_000)
        allocating.execute("handle(20000)")
        assert stops_tracing(allocating)
        assert (await tracing(session)).ended == "budget"
        with pytest.raises(RequestFailed) as refused:
            await allocations(session)
        assert refused.value.code == "not-tracing"


async def test_the_agent_stops_it_when_its_time_is_over(allocating):
    async with attached(allocating) as session:
        await start_tracing(session, seconds=0.05)
        assert stops_tracing(allocating)
        assert (await tracing(session)).ended == "time"


async def test_uses_the_applications_session_and_leaves_it(allocating):
    allocating.execute("import _tracemalloc; _tracemalloc.start(3); handle(100)")
    async with attached(allocating) as session:
        state = await start_tracing(session, depth=9)
        assert (state.ours, state.depth, state.budget_bytes) == (False, 3, None)
        snapshot = await allocations(session)
        assert snapshot.tables.lines[LEAK].blocks in (200, 201)
        await stop_tracing(session)
    assert allocating.execute("print(_tracemalloc.get_traceback_limit())").strip() == "3"
    assert traces(allocating)


async def test_two_viewers_share_it_and_the_last_one_ends_it(allocating):
    async with attached(allocating) as one:
        await start_tracing(one)
        async with attached(allocating) as two:
            assert (await start_tracing(two)).ours
            await stop_tracing(one)
            assert traces(allocating)
        assert stops_tracing(allocating)


async def test_a_read_only_session_starts_nothing_but_may_look(allocating):
    async with attached(allocating, read_only=True) as session:
        with pytest.raises(ReadOnly):
            await start_tracing(session)
        assert not traces(allocating)
        allocating.execute("_tracemalloc.start(); handle(10)")
        await start_tracing(session)
        assert (await allocations(session)).tables.lines[LEAK].blocks in (20, 21)
        with pytest.raises(ReadOnly):
            await reset_peak(session)


@pytest.mark.circle("internals")
async def test_a_forked_snapshot_leaves_session_and_tracing_alone(interpreter, spawn):
    target = spawn(interpreter, "allocating.py")
    target.execute("import os; forks = []; os.register_at_fork(before=lambda: forks.append(1))")
    async with attached(target) as session:
        await start_tracing(session)
        # So many would be listed in the process: a child that reduced more would have to wait for a
        # processor as long as there are others who want one.
        change(
            target,
            "tracing = agent('allocations.tracing')\n"
            "tracing.IN_PROCESS_US = -1; tracing.FORK_US = tracing.FORK_US_A_GIB = 0",
        )
        target.execute("numbers = [float(i) for i in range(8000)]")
        snapshot = await allocations(session)
        assert snapshot.child
        assert snapshot.traces >= 8000
        assert traces(target)
        # The hooks of the application run: that is one of the harms of forking.
        assert target.execute("print(len(forks))").strip() == "1"
        assert target.errors() == ""
        # A child of the application has no agent that could stop tracing there later.
        assert target.execute(FORK).strip() == "0"
        assert (await tracing(session)).on
    assert stops_tracing(target)


async def test_hostile_file_names_are_safe_and_can_be_spelled_as_they_are(allocating):
    async with attached(allocating) as session:
        await start_tracing(session, depth=1)
        allocating.execute(
            r"exec(compile('x = [object() for _ in range(99)]', 'a\x1b]0;\u202e[/]', 'exec'))"
        )
        snapshot = await allocations(session)
    (name,) = snapshot.tables.spelled
    assert name == r"a\x1b]0;\u202e[/]"
    assert snapshot.tables.spelled[name] == "a\x1b]0;\u202e[/]"
    assert frame(name, 1) in snapshot.tables.lines


# --- answers that lie ---------------------------------------------------------------------------

STATE = {
    "on": True,
    "ours": True,
    "ended": None,
    "depth": 1,
    "budget_bytes": 1,
    "traced_bytes": 1,
    "peak_bytes": 1,
    "overhead_bytes": 1,
    "price": None,
}
TABLES = {
    "files": [wire.pack(["a.py"])],
    "lines": [wire.pack([[0, 1, 2, 3]])],
    "stacks": [wire.pack([[2, 3, 1, 0, 1]])],
}
SNAPSHOT = {
    "at": 1,
    "tracing": STATE,
    "child": False,
    "traces": 1,
    "own": [0, 0],
    "imports": [0, 0],
    "rest": [0, 0],
    "rest_stacks": 0,
    "tables": [*TABLES.values()],
}


async def answered(**changes):
    tables = {name: changes.pop(name, chunks) for name, chunks in TABLES.items()}
    answer = {**SNAPSHOT, "tables": [*tables.values()], **changes}
    agent = ScriptedAgent(allocations=lambda *_: answer)
    reader, writer = await agent.start()
    session = await Session.open(reader, writer, ATTACHMENT)
    try:
        return await allocations(session)
    finally:
        await session.close()
        agent.writer.close()
        await agent.task


async def test_decodes_what_is_right():
    snapshot = await answered()
    assert snapshot.tables.lines == {frame("a.py", 1): (2, 3)}
    assert snapshot.tables.cut == {(frame("a.py", 1),)}


@pytest.mark.parametrize(
    "changes",
    [
        {"lines": [wire.pack([[1, 1, 2, 3]])]},
        {"lines": [wire.pack([[0, 1, 2]])]},
        {"lines": [wire.pack([[0, 1, 2, -3]])]},
        {"lines": [b"\xc1"]},
        {"stacks": [wire.pack([[2, 3, 1]])]},
        {"stacks": [wire.pack([[2, 3, 1, 0, 1, 0]])]},
        {"stacks": [wire.pack(["text"])]},
        {"files": [wire.pack([7])]},
        {"tracing": {}},
        {"tables": []},
        {"tables": None},
        {"own": [1]},
    ],
)
async def test_refuses_what_is_not_the_protocol(changes):
    with pytest.raises(ProtocolError):
        await answered(**changes)
