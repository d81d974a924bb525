"""Why the kernel does not let memtui attach, and what to type then."""

from __future__ import annotations

import contextlib
import os
import pwd
from pathlib import Path
from typing import TYPE_CHECKING

from memtui.attach.memory import Memory
from memtui.model.again import Again
from memtui.model.errors import AlreadyTraced, NoSuchProcess, NotPermitted, TargetStopped

if TYPE_CHECKING:
    from memtui.attach.facts import Facts
    from memtui.model.errors import MemtuiError

_YAMA = Path("/proc/sys/kernel/yama/ptrace_scope")
_CAP_SYS_PTRACE = 19


def obstacle(facts: Facts) -> MemtuiError | None:
    """What prevents memtui from tracing the process; None if nothing is known to.

    Opening its memory needs the same permission as tracing it (user, capability, yama, other
    security modules) and does nothing to it.
    """
    if facts.ended:
        why = "it has ended and waits for its parent (zombie)"
        return NoSuchProcess(f"no process {facts.pid}", why)
    if facts.tracer:
        return already_traced(facts.pid, facts.tracer)
    if facts.stopped:
        return target_stopped(facts)
    try:
        Memory(facts.proc).close()
    except PermissionError:
        return not_permitted(facts)
    except OSError:
        return NoSuchProcess(f"no process {facts.pid}")
    return None


def target_stopped(facts: Facts) -> TargetStopped:
    return TargetStopped(
        f"process {facts.pid} is stopped",
        "it was sent SIGSTOP or stopped by its terminal and cannot answer",
        hint=f"resume it with: kill -CONT {facts.pid}",
    )


def already_traced(pid: int, tracer: int) -> AlreadyTraced:
    """An error that names the tracer."""
    name = "?"
    with contextlib.suppress(OSError):
        name = Path(f"/proc/{tracer}/comm").read_text(errors="replace").strip()
    return AlreadyTraced(
        f"process {pid} is traced by process {tracer} ({name})",
        "the kernel allows one tracer at a time",
        hint=f"stop that process (kill {tracer}) or detach it, then try again",
    )


def lets_go(tracer: int) -> bool:
    """Whether thread ``tracer`` may belong to a memtui, ours or another: its command is python.

    A memtui lets go after milliseconds, once it gets a processor.  A debugger stays, and its command is
    not python, not even that of gdb, which embeds Python.
    """
    try:
        command = Path(f"/proc/{tracer}/cmdline").read_bytes().partition(b"\0")[0]
    except OSError:
        return True  # The tracer is gone, and so is its hold on the target.
    return command.rpartition(b"/")[2].startswith(b"python")


def not_permitted(facts: Facts) -> NotPermitted:
    """The likeliest reason, from what we can read; the kernel itself only says EPERM."""
    what = f"cannot attach to process {facts.pid}"
    scope, capable = _yama_scope(), _has_ptrace_capability()
    if scope == 3:
        return NotPermitted(
            what,
            "the kernel forbids all tracing (kernel.yama.ptrace_scope = 3) until the next boot",
            hint="boot with kernel.yama.ptrace_scope = 1 in /etc/sysctl.d, then run memtui as root",
        )
    if os.geteuid() == 0 and not capable:
        return NotPermitted(
            what,
            "root has no SYS_PTRACE capability here, which is usual in a container",
            hint="start the container with --cap-add SYS_PTRACE, or run memtui on the host",
        )
    if not capable and any(uid != os.geteuid() for uid in facts.uids):
        return NotPermitted(
            what,
            f"it belongs to {_user(facts.uids[1])}, you are {_user(os.geteuid())}",
            hint="run memtui as root, or as that user with sudo -u",
            again=Again(pid=facts.pid, under=("sudo",)),
        )
    if not capable and scope in (1, 2):
        return NotPermitted(
            what,
            f"the kernel allows only root to trace (kernel.yama.ptrace_scope = {scope})",
            hint=("once: sudo sysctl kernel.yama.ptrace_scope=0, or " if scope == 1 else "")
            + "run memtui as root",
            again=Again(pid=facts.pid, under=("sudo",)),
        )
    if capable:
        return NotPermitted(
            what,
            "a security module or a seccomp filter forbids it",
            hint="in a container: --cap-add SYS_PTRACE --security-opt seccomp=unconfined; "
            "otherwise check the audit log (ausearch -m avc)",
        )
    return NotPermitted(
        what,
        "it is protected from its own user (it changed its user or holds capabilities)",
        hint="run memtui as root",
        again=Again(pid=facts.pid, under=("sudo",)),
    )


def _yama_scope() -> int:
    """0 without yama, or if yama allows everything."""
    try:
        return int(_YAMA.read_text())
    except (OSError, ValueError):
        return 0


def _has_ptrace_capability() -> bool:
    with contextlib.suppress(OSError, StopIteration, ValueError):
        lines = Path("/proc/self/status").read_text().splitlines()
        line = next(line for line in lines if line.startswith("CapEff:"))
        return bool(int(line.split()[1], 16) >> _CAP_SYS_PTRACE & 1)
    return os.geteuid() == 0


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
