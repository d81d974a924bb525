"""What needs more memory than is left is refused with the figures; and how little the agent needs."""

from __future__ import annotations

import contextlib
import errno
import os
import resource
from pathlib import Path

import pytest

from memtui.attach import attach
from memtui.model.errors import NoHeadroom
from memtui.verbs.census import census
from memtui.verbs.collector import collector
from memtui.verbs.instances import instances
from memtui.verbs.referrers import referrers
from memtui.verbs.watch import watch
from tests.support.attached import attached
from tests.support.live import connect
from tests.support.places import needs_root, visit
from tests.support.target import PATIENCE_S
from tests.support.waiting import until

MANY = "class A: pass\nkept = [A() for _ in range(500000)]"
MIB = 1 << 20
VERSION_1 = Path("/sys/fs/cgroup/memory")
VERSION_2 = Path("/sys/fs/cgroup")


@pytest.fixture
def cgroup():
    """``(folder, name of the limit's file)`` of a memory cgroup of our own, empty at the end."""
    if (VERSION_1 / "memory.limit_in_bytes").exists():
        folder, limit = VERSION_1 / f"memtui-test-{os.getpid()}", "memory.limit_in_bytes"
    else:
        folder, limit = VERSION_2 / f"memtui-test-{os.getpid()}", "memory.max"
    try:
        folder.mkdir()
    except OSError as error:
        pytest.skip(f"no memory cgroup can be made here ({error.strerror})")
    try:
        if not (folder / limit).exists():
            pytest.skip("the memory controller is not enabled here")
        yield folder, limit
    finally:
        until(lambda: _removed(folder))


def _removed(folder: Path) -> bool:
    """Whether it could be removed: the kernel may hold on to a process a little longer than it lists it."""
    try:
        folder.rmdir()
    except OSError as error:
        if error.errno != errno.EBUSY:
            raise
        return False
    return True


def resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()


# --- refusals -----------------------------------------------------------------------------------------

VERBS: dict[str, dict[str, object]] = {
    "census": {},
    "instances": {"type": "__main__.A"},
    "collect": {"generation": 2},
}


@pytest.mark.parametrize("verb", VERBS)
async def test_limit_of_address_space(interpreter, spawn, verb):
    target = spawn(interpreter)
    target.execute(MANY)
    async with attached(target) as session:
        pages = int(Path(f"/proc/{target.pid}/statm").read_text().split()[0])
        soft = pages * resource.getpagesize() + 4 * MIB
        resource.prlimit(target.pid, resource.RLIMIT_AS, (soft, -1))
        with pytest.raises(NoHeadroom) as caught:
            await session._client.call(verb, VERBS[verb], timeout=PATIENCE_S)
        assert caught.value.exit_code == 6
        assert "may need" in caught.value.why
        assert "MiB are left of its address space" in caught.value.why
        assert "prlimit --as" in caught.value.hint
        resource.prlimit(target.pid, resource.RLIMIT_AS, (-1, -1))
        await session._client.call(verb, VERBS[verb], timeout=PATIENCE_S)
    assert target.execute("print(len(kept))") == "500000\n"


async def test_referrers_are_refused_too(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(MANY)
    async with attached(target) as session:
        page = await instances(session, "__main__.A", limit=1)
        pages = int(Path(f"/proc/{target.pid}/statm").read_text().split()[0])
        soft = pages * resource.getpagesize() + MIB
        resource.prlimit(target.pid, resource.RLIMIT_AS, (soft, -1))
        with pytest.raises(NoHeadroom):
            await referrers(session, [page.instances[0].address])
        # What needs no list is answered.
        assert (await collector(session)).generations


@needs_root
async def test_limit_of_the_cgroup(interpreter, spawn, cgroup):
    """The kernel would kill the target where a limit of address space only says no."""
    folder, limit = cgroup
    target = spawn(interpreter)
    (folder / "cgroup.procs").write_text(str(target.pid))
    target.execute(MANY)
    session = await attach(target.pid, timeout=PATIENCE_S)
    try:
        (folder / limit).write_text(str(_used(folder) + 8 * MIB))
        with pytest.raises(NoHeadroom) as caught:
            await census(session, timeout=PATIENCE_S)
        assert "are left in the target's memory cgroup" in caught.value.why
        assert "cgroup" in caught.value.hint
        # Nobody new is let in either: that takes memory as well.
        with pytest.raises(NoHeadroom) as caught:
            await visit(target.pid)
        assert caught.value.exit_code == 6
        (folder / limit).write_text("-1" if limit.endswith("_bytes") else "max")
        assert (await census(session, timeout=PATIENCE_S)).objects > 500000
    finally:
        await session.close()
        target.stop()


def _used(folder: Path) -> int:
    """What counts against the limit but for what the kernel can take back at once."""
    name = "memory.usage_in_bytes" if folder.parent == VERSION_1 else "memory.current"
    cache = "total_inactive_file" if folder.parent == VERSION_1 else "inactive_file"
    stat = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
    return int((folder / name).read_text()) - int(stat[cache])


async def test_the_bound_is_one(interpreter, spawn):
    """What the refusal counts with is never less than there is, and near it once it was counted."""
    target = spawn(interpreter)
    target.execute(MANY)
    async with connect(target) as line:
        await line.hello()
        await line.ok("census")
        target.execute(BOUND)
        known, bound = map(int, target.execute("print(*bound())").split())
        target.execute("more = [A() for _ in range(100000)]")
        _, later = map(int, target.execute("print(*bound())").split())
    assert 500000 < known <= bound < 1.1 * known
    assert bound + 100000 <= later < 1.5 * bound


#: The agent's own module, found from inside, as a request would use it.
BOUND = """
import gc, types
def bound():
    room = [m for m in gc.get_objects()
            if type(m) is types.ModuleType
            and m.__dict__.get('__name__') == 'memtui.agent.heap.headroom'][0]
    class Meter:
        @staticmethod
        def hold(call, *args): return call(*args), 0
    return room._known[0], room._at_most(*room._measure(Meter))
"""


# --- what the agent takes -----------------------------------------------------------------------------


@pytest.mark.circle("python", "3.13t")
async def test_the_agent_takes_less_than_16_mib(interpreter, spawn, monkeypatch):
    """With everything on, and while a census of half a million objects runs."""
    # What the allocator of free-threaded interpreters is given back it keeps for a while, by the clock:
    # how much of one census is there yet in the next, some MiB, depends on what else the machine does.
    monkeypatch.setenv("MIMALLOC_PURGE_DELAY", "0")
    target = spawn(interpreter)
    target.execute(MANY + "\ndef served(): return 1\nfor _ in range(9): served()")
    # The highest since now, for the peak within a request.
    before = resident(target.pid)
    with contextlib.suppress(OSError):
        Path(f"/proc/{target.pid}/clear_refs").write_text("5")
    session = await attach(target.pid, timeout=PATIENCE_S)
    try:
        await watch(session, "__main__:served")
        for _ in range(3):
            await census(session, timeout=PATIENCE_S)
        page = await instances(session, "__main__.A", limit=200, depth=2)
        await referrers(session, [node.address for node in page.instances[:20]])
        status = Path(f"/proc/{target.pid}/status").read_text().split("VmHWM:")[1]
        peak = int(status.split()[0]) * 1024 - before
    finally:
        await session.close()
    # The list of all objects has 8 bytes for each, and an eighth more; a free-threaded interpreter
    # makes a stack of them first.
    transient = (17 if interpreter.free_threaded else 9) * 520000
    assert peak - transient < 16 * MIB


async def test_fifty_sessions_leave_no_memory(interpreter, spawn):
    target = spawn(interpreter)
    target.execute("import gc, sys\nclass A: pass\nkept = [A() for _ in range(20000)]")
    sizes, blocks = [], []
    for number in range(50):
        await visit(target.pid)
        until(lambda: len(os.listdir(f"/proc/{target.pid}/task")) == 1)
        sizes.append(resident(target.pid))
        if number % 20 == 9:
            said = target.execute("gc.collect(); print(sys.getallocatedblocks())")
            blocks.append(int(said))
    # What the interpreter has given out does not grow; what the C library keeps free for the next
    # session moves by a MiB or two from one to the next, on 3.8 most.
    assert abs(blocks[-1] - blocks[0]) < 400
    assert max(sizes[40:]) - max(sizes[5:15]) < 3 * MIB
