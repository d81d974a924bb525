"""Targets in unusual places: other users, namespaces, roots; and viewers that are other users."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from memtui.attach import attach
from memtui.attach.bundle import bundle, payload
from memtui.attach.discover import candidate_of
from memtui.model.errors import MemtuiError
from memtui.verbs.census import census
from tests.support.target import PATIENCE_S, TARGETS, Target
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from memtui.rpc.session import Session

NOBODY = 65534
STRANGER = 65533
#: The program of every target, as text, because some targets cannot read this file.
HOLD = (TARGETS / "holding.py").read_text() + "\nhold()\n"

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may do this")


def command(*words: str) -> pytest.MarkDecorator:
    """Skip if one of the programs ``words`` is missing."""
    absent = [word for word in words if shutil.which(word) is None]
    return pytest.mark.skipif(bool(absent), reason=f"no {', '.join(absent)} on this machine")


def of_uid(uid: int) -> list[str]:
    return ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"]


def behind(script: str, *argv: str) -> list[str]:
    """A shell that runs ``script`` and becomes ``argv``."""
    return ["sh", "-c", script + ' && exec "$@"', "sh", *argv]


def can(*argv: str) -> bool:
    """Whether ``argv`` works here: root in a container may not do everything."""
    try:
        return not subprocess.run(
            argv, capture_output=True, timeout=PATIENCE_S, check=False
        ).returncode
    except OSError:
        return False


def public_python() -> str:
    """An interpreter that every user can execute."""
    path = "/usr/bin/python3"
    if not os.access(path, os.X_OK):
        pytest.skip("no /usr/bin/python3 for other users to execute")
    return path


class Placed(Target):
    """A target started by ``argv``, to which ``-c`` and the program are appended.

    ``prefix`` may be several programs that end in starting the interpreter; the pid is the
    interpreter's as we see it.
    """

    def __init__(self, *argv: str, source: str = HOLD, **more: Any) -> None:
        self.process = subprocess.Popen(
            [*argv, "-c", source],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **more,
        )
        self._pending = b""
        self._errors = b""
        self._pid = self.process.pid
        try:
            self.wait_for("READY")
            self._pid = _last_descendant(self.process.pid)
        except BaseException:
            self.stop()
            raise

    @property
    def pid(self) -> int:
        return self._pid

    def stop(self) -> None:
        if self._pid != self.process.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
        super().stop()

    def serves(self) -> bool:
        """Whether it still obeys commands."""
        return self.execute("print('here')") == "here\n"

    def threads(self) -> int:
        return len(os.listdir(f"/proc/{self.pid}/task"))

    def leftovers(self) -> list[str]:
        """Anything that memtui left in the target, and in its directories as it sees them."""
        root = f"/proc/{self.pid}/root"
        found = []
        for place in ("/tmp", "/dev/shm", "/run", "/var/tmp", "/"):
            with contextlib.suppress(OSError):
                found += [f"{place}/{n}" for n in os.listdir(root + place) if _ours(n)]
        if self.execute("import sys; print(hasattr(sys, '_memtui_agent'))") != "False\n":
            found.append("sys._memtui_agent")
        return found


def _ours(name: str) -> bool:
    return name.startswith(f"memtui-{os.getpid()}-")


def _last_descendant(pid: int) -> int:
    while True:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        if not children:
            return pid
        pid = int(children[0])


def gone(target: Placed, *, threads: int = 1) -> bool:
    """Whether the agent has left ``target``."""
    return target.threads() == threads and not target.leftovers()


async def visit(pid: int, *, method: str | None = None) -> tuple[int, int]:
    """Attach, take a census, leave: (objects, the target's own idea of its PID)."""
    session = await attach(pid, method=method, timeout=PATIENCE_S)
    try:
        counted = await census(session, timeout=PATIENCE_S)
        return sum(counted.counts), session.hello.pid
    finally:
        await session.close()


def expect_visit(target: Placed, *, method: str | None = None) -> int:
    """Attach, count, leave; check that ``memtui ps`` promised it, and that nothing is left; the PID that it sees."""
    said = candidate_of(target.pid)
    assert said is not None, "memtui ps does not list it"
    assert said.attachable, (said.why_not, said.hint)
    threads = target.threads()
    objects, own_pid = asyncio.run(visit(target.pid, method=method))
    assert objects > 1000
    assert target.serves()
    until(lambda: gone(target, threads=threads))
    assert not target.errors()
    return own_pid


def as_user(uid: int, work: Callable[[], Coroutine[Any, Any, object]]) -> Any:
    """What ``work`` returns when a process of user ``uid`` does it; a MemtuiError as a dict."""

    def become() -> None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
        # As after an exec; otherwise only root could inspect this process.
        ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)

    return in_a_child(become, work)


def in_a_child(become: Callable[[], None], work: Callable[[], Coroutine[Any, Any, object]]) -> Any:
    """What ``work`` returns in a process that has done ``become()``; a MemtuiError as a dict.

    It is a fork of this process: another user may not read where Python and memtui are.
    """
    bundle()
    payload("/x", "0" * 32)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reader)
            become()
            os.write(writer, json.dumps(_told(work)).encode())
        except BaseException as error:
            os.write(writer, json.dumps({"crashed": repr(error)}).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with open(reader, "rb") as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    result = json.loads(said)
    assert not isinstance(result, dict) or "crashed" not in result, result
    return result


def _told(work: Callable[[], Coroutine[Any, Any, object]]) -> Any:
    try:
        return asyncio.run(work())
    except MemtuiError as error:
        return {
            "error": type(error).__name__,
            "code": error.exit_code,
            "what": error.what,
            "why": error.why,
            "hint": error.hint,
        }


async def counted(session: Session) -> int:
    return sum((await census(session, timeout=PATIENCE_S)).counts)
