"""Which thread to stop, and what each thread is doing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from memtui.attach.facts import thread_ids
from memtui.attach.ptrace.state import (
    WAITING,
    State,
    SystemCall,
    in_restartable_sequence,
    judge,
    may_settle,
    peek,
)
from memtui.attach.ptrace.thread import NotNow

if TYPE_CHECKING:
    from memtui.attach.interpreter import Interpreter
    from memtui.attach.memory import Memory
    from memtui.attach.ptrace.thread import StoppedThread

#: Seconds after which an unknown call that does not change counts as a wait: an allocator's lock is held
#: only for microseconds.
_SETTLES_AFTER = 0.15
#: Seconds to wait for the main thread to run a pending call, before asking another thread.
_PENDING_PATIENCE = 0.06

_CODE_64 = 0x33  # the code segment of 64-bit programs


class ThreadChoice:
    """The threads of one process.  Remembers earlier states, to tell a wait from a passing call."""

    def __init__(self, pid: int, interpreter: Interpreter, memory: Memory) -> None:
        self._pid = pid
        self._interpreter = interpreter
        self._memory = memory
        self._settling: dict[int, tuple[SystemCall | None, float]] = {}
        self._turn = 0

    def choose(self, main: int, pended_at: float, *, declined: bool) -> int | None:
        """The thread to stop now; None for no thread.

        ``main`` is the main thread or, if that has ended, another; ``pended_at`` is the time when the
        main thread got a pending call, 0 for never; ``declined`` means that the call did not run the
        payload.
        """
        if main == self._pid:
            if not pended_at or declined or self.main_waits():
                return main
            if time.monotonic() - pended_at < _PENDING_PATIENCE:
                return None
        others = [tid for tid in thread_ids(self._pid) if tid != self._pid]
        for tid in others:
            if judge(peek(self._pid, tid), self._interpreter.runtime) in WAITING:
                return tid
        if main == self._pid or not others:
            return None
        # Only the main thread runs pending calls; without it, use any moment of another thread.
        self._turn += 1
        return others[self._turn % len(others)]

    def main_waits(self) -> bool:
        """Whether the main thread waits without the GIL, as far as it is visible from outside."""
        state = self.state_of(self._pid, peek(self._pid, self._pid))
        return state in (State.LOCK, State.BLOCKED)

    def state_of(self, tid: int, call: SystemCall | None) -> State:
        """What a thread in ``call`` is doing.  A thread that stays in an unknown call is blocked.

        Locks of musl are such calls, because they wait in the same way as its allocator.
        """
        state = judge(call, self._interpreter.runtime)
        if state is not State.UNSURE:
            self._settling.pop(tid, None)
            return state
        before, since = self._settling.get(tid, (None, 0.0))
        if before != call:
            self._settling[tid] = (call, time.monotonic())
            return state
        if may_settle(call) and time.monotonic() - since > _SETTLES_AFTER:
            return State.BLOCKED
        return state

    def in_python(self, thread: StoppedThread) -> bool:
        """Whether a running thread is in the interpreter's own code, so not in the C library's allocator.

        Always False for an interpreter with its own ``malloc``: there the place proves nothing.
        """
        image = self._interpreter.image
        return image.has_code(thread.saved.rip) and image.find("malloc") is None

    def refuse_unsafe(self, thread: StoppedThread) -> None:
        """Raise :class:`NotNow` if it is not safe to call any function."""
        if thread.saved.cs != _CODE_64:
            raise NotNow("it is in 32-bit code")
        if thread.saved.syscall < 0 and in_restartable_sequence(thread, self._memory):
            raise NotNow("it is in a restartable sequence")
