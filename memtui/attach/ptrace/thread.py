"""One stopped thread of the target, and the state it had when it stopped."""

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

#: The longest wait for a thread to stop, in seconds.  A running thread stops within microseconds, one in an
#: uninterruptible sleep when the sleep ends.
STOP_TIMEOUT = 0.2


class NotNow(Exception):
    """The thread cannot be used at this moment.  It is unchanged, and another look may succeed."""


class StoppedThread:
    """A context in which one thread is stopped; on exit everything is restored and the thread released.

    ``saved`` are the registers it had; ``stopped_ms`` is the length of the stop, known after the exit.
    Raises :class:`ThreadGone`, ``OSError`` (PermissionError), and :class:`NotNow` on entry.
    """

    def __init__(self, pid: int, tid: int, memory: Memory) -> None:
        self.pid = pid
        self.tid = tid
        self.memory = memory
        self.stopped_ms = 0.0
        #: Set by calls that were cut short in a system call: see :meth:`_restore`.
        self.disturbed = False
        #: Signals that we held back while the thread was ours: (number, siginfo).
        self.held: list[tuple[int, bytes]] = []
        #: Whether the thread is stopped at a system call's end and not in signal handling.
        self.at_syscall = False
        #: Set if the thread has not stopped although it should have; it is restored once it stops.
        self.running = False
        #: Whether it executes another program now; then the saved state is useless.
        self.replaced = False
        #: Stack pointer at which the way back (:mod:`frame`) begins, 0 before the first call.
        self.way_back_at = 0
        #: Address of the code that goes the way back, and of its end.
        self.way_back = self.way_back_end = 0
        #: The stub's function that runs or ran, and the address of its CALL_LEFT flag; 0 for none.
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
            # The target ended or was killed meanwhile: there is nothing left to restore.
            if error is None:
                raise
        finally:
            if self.running:
                _late.append(self)
            self.stopped_ms = (time.perf_counter() - self._began) * 1e3

    def interrupt_result(self) -> None:
        """Make the thread's system call end with EINTR, if it would be restarted."""
        if self.saved.syscall >= 0 and self.saved.result in frame.RESTARTS:
            self.saved.rax = -frame.EINTR & (1 << 64) - 1
            self.saved.orig_rax = (1 << 64) - 1

    def halt(self) -> None:
        """Stop the thread again, in the middle of our call."""
        self.running = True
        kernel.interrupt(self.tid)
        self._wait_for_trap()

    def restore(self) -> None:
        """Restore registers and signal mask and let go, unless the thread has not stopped."""
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

        Then it is where the kernel put it, or further on, and its registers are its own.
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
            # Our own call was interrupted in a wait, and the kernel remembers only one such wait, so a
            # restart would resume ours.  Every caller of those system calls handles EINTR.
            self.interrupt_result()
        kernel.set_xstate(self.tid, self.xstate)
        kernel.set_sigmask(self.tid, self.sigmask)
        kernel.set_regs(self.tid, self.saved)

    def _park(self) -> None:
        """Move the thread from a system call's end to the point where signals are handled.

        Only there does the kernel check whether to restart the system call that we interrupted.  The
        registers lead into the way back until the very end, so that a thread whose tracer is killed here
        returns by itself.
        """
        regs = kernel.get_regs(self.tid)
        regs.orig_rax = (1 << 64) - 1  # nothing to restart here: the restored registers decide that
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
            # Either a signal that was already on its way: the thread enters its handler, then stops.
            # Or the entry or the end of a system call, which comes first.
            kernel.resume(self.tid, stop.signal)

    def _let_go(self) -> None:
        """Detach an unchanged thread, now or as soon as it stops."""
        if self.running:
            _late.append(self)
            return
        with contextlib.suppress(ThreadGone):
            kernel.detach(self.tid)

    def _look_again(self) -> bool:
        """Handle a thread that stopped too late; False if it has not stopped yet."""
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
        """Whether we still trace the thread as a new main thread, because it executed another program."""
        if self.tid == self.pid or not kernel.is_own_thread(kernel.tracer_of(self.pid)):
            return False
        self.tid, self.replaced = self.pid, True
        with contextlib.suppress(ThreadGone):
            kernel.interrupt(self.tid)
        return True


#: Threads that did not stop in time; when they do stop, they must be released.
_late: list[StoppedThread] = []


#: Memories to close as soon as no such thread needs them.
_behind: list[Memory] = []


def release_late() -> bool:
    """Restore and release threads that stopped too late; True when none is left."""
    _late[:] = [thread for thread in _late if not thread._look_again()]  # noqa: SLF001
    for memory in _behind[:]:
        if not any(thread.memory is memory for thread in _late):
            _behind.remove(memory)
            memory.close()
    return not _late


def close_behind(memory: Memory) -> None:
    """Close ``memory`` as soon as every thread that stopped too late has been restored with it."""
    _behind.append(memory)
    release_late()
