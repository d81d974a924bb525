"""Making a stopped thread call a function, with a deadline."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

from memtui.attach.ptrace import frame, kernel
from memtui.attach.ptrace.kernel import ThreadGone
from memtui.attach.ptrace.thread import NotNow

if TYPE_CHECKING:
    from memtui.attach.ptrace.kernel import Regs, Stop
    from memtui.attach.ptrace.thread import StoppedThread

#: Longest time for one call, in seconds.  The functions we call take microseconds; one that takes
#: longer waits for a lock, and if it is one that our own thread holds it would wait for ever.
CALL_TIMEOUT = 0.25

#: The processor raises these for the instruction at hand.  They stay as they are, for the kernel
#: resets a handler when such a signal is blocked; all others wait until the call is over.
_FAULTS = (
    *(signal.SIGSEGV, signal.SIGBUS, signal.SIGILL),
    *(signal.SIGFPE, signal.SIGTRAP, signal.SIGSYS),
)
_FAULT_BITS = sum(1 << (number - 1) for number in _FAULTS)
_ALL_BITS = (1 << 64) - 1

_RT_SIGRETURN = 15
#: Direction, trap and alignment flags: off, as every function may expect.
_ODD_FLAGS = 0x400 | 0x100 | 0x40000


class CallFailed(Exception):
    """The function faulted; the thread is restored as after any call."""


class Caller:
    """Calls on one stopped thread.

    ``way_back`` is the address of code that calls ``rt_sigreturn`` and ``way_back_end`` the one
    behind its system call.  ``filtered`` tells that the target has a seccomp filter: there a system
    call cannot be skipped (the filter would see number −1 and may kill for it), so the way back is
    taken for real between calls.
    """

    def __init__(
        self, thread: StoppedThread, way_back: int, way_back_end: int, *, filtered: bool
    ) -> None:
        self._thread = thread
        self._end = way_back_end
        self._filtered = filtered
        self._inside = False
        thread.way_back = way_back

    def call(self, function: int, *arguments: int, stack: int = 0, result_of: int = -1) -> int:
        """Call ``function`` with up to six integers, on the stack that ends at ``stack``.

        Without ``stack`` it is the thread's own, below the red zone.  Returns what the last system
        call number ``result_of`` in it gave; the function's own result does not survive the way
        back (the stub writes results to memory where they matter).
        Raises :class:`NotNow` past :data:`CALL_TIMEOUT`, :class:`CallFailed`, :class:`ThreadGone`.
        """
        thread = self._thread
        self._prepare(function, arguments, stack)
        deadline = time.monotonic() + CALL_TIMEOUT
        sig = result = 0
        while True:
            kernel.resume_to_syscall(thread.tid, sig)
            sig = 0
            stop = kernel.wait(thread.tid, max(0.0, deadline - time.monotonic()))
            if stop is None:
                raise self._give_up()
            if stop.ended:
                raise ThreadGone(thread.tid)
            thread.at_syscall = stop.syscall
            if stop.syscall:
                regs = self._at_syscall()
                if self._inside and regs.rip == self._end and regs.syscall == _RT_SIGRETURN:
                    self._returned()
                    return result
                if not self._inside and regs.syscall == result_of:
                    result = regs.result
            elif stop.signal:
                self._signalled(stop)

    def poke(self, address: int, data: bytes) -> None:
        """Write ``data`` where the target itself may not write, such as into its code."""
        kernel.poke(self._thread.tid, address, data.ljust(-(-len(data) // 8) * 8, b"\0"))

    def _prepare(self, function: int, arguments: tuple[int, ...], stack: int) -> None:
        thread = self._thread
        saved = thread.saved
        top = stack or saved.rsp - frame.RED_ZONE
        address, data = frame.build(saved, thread.sigmask, thread.xstate, thread.way_back, top)
        if address != thread.way_back_at:
            try:
                thread.memory.write(address, data)
            except OSError as error:
                raise NotNow("its stack has no room") from error
            thread.way_back_at = address
        regs = saved.copy()
        for name, value in zip(("rdi", "rsi", "rdx", "rcx", "r8", "r9"), arguments, strict=False):
            setattr(regs, name, value & (1 << 64) - 1)
        regs.rax, regs.orig_rax = 0, (1 << 64) - 1
        regs.rip, regs.rsp = function, address
        regs.eflags &= ~_ODD_FLAGS
        # Registers first, then the mask: should we die in between, the frame restores both.
        kernel.set_regs(thread.tid, regs)
        kernel.set_sigmask(thread.tid, (_ALL_BITS & ~_FAULT_BITS) | thread.sigmask)

    def _at_syscall(self) -> Regs:
        self._inside = not self._inside
        return kernel.get_regs(self._thread.tid)

    def _returned(self) -> None:
        """The function is done and the thread stands before ``rt_sigreturn``."""
        if not self._filtered:
            return
        # rt_sigreturn clears what restart_syscall would need, so a wait must end with EINTR.
        self._thread.disturbed = True
        kernel.resume_to_syscall(self._thread.tid)
        stop = kernel.wait(self._thread.tid, CALL_TIMEOUT)
        if stop is None:
            raise NotNow("it does not come back")
        if stop.ended:
            raise ThreadGone(self._thread.tid)
        self._inside = False

    def _signalled(self, stop: Stop) -> None:
        thread = self._thread
        info = kernel.get_siginfo(thread.tid)
        if stop.signal in _FAULTS and int.from_bytes(info[8:12], "little", signed=True) > 0:
            raise CallFailed(f"signal {stop.signal} at {kernel.get_regs(thread.tid).rip:#x}")
        thread.held.append((stop.signal, info))

    def _give_up(self) -> NotNow:
        """Stop the thread in the middle of the call; leaving its context undoes the call."""
        thread = self._thread
        thread.disturbed = thread.running = True
        kernel.interrupt(thread.tid)
        stop = kernel.wait(thread.tid, CALL_TIMEOUT)
        if stop is not None:
            if stop.ended:
                raise ThreadGone(thread.tid)
            thread.running, thread.at_syscall = False, stop.syscall
        return NotNow("a call into it does not return")
