"""Nobody but root and the target's own user talks to the agent, or has it run something else."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from memtui.attach.bundle import payload
from memtui.attach.folder import Owner, make_folder
from memtui.attach.rendezvous import open_rendezvous
from tests.support.places import (
    NOBODY,
    STRANGER,
    Placed,
    as_user,
    behind,
    command,
    needs_root,
    of_uid,
    public_python,
    visit,
)
from tests.support.target import PATIENCE_S
from tests.support.waiting import until

pytestmark = [needs_root, command("setpriv")]


@pytest.fixture
def target():
    with Placed(*of_uid(NOBODY), public_python()) as started:
        yield started


def mode(path: str | Path) -> tuple[int, int, int]:
    found = os.lstat(path)
    return stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid


def attempt(uid: int, work) -> object:
    """What ``work`` returned as that user; the name of what it raised."""

    async def tried():
        try:
            return work()
        except OSError as error:
            return type(error).__name__

    return as_user(uid, tried)


def test_directory_and_socket_are_the_targets_alone(target) -> None:
    meeting = open_rendezvous(target.pid)
    try:
        path = Path(meeting.path_in_target)
        assert mode(path.parent) == (0o700, NOBODY, NOBODY)
        assert mode(path) == (0o600, NOBODY, NOBODY)
        script = meeting.leave("payload.py", "pass")
        assert mode(script) == (0o600, NOBODY, NOBODY)

        def knock() -> str:
            with socket.socket(socket.AF_UNIX) as visitor:
                visitor.connect(str(path))
            return "connected"

        assert attempt(STRANGER, knock) == "PermissionError"
        assert attempt(STRANGER, lambda: os.listdir(path.parent)) == "PermissionError"
        assert attempt(STRANGER, lambda: Path(script).read_text()) == "PermissionError"
        assert attempt(STRANGER, lambda: os.rename(path.parent, "/tmp/x")) == "PermissionError"
        assert attempt(NOBODY, knock) == "connected"
    finally:
        meeting.close()
    assert not path.parent.exists()


def _say(path: str, said: bytes) -> bytes:
    """Knock at ``path``, say ``said``, and return what comes back."""
    with socket.socket(socket.AF_UNIX) as visitor:
        visitor.settimeout(PATIENCE_S)
        visitor.connect(path)
        visitor.sendall(said)
        return visitor.recv(100)


def test_another_process_of_the_same_user_is_no_agent(target) -> None:
    """It is not the process that was asked for: turned away, token or not, and the agent comes in."""

    async def meet() -> bool:
        async with open_rendezvous(target.pid) as meeting:
            path, said = meeting.path_in_target, meeting.token.encode() + b"J"
            thread = asyncio.to_thread(attempt, NOBODY, lambda: _say(path, said).decode())
            coming = asyncio.create_task(meeting.accept(PATIENCE_S))
            assert await thread in ("", "BrokenPipeError", "ConnectionResetError")
            assert not coming.done()
            target.execute(payload(path, meeting.token))
            _, writer, joined = await coming
            writer.close()
            return joined

    assert asyncio.run(meet()) is False
    until(lambda: target.threads() == 1)


def test_the_right_process_without_the_token_is_no_agent(target) -> None:
    async def meet() -> None:
        async with open_rendezvous(target.pid) as meeting:
            coming = asyncio.create_task(meeting.accept(PATIENCE_S))
            target.execute(
                "import socket\nstranger = socket.socket(socket.AF_UNIX)\n"
                f"stranger.connect({meeting.path_in_target!r})\nstranger.sendall(b'0' * 32 + b'J')"
            )
            answer = await asyncio.to_thread(target.execute, "print(stranger.recv(10))")
            assert answer == "b''\n"
            assert not coming.done()
            target.execute(payload(meeting.path_in_target, meeting.token))
            _, writer, _ = await coming
            writer.close()

    asyncio.run(meet())
    until(lambda: target.threads() == 1)


def test_the_agent_takes_no_bundle_from_another_user(target, tmp_path) -> None:
    """Somebody has the target run our first code with a socket of his own: it says no word to him."""
    place = Path("/tmp") / f"memtui-test-{os.getpid()}"
    place.mkdir()
    os.chmod(place, 0o755)
    os.chown(place, STRANGER, STRANGER)
    path = str(place / "s")
    try:

        def pose() -> str:
            with socket.socket(socket.AF_UNIX) as trap:
                trap.bind(path)
                os.chmod(path, 0o777)
                trap.listen(1)
                Path(place, "up").touch()
                trap.settimeout(PATIENCE_S)
                victim, _ = trap.accept()
                victim.settimeout(PATIENCE_S)
                return victim.recv(100).decode()

        async def both() -> object:
            posing = asyncio.to_thread(attempt, STRANGER, pose)
            task = asyncio.ensure_future(posing)
            while not Path(place, "up").exists():
                assert not task.done(), task.result()
                await asyncio.sleep(0.01)
            target.execute(payload(path, "0" * 32))
            return await task

        assert asyncio.run(both()) == ""
    finally:
        shutil.rmtree(place)
    until(lambda: target.threads() == 1)
    assert not target.leftovers()


def test_a_link_in_place_of_a_directory_leads_nowhere(tmp_path) -> None:
    """In its own mount namespace the target is the master of /tmp: there it points at ours."""
    inside = tmp_path / "ours"
    inside.mkdir()
    script = "mount -t tmpfs -o mode=755 own /mnt && ln -s '%s' /mnt/tmp && mount -o bind /mnt /srv"
    # /srv/tmp is a link as /tmp would be in a root that the target's user has made.
    argv = behind(script % inside, *of_uid(NOBODY), public_python())
    with Placed("unshare", "-m", *argv) as target:
        root = f"/proc/{target.pid}/root"
        with pytest.raises(OSError):
            make_folder(root, "/srv/tmp", Owner(NOBODY, NOBODY))
    assert not list(inside.iterdir())


def test_a_directory_that_others_can_exchange_is_no_place() -> None:
    """Whoever may rename our directory could put a script of his own where the target looks for ours."""
    shared = Path(f"/tmp/memtui-test-{os.getpid()}")
    shared.mkdir()
    try:
        for permissions, owner in ((0o777, 0), (0o775, 0), (0o755, STRANGER)):
            os.chmod(shared, permissions)
            os.chown(shared, owner, owner)
            with pytest.raises(OSError, match="other users can change"):
                make_folder("", str(shared), Owner(NOBODY, NOBODY))
        assert not list(shared.iterdir())
    finally:
        shutil.rmtree(shared)


def test_names_that_are_there_already(target, monkeypatch) -> None:
    """A directory or link that somebody made under our very name is not used, and not touched."""
    names = iter(["a" * 16, "b" * 16, "c" * 16, "d" * 16, "e" * 16])
    monkeypatch.setattr(secrets, "token_hex", lambda _size: next(names))
    planted = Path(f"/tmp/memtui-{os.getpid()}-{'a' * 16}")
    precious = Path("/tmp") / f"precious-{os.getpid()}"
    precious.mkdir()
    (precious / "kept").touch()
    planted.symlink_to(precious)
    other = Path(f"/dev/shm/memtui-{os.getpid()}-{'b' * 16}")
    other.mkdir(mode=0o777)
    try:
        folder = None
        with pytest.raises(FileExistsError):
            folder = make_folder("", "/tmp", Owner(NOBODY, NOBODY))
        with pytest.raises(FileExistsError):
            folder = make_folder("", "/dev/shm", Owner(NOBODY, NOBODY))
        assert folder is None
        assert planted.is_symlink()
        assert (precious / "kept").exists()
        assert other.is_dir()
    finally:
        planted.unlink()
        shutil.rmtree(precious)
        shutil.rmtree(other, ignore_errors=True)


def test_a_link_that_the_target_plants_is_not_written_through(target, tmp_path) -> None:
    """The directory is the target's, who may put a link where our script is to go."""
    os.chmod(tmp_path, 0o755)
    precious = tmp_path / "precious"
    precious.write_text("kept")
    with_link = make_folder("", "/tmp", Owner(NOBODY, NOBODY))
    try:
        link = f"{with_link.path}/payload.py"
        target.execute(f"import os; os.symlink({str(precious)!r}, {link!r})")
        with pytest.raises(OSError):
            with_link.write("payload.py", "evil")
        assert precious.read_text() == "kept"
        assert mode(precious)[1] == 0
    finally:
        with_link.remove()
    assert precious.read_text() == "kept"
    assert not Path(with_link.path).exists()


def test_what_dead_viewers_left_is_swept_for_the_same_user_only() -> None:
    dead = subprocess.Popen(["true"])
    dead.wait()
    # Like /tmp, where other viewers sweep at the same time.
    shared = Path(f"/tmp/memtui-test-{os.getpid()}")
    shared.mkdir()
    try:
        os.chmod(shared, 0o1777)
        left = {
            uid: shared / f"memtui-{dead.pid}-{number:016x}"
            for number, uid in enumerate((0, NOBODY, STRANGER))
        }
        for uid, path in left.items():
            path.mkdir(mode=0o700)
            os.chown(path, uid, uid)
        make_folder("", str(shared), Owner(0, 0)).remove()
        assert [path.exists() for path in left.values()] == [False, True, True]
        make_folder("", str(shared), Owner(NOBODY, NOBODY)).remove()
        assert [path.exists() for path in left.values()] == [False, False, True]
    finally:
        shutil.rmtree(shared)


def test_what_the_target_says_at_the_last_moment_goes_too(monkeypatch) -> None:
    """It says by a link why it could not call back, and may find the socket gone while we leave."""
    folder, rmdir = make_folder("", "/tmp", Owner(os.geteuid(), os.getegid())), os.rmdir

    def late(path, **options):
        monkeypatch.setattr(os, "rmdir", rmdir)
        os.symlink("FileNotFoundError", f"{folder.path}/why")
        rmdir(path, **options)

    monkeypatch.setattr(os, "rmdir", late)
    folder.remove()
    assert not os.path.lexists(folder.path)


def test_root_is_root_again_afterwards(target) -> None:
    asyncio.run(visit(target.pid))
    status = dict(
        line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines()
    )
    assert set(status["Uid"].split()) == {"0"}
    assert set(status["Gid"].split()) == {"0"}
