"""Where targets live: other users, namespaces, roots, read-only disks, deleted files."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from memtui.attach.discover import candidate_of
from memtui.model.errors import MemtuiError
from tests.support import interpreters
from tests.support.places import (
    NOBODY,
    STRANGER,
    Placed,
    as_user,
    behind,
    can,
    command,
    expect_visit,
    in_a_child,
    needs_root,
    of_uid,
    public_python,
    visit,
)
from tests.support.target import PATIENCE_S
from tests.support.waiting import until
from tests.targets.hard import forbid

#: In the mount namespace of its own, what the target does before it becomes Python.
OWN_TMP = "mount -t tmpfs own /tmp"
READ_ONLY = "mount -o remount,bind,ro / && mount -t tmpfs -o ro none /run"


@pytest.fixture
def place():
    """``place(*argv)`` starts a target; it ends with the test."""
    started = []

    def start(*argv: str, **more: Any) -> Placed:
        started.append(Placed(*argv, **more))
        return started[-1]

    yield start
    for target in started:
        target.stop()


# --- users ------------------------------------------------------------------------------------------


@needs_root
@command("setpriv")
def test_root_to_another_user(place) -> None:
    expect_visit(place(*of_uid(NOBODY), public_python()))


@needs_root
@command("setpriv")
def test_same_user_without_root(place) -> None:
    target = place(*of_uid(NOBODY), public_python())
    objects, pid = as_user(NOBODY, lambda: visit(target.pid))
    assert objects > 1000
    assert pid == target.pid
    assert target.serves()
    until(lambda: target.threads() == 1)


@needs_root
@command("setpriv")
@pytest.mark.parametrize("uid", [NOBODY, 0])
def test_another_user_is_refused(place, uid: int) -> None:
    """Neither a user's process nor root's is open to some other user; ``memtui ps`` says so too."""
    target = place(*of_uid(uid), public_python())
    said = as_user(STRANGER, lambda: visit(target.pid))
    assert said["error"] == "NotPermitted"
    assert said["code"] == 4
    assert "belongs to" in said["why"]
    assert f"sudo memtui {target.pid}" in said["hint"]

    async def look():
        found = candidate_of(target.pid)
        return found and [found.attachable, found.why_not, found.hint]

    attachable, why_not, hint = as_user(STRANGER, look)
    assert not attachable
    assert "belongs to" in why_not
    assert "sudo memtui" in hint
    assert target.serves()


@needs_root
@command("setpriv")
def test_process_that_gave_up_root(place) -> None:
    """The kernel protects it from its own new user, for its memory may hold secrets of root's."""
    target = place(public_python())
    target.execute(f"import os; os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})")
    said = as_user(NOBODY, lambda: visit(target.pid))
    assert said["error"] == "NotPermitted"
    assert "changed its user" in said["why"]
    assert said["hint"].endswith(f"sudo memtui {target.pid}")
    expect_visit(target)


@needs_root
def test_a_filter_on_memtui_itself(place) -> None:
    """As a container's may be: the memory could be opened, tracing is refused, and nobody traces."""
    target = place(sys.executable)
    said = in_a_child(_forbid_ptrace, lambda: visit(target.pid))
    assert said["error"] == "NotPermitted"
    assert "a seccomp filter forbids it" in said["why"]
    assert "--cap-add SYS_PTRACE" in said["hint"]
    expect_visit(target)


def _forbid_ptrace() -> None:
    forbid([(0x20, 0, 0, 0), (0x15, 0, 1, 101), (0x06, 0, 0, 0x00050000 | errno.EPERM)])


# --- namespaces -------------------------------------------------------------------------------------


@needs_root
@command("unshare")
@pytest.mark.circle("python")
def test_own_mount_namespace(place, interpreter) -> None:
    """Its /tmp is not ours: the socket has to be made in its."""
    target = place("unshare", "-m", *behind(OWN_TMP, interpreter.path))
    mark = f"/tmp/mark-{target.pid}"
    target.execute(f"open({mark!r}, 'w').close()")
    assert Path(f"/proc/{target.pid}/root{mark}").exists()
    assert not Path(mark).exists()
    expect_visit(target)


@needs_root
@command("unshare")
@pytest.mark.circle("python")
@pytest.mark.parametrize("method", [None, "ptrace"])
def test_own_pid_namespace(place, interpreter, method) -> None:
    target = place(*("unshare", "-p", "-f", "--mount-proc", "--kill-child"), interpreter.path)
    assert expect_visit(target, method=method) == 1


@needs_root
@command("unshare", "setpriv")
@pytest.mark.parametrize("proc", ["--mount-proc", ""], ids=["own /proc", "our /proc"])
def test_own_mount_and_pid_namespace_of_another_user(place, proc) -> None:
    """As in a container: its own /tmp, its own numbers, a user of its own."""
    words = ["unshare", "-m", "-p", "-f", proc, "--kill-child"]
    inside = behind(OWN_TMP, *of_uid(NOBODY), public_python())
    assert expect_visit(place(*filter(None, words), *inside)) == 1


@needs_root
@command("unshare", "setpriv")
def test_user_namespace(place) -> None:
    """Made by an ordinary user, who is root in it; our root is nobody there."""
    start = [*of_uid(NOBODY), "unshare", "-U", "-r", "-m"]
    if not can(*start, "true"):
        pytest.skip("ordinary users may not make user namespaces here")
    target = place(*start, *behind(OWN_TMP, public_python()))
    assert target.execute("import os; print(os.getuid())") == "0\n"
    expect_visit(target)
    objects, _ = as_user(NOBODY, lambda: visit(target.pid))
    assert objects > 1000
    said = as_user(STRANGER, lambda: visit(target.pid))
    assert said["code"] == 4
    assert target.serves()


@needs_root
@command("unshare")
def test_user_namespace_of_root(place) -> None:
    if not can("unshare", "-U", "-r", "true"):
        pytest.skip("no user namespaces here")
    expect_visit(place("unshare", "-U", "-r", public_python()))


@needs_root
@command("unshare", "setpriv")
def test_user_namespace_that_maps_nobody(place) -> None:
    """Without a mapping everybody is the overflow user inside."""
    start = [*of_uid(NOBODY), "unshare", "-U"]
    if not can(*start, "true"):
        pytest.skip("ordinary users may not make user namespaces here")
    target = place(*start, public_python())
    expect_visit(target)


# --- roots and disks ----------------------------------------------------------------------------------


def root_layout() -> str:
    """A folder that can be a root: an interpreter with all that it needs."""
    for found in interpreters.supported():
        root, _, inside = found.path.partition("/usr/bin/")
        if root and can("chroot", root, f"/usr/bin/{inside}", "-c", ""):
            return root
    pytest.skip("no interpreter in a root of its own (see tests/support/interpreters.py)")
    raise AssertionError


@needs_root
@command("chroot")
@pytest.mark.parametrize("method", [None, "ptrace"])
def test_chroot(place, method) -> None:
    root = root_layout()
    target = place("chroot", root, *_python_in(root))
    assert os.readlink(f"/proc/{target.pid}/root") == root
    expect_visit(target, method=method)


def _python_in(root: str) -> list[str]:
    path = next(Path(root, "usr/bin").glob("python3.[0-9]*[0-9t]"))
    return [f"/usr/bin/{path.name}"]


@needs_root
@command("chroot", "unshare", "setpriv")
def test_chroot_without_a_place(place) -> None:
    """Nowhere to put a socket: said so, with what to do, and the target is as it was."""
    root = root_layout()
    bare = f"mount -o bind,ro '{root}' '{root}' && mount -o remount,bind,ro '{root}'"
    bare += f" && mount -t tmpfs -o ro none '{root}/tmp' && cd / "
    target = place("unshare", "-m", *behind(bare, "chroot", root, *_python_in(root)))
    with pytest.raises(MemtuiError, match="no reachable writable directory") as caught:
        asyncio.run(visit(target.pid))
    assert "tmpfs" in caught.value.hint
    assert target.serves()
    assert target.threads() == 1


@needs_root
@command("unshare", "setpriv")
@pytest.mark.circle("python")
def test_read_only_root_with_shared_memory_only(place, interpreter) -> None:
    if not os.path.ismount("/dev/shm"):
        pytest.skip("/dev/shm is no file system of its own here")
    target = place("unshare", "-m", *behind(READ_ONLY, interpreter.path))
    for folder in ("/tmp", "/run", "/var/tmp"):
        assert target.execute(f"import os; print(os.access({folder!r}, os.W_OK))") == "False\n"
    expect_visit(target)


@needs_root
@command("setpriv")
def test_memtui_that_the_target_cannot_read(place, tmp_path) -> None:
    """memtui lives in a folder of root's alone; all that the target needs is sent."""
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    # Without what others may be about to compile.
    only_sources = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(__file__).parents[2] / "memtui", private / "memtui", ignore=only_sources)
    target = place(*of_uid(NOBODY), public_python())
    assert target.execute(f"import os; print(os.access({str(private)!r}, os.R_OK))") == "False\n"
    done = subprocess.run(
        [
            *(sys.executable, "-P", "-m", "memtui", "summary", str(target.pid), "--json"),
            *("--timeout", str(PATIENCE_S)),
        ],
        env={**os.environ, "PYTHONPATH": str(private)},
        cwd=private,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert '"summary"' in done.stdout
    until(lambda: target.threads() == 1)
    assert not target.leftovers()


@pytest.mark.circle("python", "debian")
def test_deleted_executable_and_environment(place, interpreter, tmp_path) -> None:
    """As after an upgrade or a redeployment: nothing of what it was started from is left."""
    folder = tmp_path / "env"
    argv = [interpreter.path, "-m", "venv", "--copies", "--without-pip", str(folder)]
    subprocess.run(argv, check=True, capture_output=True)
    target = place(str(folder / "bin" / "python"))
    shutil.rmtree(folder)
    assert os.readlink(f"/proc/{target.pid}/exe").endswith(" (deleted)")
    expect_visit(target)


def test_deleted_working_directory(place, tmp_path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    target = place(sys.executable, cwd=folder)
    folder.rmdir()
    expect_visit(target)


# --- the order of the places --------------------------------------------------------------------------


@needs_root
@command("unshare")
def test_working_directory_is_the_last_resort(place) -> None:
    """Nothing else is writable: the folder it works in will do, and is as it was afterwards."""
    script = f"mount -t tmpfs own /mnt && {READ_ONLY} && mount -t tmpfs -o ro none /dev/shm"
    target = place("unshare", "-m", *behind(script + " && cd /mnt", sys.executable))
    expect_visit(target)
    assert not os.listdir(f"/proc/{target.pid}/root/mnt")
