"""Nothing of the agent stays behind, whichever way its last session ends; nothing is disturbed meanwhile."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from memtui.attach.bundle import payload
from memtui.attach.rendezvous import open_rendezvous
from tests.support.known import known
from tests.support.live import connect
from tests.support.target import PATIENCE_S, TARGETS
from tests.support.traces import inside, numbers, outside, own_objects, until


async def use(line):
    await line.hello()
    await line.ok("census")
    await line.ok("instances", type="function", depth=1, limit=20)
    await line.ok("collect")


@pytest.mark.parametrize("end", ["stop", "hang up", "reset"])
@pytest.mark.circle("internals")
async def test_nothing_is_left(interpreter, spawn, end):
    target = spawn(interpreter)
    inside(target)
    before, settled = outside(target), inside(target)
    async with connect(target) as line:
        await use(line)
        assert outside(target) != before
        if end == "stop":
            await line.ok("stop")
            assert await line.reader.read() == b""
        elif end == "reset":
            line.send("census")
            linger = b"\x01\0\0\0\0\0\0\0"
            line.writer.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, linger
            )
            line.writer.transport.abort()
    await until(lambda: outside(target) == before)
    assert inside(target) == settled
    if not interpreter.free_threaded:
        # There, functions are never freed once a thread was started.
        assert own_objects(target) == "[]"
    assert target.errors() == ""


@pytest.mark.circle("internals")
async def test_sessions_leave_no_object_to_the_collector(interpreter, spawn):
    if interpreter.free_threaded:
        pytest.skip("a free-threaded interpreter drops objects from its lists when a thread starts")
    target = spawn(interpreter)
    target.execute("import gc")
    alone = numbers(target.pid, "task")
    counts = []
    for _ in range(8):
        async with connect(target) as line:
            await use(line)
        await until(lambda: numbers(target.pid, "task") == alone)
        counts.append(int(target.execute("gc.collect(); print(len(gc.get_objects()))")))
    # What is made once, at the first session or the second, stays.  CPython 3.9 itself never frees the
    # ``poll`` type of a copy of the module select, ten objects.
    allowed = 4 * 10 if interpreter.version[:2] == (3, 9) else 4
    assert counts[-1] - counts[3] <= allowed, counts


@pytest.mark.circle("viewer")
async def test_nothing_is_left_of_a_killed_viewer(interpreter, spawn):
    target = spawn(interpreter)
    inside(target)
    before, settled = outside(target), inside(target)
    meeting = open_rendezvous(target.pid)
    target.execute(payload(meeting.path_in_target, meeting.token))
    reader, writer, _ = await meeting.accept(PATIENCE_S)
    # A child holds the only open end of the connection from here on.
    viewer = subprocess.Popen(
        [sys.executable, "-c", "input()"],
        stdin=subprocess.PIPE,
        pass_fds=[writer.get_extra_info("socket").fileno()],
    )
    writer.transport.abort()
    await until(lambda: reader.at_eof() or writer.transport.is_closing())
    assert len(numbers(target.pid, "task")) == 2
    viewer.send_signal(signal.SIGKILL)
    viewer.wait()
    known(viewer.stdin).close()
    await until(lambda: outside(target) == before)
    assert inside(target) == settled


async def test_a_second_viewer_joins_and_outlives_the_first(interpreter, spawn):
    target = spawn(interpreter)
    before = outside(target)
    async with connect(target) as first:
        assert not (await first.hello())["joined"]
        async with connect(target) as second:
            assert second.joined
            assert (await second.hello(read_only=True))["joined"]
            assert len(numbers(target.pid, "task")) == 2
            asked = first.send("census"), second.send("census")
            answers = await asyncio.gather(first.answer(asked[0]), second.answer(asked[1]))
            assert all("ok" in answer for answer in answers)
            await first.ok("stop")
            assert (await second.ok("collector"))["enabled"]
    await until(lambda: outside(target) == before)
    async with connect(target) as third:
        assert not third.joined
        await use(third)
    await until(lambda: outside(target) == before)


async def test_a_payload_that_runs_twice_changes_nothing(interpreter, spawn):
    target = spawn(interpreter)
    before = outside(target)
    async with open_rendezvous(target.pid) as meeting:
        text = payload(meeting.path_in_target, meeting.token)
        target.execute(text)
        target.execute(text)
        _, writer, _ = await meeting.accept(PATIENCE_S)
        target.execute(text)
    assert len(numbers(target.pid, "task")) == 2
    writer.close()
    await until(lambda: outside(target) == before)
    # Too late: nobody listens there any more.
    target.execute(text)
    await until(lambda: outside(target) == before)
    assert target.errors() == ""


async def test_patched_modules_are_neither_used_nor_repaired(interpreter, spawn):
    target = spawn(interpreter, "patched.py")
    before = outside(target)
    async with connect(target) as line:
        await use(line)
        assert target.execute("print(intact(), CALLED)").strip() == "True []"
        async with connect(target) as second:
            await second.hello()
    await until(lambda: outside(target) == before)
    assert target.execute("print(intact(), CALLED)").strip() == "True []"


@pytest.mark.circle("internals")
async def test_a_forked_child_has_no_agent(interpreter, spawn):
    target = spawn(interpreter, "forking.py")
    async with connect(target) as line:
        await line.hello()
        await line.ok("instances", type="__main__.Thing")
        assert target.execute("fork()").split() == ["0", "False"]
        assert (await line.ok("census"))["counts"]
    await until(lambda: len(numbers(target.pid, "task")) == 1)
    assert target.execute("fork()").split() == ["0", "False"]
    # What Python 3.12 warns of names this file, in a folder that may be called memtui.
    assert "memtui" not in target.errors().replace(str(TARGETS), "")


@pytest.mark.circle("internals")
async def test_signals_go_to_the_application(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(
        "import signal, threading\nheard = []\n"
        "signal.signal(signal.SIGUSR1, lambda *_: heard.append(threading.current_thread().name))"
    )
    async with connect(target) as line:
        await line.hello()
        tasks = numbers(target.pid, "task")
        agent = next(task for task in tasks if int(task) != target.pid)
        status = Path(f"/proc/{target.pid}/task/{agent}/status").read_text().splitlines()
        blocked = int(next(row.split()[1] for row in status if row.startswith("SigBlk")), 16)
        assert blocked & 1 << signal.SIGUSR1 - 1
        assert blocked & 1 << signal.SIGINT - 1
        os.kill(target.pid, signal.SIGUSR1)
        await line.ok("census")
    assert target.execute("print(heard)").strip() == "['MainThread']"


@pytest.mark.circle("viewer")
async def test_hard_ends_of_the_target(interpreter, spawn):
    target = spawn(interpreter)
    async with connect(target) as line:
        await line.hello()
        target.stdin.close()
        assert await asyncio.wait_for(line.reader.read(), 60) == b""
    assert target.process.wait(60) == 0
    assert target.errors() == ""


AT_ONCE = """
import sys, threading
before, _ = sys.getswitchinterval(), sys.setswitchinterval(1e-6)
line = threading.Barrier(len(payloads))
def run(text):
    line.wait()
    exec(text, {})
threads = [threading.Thread(target=run, args=(text,)) for text in payloads]
for thread in threads: thread.start()
for thread in threads: thread.join()
sys.setswitchinterval(before)
"""


@pytest.mark.circle("internals")
async def test_payloads_that_run_at_the_same_time_make_one_agent(interpreter, spawn):
    target = spawn(interpreter)
    alone = numbers(target.pid, "task")
    for _ in range(6):
        meetings = [open_rendezvous(target.pid) for _ in range(4)]
        texts = [payload(each.path_in_target, each.token) for each in meetings]
        target.execute(f"payloads = {texts!r}")
        # Met while they run: an agent does not wait for long for the viewer to whom it said who it is.
        _, *guests = await asyncio.gather(
            asyncio.to_thread(target.execute, AT_ONCE),
            *(each.accept(PATIENCE_S) for each in meetings),
        )
        assert sorted(joined for _, _, joined in guests) == [False, True, True, True]
        for _, writer, _ in guests:
            writer.close()
        await until(lambda: numbers(target.pid, "task") == alone)
    assert target.execute("print(hasattr(sys, '_memtui_agent'))") == "False\n"
    assert target.errors() == ""
