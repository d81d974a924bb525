"""The cooperative method: the target invites, the viewer rings, all else is as with the others."""

import asyncio
import os
import socket
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from memtui.attach import attach
from memtui.attach.choose import methods_for
from memtui.attach.facts import facts_of
from memtui.model.errors import NotPermitted, Unsupported
from memtui.verbs.census import census
from tests.support.target import PATIENCE_S, ROOT
from tests.support.waiting import until

NOBODY = 65534


@pytest.fixture
def inviting(spawn, interpreter):
    return spawn(interpreter, "inviting.py", str(ROOT))


def socket_of(target):
    return Path(target.execute("print(PATH)").strip())


def threads(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


async def test_a_target_that_listens_is_counted_like_any_other(inviting):
    before = threads(inviting.pid)
    session = await attach(inviting.pid, method="cooperative", timeout=PATIENCE_S)
    try:
        counted = await census(session)
        assert counted.counts[counted.names.index("__main__.Parcel")] == 12345
        assert session.attachment.method == "cooperative"
        assert session.attachment.longest_stop_ms == 0.0
    finally:
        await session.close()
    until(lambda: threads(inviting.pid) == before)
    again = await attach(inviting.pid, method="cooperative", timeout=PATIENCE_S)
    await again.close()
    assert inviting.errors() == ""


async def test_a_forked_worker_listens_for_itself(spawn):
    target = spawn(sys.executable, "inviting.py", str(ROOT))
    child = int(target.execute("print(fork())"))
    until((socket_of(target).parent / str(child)).exists)
    for pid in (child, target.pid):
        session = await attach(pid, method="cooperative", timeout=PATIENCE_S)
        assert session.hello.pid == pid
        await session.close()


@pytest.fixture
def apart():
    """A folder that every user can enter and that no other test knows: here modes may be changed."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        os.chmod(folder, 0o755)
        yield folder


def test_only_its_user_and_root_reach_the_socket(spawn, apart):
    path = socket_of(spawn(sys.executable, "inviting.py", str(ROOT), apart))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_the_socket_goes_with_the_process(spawn):
    target = spawn(sys.executable, "inviting.py", str(ROOT))
    path = socket_of(target)
    assert path.exists()
    target.stdin.close()
    target.process.wait(PATIENCE_S)
    assert not path.exists()


def test_strangers_at_the_bell_do_no_harm(spawn, tmp_path):
    target = spawn(sys.executable, "inviting.py", str(ROOT))
    path = str(socket_of(target))
    # Not where the tests run: others write there.
    here = tmp_path / "here"
    here.mkdir()
    target.execute(f"os.chdir({str(here)!r})")
    elsewhere = f"{tmp_path}/x\0token\n".encode()
    for said in (b"", b"\n", b"\xff\0\xff\n", b"/nowhere\0token\n", elsewhere, b"x" * 100_000):
        with socket.socket(socket.AF_UNIX) as bell:
            bell.connect(path)
            bell.settimeout(PATIENCE_S)
            try:
                bell.sendall(said)
                bell.shutdown(socket.SHUT_WR)
                while bell.recv(4096):
                    pass
            except OSError:
                pass
    until(lambda: threads(target.pid) == 2)
    assert target.errors() == ""
    assert list(tmp_path.iterdir()) == [here]
    assert not list(here.iterdir())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_is_turned_away(spawn, apart):
    target = spawn(sys.executable, "inviting.py", str(ROOT), apart)
    path = socket_of(target)
    # Past the directory's mode there are still the credentials.
    path.parent.chmod(0o711)
    path.chmod(0o666)
    assert path.is_relative_to(apart)
    ring = (
        "import os, socket, sys; os.setuid(65534); s = socket.socket(socket.AF_UNIX)\n"
        "s.connect(sys.argv[1]); s.settimeout(120); said = b''\n"
        "try: s.sendall(b'/tmp/x\\0t'); said = s.recv(1)\n"
        "except (BrokenPipeError, ConnectionResetError): pass\n"
        "print(said)"
    )
    said = subprocess.run(
        [sys.executable, "-c", ring, str(path)], capture_output=True, text=True, check=True
    )
    assert said.stdout == "b''\n"
    assert threads(target.pid) == 2


def test_no_listener_is_told_with_the_way_out(spawn):
    target = spawn(sys.executable)
    with pytest.raises(Unsupported, match="runs no cooperative agent") as caught:
        asyncio.run(attach(target.pid, method="cooperative", timeout=PATIENCE_S))
    assert "--method ptrace" in caught.value.hint


def test_where_tracing_is_forbidden_the_invitation_is_taken(spawn, monkeypatch):
    target = spawn(sys.executable, "inviting.py", str(ROOT))
    refusal = NotPermitted("no", "not here")
    monkeypatch.setattr("memtui.attach.choose.obstacle", lambda _: refusal)
    assert methods_for(facts_of(target.pid)) == ("cooperative",)
    plain = spawn(sys.executable)
    with pytest.raises(NotPermitted):
        methods_for(facts_of(plain.pid))


def test_a_planted_directory_is_not_used(spawn, tmp_path):
    """Somebody else's directory of that name in /tmp: the next place is taken."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a directory away")
    code = (
        "import os, sys; sys.path.insert(0, sys.argv[1]); from memtui.agent.entry import listener;"
        "listener.PLACES = (sys.argv[2], sys.argv[3]); print(listener.start())"
    )
    evil, good = tmp_path / "evil", tmp_path / "good"
    for place in (evil, good):
        place.mkdir()
    planted = evil / f"memtui-agents-{os.geteuid()}"
    planted.mkdir(mode=0o700)
    os.chown(planted, NOBODY, NOBODY)
    said = subprocess.run(
        [sys.executable, "-c", code, ROOT, str(evil), str(good)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.startswith(str(good))
    assert list(planted.iterdir()) == []
