"""What a thread is doing, judged by its system call, and what it is safe to do then."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from memtui.attach.ptrace import frame, kernel

if TYPE_CHECKING:
    from memtui.attach.elf import Symbol
    from memtui.attach.memory import Memory
    from memtui.attach.ptrace.thread import StoppedThread


class State(Enum):
    """What a thread was doing at the moment of the look.

    ``RUNNING``: somewhere in user space; only functions that are safe anywhere may be called.
    ``GIL``: waits for the global interpreter lock.  ``LOCK``: waits in a futex like Python's locks and
    condition variables.  ``BLOCKED``: waits in a system call that Python makes without the GIL.
    In these three states the thread holds no lock of the C library's allocator, so a thread may be
    created.  ``UNSURE``: anything else, for example inside malloc or mmap.
    """

    RUNNING = "running"
    GIL = "waiting for the GIL"
    LOCK = "waiting for a lock"
    BLOCKED = "blocked in a system call"
    UNSURE = "in a system call that memtui does not know"


#: States in which creating a thread is safe.
WAITING = frozenset((State.GIL, State.LOCK, State.BLOCKED))

_FUTEX = 202
_FUTEX_COMMAND, _WAIT, _WAIT_BITSET = 0x7F, 0, 9

#: System calls that wait and that no allocator makes (numbers of x86-64).
_WAITS = {
    0: "read",
    1: "write",
    7: "poll",
    17: "pread64",
    18: "pwrite64",
    19: "readv",
    20: "writev",
    23: "select",
    34: "pause",
    35: "nanosleep",
    40: "sendfile",
    42: "connect",
    43: "accept",
    44: "sendto",
    45: "recvfrom",
    46: "sendmsg",
    47: "recvmsg",
    61: "wait4",
    65: "semop",
    69: "msgsnd",
    70: "msgrcv",
    72: "fcntl",
    73: "flock",
    74: "fsync",
    75: "fdatasync",
    128: "rt_sigtimedwait",
    130: "rt_sigsuspend",
    208: "io_getevents",
    219: "restart_syscall",
    220: "semtimedop",
    230: "clock_nanosleep",
    232: "epoll_wait",
    242: "mq_timedsend",
    243: "mq_timedreceive",
    247: "waitid",
    270: "pselect6",
    271: "ppoll",
    275: "splice",
    281: "epoll_pwait",
    288: "accept4",
    299: "recvmmsg",
    307: "sendmmsg",
    426: "io_uring_enter",
    441: "epoll_pwait2",
}

#: Calls of allocators, the loader and thread creation: they never count as a harmless wait.
_NEVER = frozenset((9, 10, 11, 12, 25, 28, 56, 57, 58, 59, 60, 231, 273, 322, 334, 435))


class SystemCall(NamedTuple):
    """The system call a thread is in: number, first two arguments, stack pointer and code address."""

    number: int
    first: int
    second: int
    stack: int
    code: int


def judge(call: SystemCall | None, runtime: Symbol) -> State:
    """The state of a thread in ``call`` (None: in no system call); ``runtime`` spans ``_PyRuntime``."""
    if call is None:
        return State.RUNNING
    if call.number == _FUTEX:
        command = call.second & _FUTEX_COMMAND
        if command not in (_WAIT, _WAIT_BITSET):
            return State.UNSURE
        if call.first in runtime:
            return State.GIL
        # The allocator's own locks wait with WAIT; semaphores and conditions use WAIT_BITSET.
        return State.LOCK if command == _WAIT_BITSET else State.UNSURE
    return State.BLOCKED if call.number in _WAITS else State.UNSURE


def may_settle(call: SystemCall | None) -> bool:
    """Whether an UNSURE call that does not end may count as a wait after a while."""
    return call is not None and call.number not in _NEVER


def call_of(thread: StoppedThread) -> SystemCall | None:
    """The system call that a stopped thread is waiting in or has just finished."""
    regs = thread.saved
    if regs.syscall < 0:
        return None
    return SystemCall(regs.syscall, regs.rdi, regs.rsi, regs.rsp, regs.rip)


def waits(thread: StoppedThread) -> bool:
    """Whether the kernel would restart the stopped thread's system call."""
    return thread.saved.syscall >= 0 and thread.saved.result in frame.RESTARTS


def peek(pid: int, tid: int) -> SystemCall | None:
    """The system call that a thread is blocked in, without stopping it; None if it runs or is gone."""
    try:
        fields = Path(f"/proc/{pid}/task/{tid}/syscall").read_text().split()
    except OSError:
        return None
    if len(fields) < 9:
        return None
    first, second, stack, code = (int(fields[i], 16) for i in (1, 2, 7, 8))
    return SystemCall(int(fields[0]), first, second, stack, code)


def in_restartable_sequence(thread: StoppedThread, memory: Memory) -> bool:
    """Whether the thread is in an rseq critical section.

    The kernel restarts such a section after an interruption, but only if the program counter is in it.
    During our call the program counter is elsewhere, so the restart would not happen.
    """
    address = kernel.rseq_address(thread.tid)
    if not address:
        return False
    try:
        section = memory.word(address + 8)
        if not section:
            return False
        start, length = memory.word(section + 8), memory.word(section + 16)
    except OSError:
        return True
    return start <= thread.saved.rip < start + length
