"""One thread of the target, stopped, and what it had when it stopped."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Self

from memtui.attach.ptrace import frame, kernel
from memtui.attach.ptrace.kernel import ThreadGone

if TYPE_CHECKING:
    from types import TracebackType

    from memtui.attach.memory import Memory

#: The stub's functions are shorter than this, bytes.
_STUB = 256

#: Longest wait for a thread to stop, in seconds: one that runs stops in microseconds, one in an
#: uninterruptible sleep when that ends.
STOP_TIMEOUT = 0.2


class NotNow(Exception):
    """The thread cannot be used at this moment; it is as it was, and another look may succeed."""


class StoppedThread:
    """A context in which one thread stands still; leaving it puts everything back and lets go.

    ``saved`` are the registers it had; ``stopped_ms`` how long it stood, once it has been left.
    Raises :class:`ThreadGone`, ``OSError`` (PermissionError), and :class:`NotNow` on entry.
    """

    def __init__(self, pid: int, tid: int, memory: Memory) -> None:
        self.pid = pid
        self.tid = tid
        self.memory = memory
        self.stopped_ms = 0.0
        #: Set by calls that were cut short in a system call: see :meth:`_restore`.
        self.disturbed = False
        #: Signals that were kept from the thread while it was ours: (number, siginfo).
        self.held: list[tuple[int, bytes]] = []
        #: Whether the thread stands at a system call's end rather than in signal handling.
        self.at_syscall = False
        #: Set when the thread does not stand still although it should: it is restored when it does.
        self.running = False
        #: Whether it executes another program by now: what was saved is nothing to that one.
        self.replaced = False
        #: Stack pointer at which the way back (:mod:`frame`) begins, 0 before the first call.
        self.way_back_at = 0
        #: Where the code lies that goes it.
        self.way_back = self.way_back_end = 0
        #: The stub's function that runs or ran, and the address of its flag that it has left; 0 for none.
        self.entry = self.left_at = 0

    def __enter__(self) -> Self:
        kernel.seize(self.tid)
        self._began = time.perf_counter()
        try:
            kernel.interrupt(self.tid)
            self._wait_for_trap(refuse_group=True)
            self.saved = kernel.get_regs(self.tid)
            self.xstate = kernel.get_xstate(self.tid)
            self.sigmask = kernel.get_sigmask(self.tid)
        except BaseException:
            self._let_go()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.restore()
        except ThreadGone:
            # The target ended or was killed under our hands: nothing is left to put back.
            if error is None:
                raise
        finally:
            if self.running:
                _late.append(self)
            self.stopped_ms = (time.perf_counter() - self._began) * 1e3

    def interrupt_result(self) -> None:
        """Make the system call the thread is in end with EINTR, if it would be restarted."""
        if self.saved.syscall >= 0 and self.saved.result in frame.RESTARTS:
            self.saved.rax = -frame.EINTR & (1 << 64) - 1
            self.saved.orig_rax = (1 << 64) - 1

    def halt(self) -> None:
        """Stop the thread again in the middle of what we made it do."""
        self.running = True
        kernel.interrupt(self.tid)
        self._wait_for_trap()

    def restore(self) -> None:
        """Put registers and mask back and let go, unless the thread is not standing still."""
        if self.at_syscall and not self.running:
            self._park()
        if self.running:
            return
        if not self._has_returned():
            self._put_back()
        kernel.detach(self.tid)
        for sig, info in self.held:
            kernel.requeue(self.pid, self.tid, sig, info)

    def _has_returned(self) -> bool:
        """Whether the thread has gone the way back by itself, because it waited for us too long.

        It is where the kernel put it then, or further on; its registers are its own.
        """
        try:
            if not self.left_at or not self.memory.number(self.left_at):
                return False
        except OSError:
            raise ThreadGone(self.tid) from None
        at = kernel.get_regs(self.tid).rip
        return not (
            self.entry <= at < self.entry + _STUB or self.way_back <= at <= self.way_back_end
        )

    def _put_back(self) -> None:
        if self.disturbed and self.saved.result == -frame.ERESTART_RESTARTBLOCK:
            # Our own call was interrupted in a wait, and the kernel remembers only one such wait:
            # restarting would resume ours.  Every caller of those system calls knows EINTR.
            self.interrupt_result()
        kernel.set_xstate(self.tid, self.xstate)
        kernel.set_sigmask(self.tid, self.sigmask)
        kernel.set_regs(self.tid, self.saved)

    def _park(self) -> None:
        """Bring the thread from a system call's end to where signals are handled.

        Only there does the kernel look whether the system call that we took the thread from is to
        be restarted.  The registers lead into the way back until the very last, so that a thread
        whose tracer is killed here returns by itself.
        """
        regs = kernel.get_regs(self.tid)
        regs.orig_rax = (1 << 64) - 1  # nothing to restart: that is for the registers put back
        regs.rip, regs.rsp = self.way_back, self.way_back_at + 8
        kernel.set_regs(self.tid, regs)
        kernel.interrupt(self.tid)
        kernel.resume(self.tid)
        with contextlib.suppress(NotNow):
            self._wait_for_trap()

    def _wait_for_trap(self, *, refuse_group: bool = False) -> None:
        self.running, self.at_syscall = True, False
        deadline = time.monotonic() + STOP_TIMEOUT
        while True:
            stop = kernel.wait(self.tid, max(0.0, deadline - time.monotonic()))
            if stop is None:
                raise NotNow("it does not stop")
            if stop.ended:
                raise ThreadGone(self.tid)
            if stop.trap or stop.group:
                self.running = False
                if stop.group and refuse_group:
                    raise NotNow("it is stopped by job control")
                return
            # A signal that was on its way already: its handler is entered, then the thread stops.
            # Or a system call's entry or end, which come before.
            kernel.resume(self.tid, stop.signal)

    def _let_go(self) -> None:
        """Detach a thread that was left as it was, now or when it stops at last."""
        if self.running:
            _late.append(self)
            return
        with contextlib.suppress(ThreadGone):
            kernel.detach(self.tid)

    def _look_again(self) -> bool:
        """Whether a late thread has been dealt with."""
        try:
            stop = kernel.wait(self.tid, 0.0)
            if stop is None:
                return False
            if stop.ended:
                return not self._follow()
            if stop.signal or stop.syscall:
                kernel.resume(self.tid, stop.signal)
                return False
            self.running = False
            if hasattr(self, "sigmask") and not self.replaced:
                self.restore()
            else:
                self._let_go()
        except ThreadGone:
            return not self._follow()
        return not self.running

    def _follow(self) -> bool:
        """Whether the thread goes on as the main thread, for it executes another program; ours still."""
        if self.tid == self.pid or not kernel.is_own_thread(kernel.tracer_of(self.pid)):
            return False
        self.tid, self.replaced = self.pid, True
        with contextlib.suppress(ThreadGone):
            kernel.interrupt(self.tid)
        return True


#: Threads that did not stop in time; they must not be left standing when they do.
_late: list[StoppedThread] = []


#: What is to be closed when none of them needs it any more.
_behind: list[Memory] = []


def release_late() -> bool:
    """Restore and let go of threads that stopped too late; True when there are none any more."""
    _late[:] = [thread for thread in _late if not thread._look_again()]  # noqa: SLF001
    for memory in _behind[:]:
        if not any(thread.memory is memory for thread in _late):
            _behind.remove(memory)
            memory.close()
    return not _late


def close_behind(memory: Memory) -> None:
    """Close ``memory`` once every thread that stopped too late is put back, which takes it."""
    _behind.append(memory)
    release_late()
