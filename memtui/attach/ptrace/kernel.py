"""The ptrace requests as typed functions, and waiting for a traced thread.

ptrace is bound to the thread of the operating system that seized the target, so everything here must be
called from one thread.  Errors are ``OSError`` as the kernel gives them, except that ESRCH becomes
:class:`ThreadGone`.
"""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import time
from dataclasses import dataclass

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.restype = ctypes.c_long
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.syscall.restype = ctypes.c_long

_POKEDATA, _CONT, _GETREGS, _SETREGS, _DETACH, _SYSCALL = 5, 7, 12, 13, 17, 24
_GETSIGINFO, _GETREGSET, _SETREGSET, _SEIZE, _INTERRUPT = 0x4202, 0x4204, 0x4205, 0x4206, 0x4207
_GETSIGMASK, _SETSIGMASK, _GET_RSEQ = 0x420A, 0x420B, 0x420F
_NT_X86_XSTATE = 0x202
_TRACESYSGOOD = 1
_EVENT_STOP = 128
_WALL = 0x40000000
_SYS_TGKILL, _SYS_RT_TGSIGQUEUEINFO = 234, 297

#: Far more than any processor's extended state: too small a buffer is what breaks gdb 13.
_XSTATE_ROOM = 1 << 16
_SIGINFO_SIZE = 128


class ThreadGone(Exception):
    """The thread, or its whole process, has ended."""


class Regs(ctypes.Structure):
    """``struct user_regs_struct`` of x86-64: the general registers of a stopped thread."""

    _fields_ = [
        (name, ctypes.c_uint64)
        for name in [
            "r15",
            "r14",
            "r13",
            "r12",
            "rbp",
            "rbx",
            "r11",
            "r10",
            "r9",
            "r8",
            "rax",
            "rcx",
            "rdx",
            "rsi",
            "rdi",
            "orig_rax",
            "rip",
            "cs",
            "eflags",
            "rsp",
            "ss",
            "fs_base",
            "gs_base",
            "ds",
            "es",
            "fs",
            "gs",
        ]
    ]
    r15: int
    r14: int
    r13: int
    r12: int
    rbp: int
    rbx: int
    r11: int
    r10: int
    r9: int
    r8: int
    rax: int
    rcx: int
    rdx: int
    rsi: int
    rdi: int
    orig_rax: int
    rip: int
    cs: int
    eflags: int
    rsp: int
    ss: int
    fs_base: int
    gs_base: int
    ds: int
    es: int
    fs: int
    gs: int

    def copy(self) -> Regs:
        return Regs.from_buffer_copy(self)

    @property
    def syscall(self) -> int:
        """Number of the system call the thread is in; negative if it is in none."""
        return ctypes.c_int64(self.orig_rax).value

    @property
    def result(self) -> int:
        """``rax``, signed: the system call's result, or ``-errno``."""
        return ctypes.c_int64(self.rax).value


class _Iovec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


class _RseqConfiguration(ctypes.Structure):
    _fields_ = [
        ("pointer", ctypes.c_uint64),
        ("size", ctypes.c_uint32),
        ("signature", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("pad", ctypes.c_uint32),
    ]


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a traced thread has stopped, or that it has ended (``ended``).

    ``trap`` is the answer to an interrupt, ``group`` is job control, ``syscall`` is an entry to or exit
    from a system call.  If none of these flags is set, ``signal`` is the signal about to be delivered.
    """

    signal: int = 0
    trap: bool = False
    group: bool = False
    syscall: bool = False
    ended: bool = False


def _ptrace(request: int, tid: int, address: int = 0, data: int = 0) -> int:
    result: int = _libc.ptrace(request, tid, address, data)
    if result < 0:
        code = ctypes.get_errno()
        if code == errno.ESRCH:
            raise ThreadGone(tid)
        raise OSError(code, os.strerror(code))
    return result


def seize(tid: int) -> None:
    """Become the thread's tracer without stopping it."""
    _ptrace(_SEIZE, tid, 0, _TRACESYSGOOD)


def interrupt(tid: int) -> None:
    """Ask the thread to stop; :func:`wait` reports when it has."""
    _ptrace(_INTERRUPT, tid)


def resume(tid: int, sig: int = 0) -> None:
    """Let a stopped thread run, and deliver ``sig`` if it stopped for that."""
    _ptrace(_CONT, tid, 0, sig)


def resume_to_syscall(tid: int, sig: int = 0) -> None:
    """Like :func:`resume`, but stop at the next entry to or exit from a system call."""
    _ptrace(_SYSCALL, tid, 0, sig)


def detach(tid: int) -> None:
    """Stop tracing a stopped thread and let it run."""
    _ptrace(_DETACH, tid)


def get_regs(tid: int) -> Regs:
    regs = Regs()
    _ptrace(_GETREGS, tid, 0, ctypes.addressof(regs))
    return regs


def set_regs(tid: int, regs: Regs) -> None:
    _ptrace(_SETREGS, tid, 0, ctypes.addressof(regs))


def get_xstate(tid: int) -> bytes:
    """The extended registers (x87, SSE, AVX, …) in XSAVE's standard format, whatever their size."""
    room = ctypes.create_string_buffer(_XSTATE_ROOM)
    vector = _Iovec(ctypes.addressof(room), _XSTATE_ROOM)
    _ptrace(_GETREGSET, tid, _NT_X86_XSTATE, ctypes.addressof(vector))
    return room.raw[: vector.length]


def set_xstate(tid: int, state: bytes) -> None:
    room = ctypes.create_string_buffer(state, len(state))
    vector = _Iovec(ctypes.addressof(room), len(state))
    _ptrace(_SETREGSET, tid, _NT_X86_XSTATE, ctypes.addressof(vector))


def get_sigmask(tid: int) -> int:
    """Bits of the blocked signals: the permanent mask, not the temporary one of ``ppoll`` and the like."""
    mask = ctypes.c_uint64()
    _ptrace(_GETSIGMASK, tid, 8, ctypes.addressof(mask))
    return mask.value


def set_sigmask(tid: int, mask: int) -> None:
    value = ctypes.c_uint64(mask)
    _ptrace(_SETSIGMASK, tid, 8, ctypes.addressof(value))


def get_siginfo(tid: int) -> bytes:
    """The ``siginfo_t`` of the signal that the thread has stopped for."""
    room = ctypes.create_string_buffer(_SIGINFO_SIZE)
    _ptrace(_GETSIGINFO, tid, 0, ctypes.addressof(room))
    return room.raw


def rseq_address(tid: int) -> int:
    """The address of the thread's ``struct rseq``; 0 if it has none or the kernel cannot say."""
    configuration = _RseqConfiguration()
    try:
        size = ctypes.sizeof(configuration)
        _ptrace(_GET_RSEQ, tid, size, ctypes.addressof(configuration))
    except OSError:
        return 0
    return int(configuration.pointer)


def poke(tid: int, address: int, data: bytes) -> None:
    """Write ``data`` (a multiple of eight bytes), even where the target itself cannot write."""
    for offset in range(0, len(data), 8):
        word = int.from_bytes(data[offset : offset + 8], "little")
        _ptrace(_POKEDATA, tid, address + offset, word)


def requeue(pid: int, tid: int, sig: int, info: bytes) -> None:
    """Send the thread a signal that we held back, with its original ``siginfo_t`` if allowed.

    Nobody may imitate a signal that the kernel sent itself; such a signal goes without its details.
    """
    room = ctypes.create_string_buffer(info, len(info))
    if _libc.syscall(_SYS_RT_TGSIGQUEUEINFO, pid, tid, sig, ctypes.byref(room)) != 0:
        _libc.syscall(_SYS_TGKILL, pid, tid, sig)


def wait(tid: int, timeout: float) -> Stop | None:
    """The next stop of a traced thread; None if there is none within ``timeout`` seconds.

    A running thread stops within microseconds.  So this only yields the processor at first
    (:func:`relax`), and sleeps if it takes longer.
    """
    began = time.monotonic()
    while True:
        stop = _poll(tid)
        if stop is not None:
            return stop
        waited = time.monotonic() - began
        if waited > timeout:
            return None
        relax(waited)


def tracer_of(tid: int) -> int:
    """The id of the thread that traces ``tid``; 0 if there is none."""
    try:
        with open(f"/proc/{tid}/status", "rb") as file:
            return int(next(line.split()[1] for line in file if line.startswith(b"TracerPid:")))
    except (OSError, StopIteration):
        return 0


def is_own_thread(tid: int) -> bool:
    """Whether ``tid`` is a thread of this process."""
    return os.path.exists(f"/proc/self/task/{tid}")


def runnable(tid: int) -> bool:
    """Whether the thread is running or ready to run."""
    try:
        with open(f"/proc/{tid}/stat", "rb") as file:
            return file.read().rpartition(b") ")[2][:1] == b"R"
    except OSError:
        return False


def processor_time(tid: int) -> float:
    """Seconds of processor time of the thread; a monotonic clock if the kernel does not report it."""
    try:
        with open(f"/proc/{tid}/schedstat", "rb") as file:
            return int(file.read().split()[0]) / 1e9
    except (OSError, IndexError):
        return time.monotonic()


def relax(waited: float) -> None:
    """Pause in a loop that has already waited for ``waited`` seconds."""
    if waited < 0.00005:
        os.sched_yield()
    else:
        time.sleep(0.00003 if waited < 0.005 else 0.0005)


def _poll(tid: int) -> Stop | None:
    """Look for a stop without consuming it: once the thread runs again, the stop is over anyway.

    Only the end of a thread is consumed, except for a child of this process: there somebody else (a
    ``subprocess.Popen``) waits for the exit status.
    """
    flags = os.WEXITED | os.WSTOPPED | os.WNOHANG | _WALL
    try:
        found = os.waitid(os.P_PID, tid, flags | os.WNOWAIT)
    except ChildProcessError:
        return Stop(ended=True)
    if found is None:
        return None
    if found.si_code not in (os.CLD_TRAPPED, os.CLD_STOPPED):
        if not _own_child(tid):
            os.waitid(os.P_PID, tid, flags)
        return Stop(ended=True)
    code, event = found.si_status & 0xFF, found.si_status >> 8
    if event == _EVENT_STOP:
        return Stop(trap=code == signal.SIGTRAP, group=code != signal.SIGTRAP)
    syscall = code == signal.SIGTRAP | 0x80
    return Stop(signal=0 if syscall else code, syscall=syscall)


def _own_child(tid: int) -> bool:
    """Whether ``tid`` is the main thread of a child of this process."""
    try:
        with open(f"/proc/{tid}/status", "rb") as file:
            fields = dict(line.split(b":", 1) for line in file if b":" in line)
        return int(fields[b"Tgid"]) == tid and int(fields[b"PPid"]) == os.getpid()
    except (OSError, KeyError, ValueError):
        return False
