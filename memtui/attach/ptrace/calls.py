"""Making a stopped thread call a function, with a deadline."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

from memtui.attach.ptrace import frame, kernel, stub
from memtui.attach.ptrace.kernel import ThreadGone
from memtui.attach.ptrace.thread import NotNow

if TYPE_CHECKING:
    from memtui.attach.ptrace.kernel import Regs, Stop
    from memtui.attach.ptrace.thread import StoppedThread

#: The longest time for one call, in seconds.  The functions we call take microseconds.  One that takes
#: longer waits for a lock, and if our own thread holds that lock, it would wait for ever.
CALL_TIMEOUT = 0.25
#: This much longer if the thread waits for a processor, because it would finish if it could run: the first
#: if it has already run for longer than a call may take, the second if it has run for less.
_BUSY, _STARVED = 1.0, 20.0
_POLL = 0.01

#: Signals that the processor raises for the current instruction.  They are not blocked, because the kernel
#: resets the handler of such a signal if it arrives blocked.  Others wait until the call is over.
_FAULTS = (
    *(signal.SIGSEGV, signal.SIGBUS, signal.SIGILL),
    *(signal.SIGFPE, signal.SIGTRAP, signal.SIGSYS),
)
_FAULT_BITS = sum(1 << (number - 1) for number in _FAULTS)
#: Signals that glibc sends its own threads, for setuid() among others, which then waits for each of them.
#: They are never blocked, or a thread that we create would inherit that, and setuid() would hang.
_INTERNAL = (32, 33)
_INTERNAL_BITS = sum(1 << (number - 1) for number in _INTERNAL)
_ALL_BITS = (1 << 64) - 1
_UNBLOCKED = _FAULT_BITS | _INTERNAL_BITS

#: Direction, trap and alignment flags; functions may expect them to be off.
_ODD_FLAGS = 0x400 | 0x100 | 0x40000


class CallFailed(Exception):
    """The function faulted.  The thread is restored as after any call."""


class Caller:
    """Makes calls on one stopped thread.

    ``way_back`` is the address of code that calls ``rt_sigreturn``, and ``way_back_end`` the address
    after its system call.  No system call of the thread is ever skipped: a seccomp filter would see
    number −1 and may kill the process for it.
    """

    def __init__(self, thread: StoppedThread, way_back: int, way_back_end: int) -> None:
        self._thread = thread
        self._deadline = self._ran_before = 0.0
        thread.way_back, thread.way_back_end = way_back, way_back_end

    def system_call(self, function: int, number: int, *arguments: int, stack: int = 0) -> int:
        """The result of system call ``number``, made through the C library's ``function``.

        Afterwards the thread is stopped at the end of the system call.  ``stack`` is the upper end of
        the stack to use; without it, the call runs on the thread's own.  Like the other methods this
        raises :class:`NotNow` after :data:`CALL_TIMEOUT`, :class:`CallFailed` and :class:`ThreadGone`.
        """
        self._prepare(function, arguments, stack)
        while True:
            regs = self._next_end()
            if regs.syscall == number:
                return regs.result

    def call(self, function: int, *arguments: int, stack: int = 0) -> None:
        """Call a function; its result is lost on the way back."""
        # rt_sigreturn clears what restart_syscall would need, so a wait must end with EINTR.
        self._thread.disturbed = True
        self._prepare(function, arguments, stack)
        saved = self._thread.saved
        while (regs := self._next_end()).syscall >= 0 or regs.rsp != saved.rsp:
            # A system call that the function made; rt_sigreturn itself leaves a negative number, and so does
            # that of a handler which ran meanwhile.
            continue

    def run(self, entry: int, block: int, *, stack: int) -> None:
        """Run a function of the stub, which sets a flag in its block when it is done and waits for us.

        That takes two switches between us and the thread.  A function that makes system calls, each of
        them watched, would take a dozen.
        """
        thread = self._thread
        thread.memory.write(block + stub.CALL_DONE, bytes(8))
        self._prepare(entry, (block,), stack)
        thread.entry, thread.left_at = entry, block + stub.CALL_LEFT
        kernel.resume(thread.tid)
        began = time.monotonic()
        while not thread.memory.number(block + stub.CALL_DONE):
            stop = kernel.wait(thread.tid, 0.0)
            if stop is not None:
                kernel.resume(thread.tid, self._note(stop))
            if self._overdue():
                raise self._give_up()
            kernel.relax(time.monotonic() - began)
        thread.halt()

    def poke(self, address: int, data: bytes) -> None:
        """Write ``data`` where the target itself cannot write, such as into code."""
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
        # Registers first, then the mask: if we die in between, the frame restores both.
        kernel.set_regs(thread.tid, regs)
        kernel.set_sigmask(thread.tid, (_ALL_BITS & ~_UNBLOCKED) | thread.sigmask)
        self._deadline = time.monotonic() + CALL_TIMEOUT
        self._ran_before = kernel.processor_time(thread.tid)

    def _next_end(self) -> Regs:
        """The registers at the end of the next system call that the thread makes."""
        self._to_syscall()
        self._to_syscall()
        self._thread.at_syscall = True
        return kernel.get_regs(self._thread.tid)

    def _to_syscall(self) -> None:
        tid, sig = self._thread.tid, 0
        while True:
            self._thread.at_syscall = False
            kernel.resume_to_syscall(tid, sig)
            while (stop := kernel.wait(tid, _POLL)) is None:
                if self._overdue():
                    raise self._give_up()
            if stop.syscall:
                return
            sig = self._note(stop)

    def _note(self, stop: Stop) -> int:
        """Handle a stop that we did not ask for: the thread's end, a fault, or a signal from outside.

        Returns the signal to deliver at once.
        """
        thread = self._thread
        if stop.ended:
            raise ThreadGone(thread.tid)
        if not stop.signal or stop.signal in _INTERNAL:
            # glibc takes its own only with the details that the kernel gave them.
            return stop.signal
        info = kernel.get_siginfo(thread.tid)
        if stop.signal in _FAULTS and int.from_bytes(info[8:12], "little", signed=True) > 0:
            raise CallFailed(f"signal {stop.signal} at {kernel.get_regs(thread.tid).rip:#x}")
        thread.held.append((stop.signal, info))
        return 0

    def _overdue(self) -> bool:
        late = time.monotonic() - self._deadline
        if late <= 0:
            return False
        if not kernel.runnable(self._thread.tid):
            return True
        ran = kernel.processor_time(self._thread.tid) - self._ran_before
        return late > (_BUSY if ran > CALL_TIMEOUT else _STARVED)

    def _give_up(self) -> NotNow:
        """Stop the thread in the middle of the call; leaving its context restores the thread."""
        self._thread.disturbed = True
        self._thread.halt()
        return NotNow("a call into it does not return")
