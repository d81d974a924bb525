"""The state machine: look at a thread, do what its state allows, let it go, look again.

Python never runs at the point where a thread happened to be.  Either the interpreter is asked to run the
payload at its next safe point (a pending call), or a native thread is created, which waits for the GIL
like any other.  Which of the two depends on what the stopped thread was doing (:mod:`threads`,
:mod:`state`).  Every look is synchronous and short, because ptrace is bound to one thread of the operating
system.  Between looks the caller waits without blocking.
"""

from __future__ import annotations

import errno
import os
import time
from typing import TYPE_CHECKING

from memtui.attach import access
from memtui.attach.facts import facts_of
from memtui.attach.headroom import THREADS_HINT
from memtui.attach.interpreter import find_interpreter
from memtui.attach.maps import read_maps
from memtui.attach.memory import Memory
from memtui.attach.ptrace import kernel, stub
from memtui.attach.ptrace.calls import Caller, CallFailed
from memtui.attach.ptrace.guest import Guest, MappingRefused
from memtui.attach.ptrace.kernel import ThreadGone
from memtui.attach.ptrace.revoke import revoke
from memtui.attach.ptrace.state import WAITING, State, call_of
from memtui.attach.ptrace.thread import NotNow, StoppedThread, close_behind, release_late
from memtui.attach.ptrace.threads import ThreadChoice
from memtui.model.errors import MemtuiError, NoHeadroom, TargetGone, Unsupported

if TYPE_CHECKING:
    from memtui.attach.facts import Facts

#: Seconds that a program may take to load; until then calls into it fault.
_FAULT_PATIENCE = 1.0
#: Seconds to wait for a tracer that is not a memtui, or after a refusal without a tracer, and the least
#: number of refusals: the time alone proves nothing, because we may not have had a processor.
_REFUSAL_PATIENCE, _REFUSALS = 0.5, 10
#: Seconds for the main thread to run its pending call after the agent has answered.  Up to 3.11 a thread
#: that switches interpreters can miss the call for as long as nobody else wants the GIL.
_LATE = 0.2
#: Seconds to wait for a thread that was told to stop, before we leave it to later attempts.
_LAST_PATIENCE = 2.0
#: How many looks, 0.05 s each, to wait for the target's own reason for a failure.  A time limit would not
#: do: if we get no processor, it passes without anybody having listened.
_EXCUSE_LOOKS = 10


class PtraceMethod:
    """One attempt to run ``text`` (Python source) in the process of ``facts``.

    ``text`` runs in a namespace of its own.  ``script`` does the same in ``__main__``, without leaving a
    name or an exception there.  It is used if no code of ours can be mapped, because then ``__main__`` is
    the only place to run it.  ``framed``, if there is one, is what a free-threaded interpreter runs first;
    if that fails, ``text``.

    Call :meth:`look` until the payload has answered or you give up, then :meth:`tidy` until it is True
    (at least once), then :meth:`close`.  ``longest_stop_ms`` is the longest time that we kept a thread of
    the target stopped, ``looks`` how often we stopped one to get in, and ``waiting_for`` the obstacle that
    the last look found.
    """

    name = "ptrace"
    #: No method comes after it, so it may take all the time that is left.
    patience = float("inf")

    def __init__(
        self, facts: Facts, text: str, script: str | None = None, framed: str | None = None
    ) -> None:
        """Raises NotPermitted, NotPython, Unsupported, TargetGone."""
        self._facts = facts
        if facts.shadow_stack:
            # Our calls return without a matching call instruction, which is a fault there.
            why = "its threads have shadow stacks"
            raise Unsupported(f"ptrace does not work on process {facts.pid}", why)
        try:
            self._memory = Memory(facts.proc)
        except PermissionError:
            raise access.not_permitted(facts) from None
        except OSError:
            raise self._gone() from None
        try:
            self._interpreter = find_interpreter(facts, self._memory)
        except OSError:
            self._memory.close()
            raise self._gone() from None
        except BaseException:
            self._memory.close()
            raise
        first, second = text, ""
        if framed is not None and self._interpreter.free_threaded:
            first, second = framed, text
        texts = first.encode(), (text if script is None else script).encode(), second.encode()
        self._guest = Guest(facts, self._memory, self._interpreter, texts)
        self.longest_stop_ms = 0.0
        self.looks = 0
        self.waiting_for = ""
        self._pended_at = 0.0
        self._threads = ThreadChoice(facts.pid, self._interpreter, self._memory)
        self._refused_by = -1
        self._refused_since = 0.0
        self._refusals = 0
        self._faulting_since = 0.0
        self._failed_looks = 0
        self._done_seen = False
        self._tidying_since = 0.0

    def look(self) -> float:
        """Look once, and act if the target's state allows it; returns seconds until the next look.

        Raises the MemtuiError that ends the attempt: TargetGone, TargetStopped, AlreadyTraced, ….
        """
        release_late()
        tid: int | None = None
        try:
            if self._guest.thread or self._guest.claimed:
                self.waiting_for = "the agent was started and has not called back"
                self._check_failure()
                return 0.05
            self._check_state()
            tid = self._threads.choose(self._main(), self._pended_at, declined=self._guest.declined)
            if tid is None:
                return 0.02
            return self._stop_and_act(tid)
        except NotNow as reason:
            self.waiting_for = str(reason)
            return 0.003
        except (ThreadGone, OSError) as error:
            return self._explain(error, tid)

    def tidy(self, *, answered: bool) -> bool:
        """Unmap our memory once nothing runs there any more; True when nothing is left to do.

        Unless the agent has ``answered``, whatever has not started yet is cancelled first.
        """
        try:
            # A thread that stopped too late is still ours: it must be released before anything else.
            if not release_late():
                return False
            if not answered:
                self._guest.cancel()
            if self._guest.uncertain or not self._guest.mapped:
                return True
            if self._guest.thread_runs or not self._pending_is_over(answered=answered):
                return False
            with self._stopped(self._main()) as thread:
                self._threads.refuse_unsafe(thread)
                if not self._guest.holds(thread.saved.rip):
                    self._guest.unmap(self._caller(thread))
            left = self._guest.mapped
        except (NotNow, CallFailed, PermissionError):
            return False
        except (ThreadGone, OSError):
            return self._is_replaced()
        finally:
            self._note_stop()
        return not left and release_late()

    def _pending_is_over(self, *, answered: bool) -> bool:
        """Whether the main thread is done with the pending call, or the call could be withdrawn."""
        guest = self._guest
        if guest.pending_left(answered=answered):
            self._tidying_since = self._tidying_since or time.monotonic()
            late = time.monotonic() - self._tidying_since > _LATE
            if answered and not late and not self._threads.main_waits():
                return False
            with self._stopped(self._facts.pid) as thread:
                mappings = read_maps(self._facts.proc)
                if not revoke(thread, self._interpreter, mappings, *guest.queued):
                    return False
            guest.forget_pending()
        if guest.pending and not self._done_seen:
            # Three instructions of the call come after the flag; by the next look they are done.
            self._done_seen = True
            return False
        return True

    def _is_replaced(self) -> bool:
        """Whether the program that we entered is gone: the process ended or executed another one."""
        try:
            self._memory.word(self._interpreter.runtime.address)
        except OSError:
            return True
        return False

    def close(self) -> None:
        """Let go of the target; waits for a thread that stops too late, since nobody else frees it."""
        give_up = time.monotonic() + _LAST_PATIENCE
        while not release_late() and time.monotonic() < give_up:
            time.sleep(0.001)
        close_behind(self._memory)

    # --- which thread ---------------------------------------------------------------------------

    def _main(self) -> int:
        """The main thread, or another living thread if the main thread has ended."""
        return int(self._facts.proc.rpartition("/")[2])

    # --- one look -------------------------------------------------------------------------------

    def _stop_and_act(self, tid: int) -> float:
        self.looks += 1
        try:
            with self._stopped(tid) as thread:
                self._threads.refuse_unsafe(thread)
                state = self._threads.state_of(tid, call_of(thread))
                self._act(thread, state)
        finally:
            self._note_stop()
        self._refused_by = -1
        return 0.01

    def _act(self, thread: StoppedThread, state: State) -> None:
        guest, caller = self._guest, self._caller(thread)
        try:
            guest.map(caller)
            main = thread.tid == self._facts.pid
            in_python = state is State.RUNNING and self._threads.in_python(thread)
            if main and not self._pended_at and state not in (State.LOCK, State.BLOCKED):
                self._pend(caller)
            elif guest.code and (state in WAITING or in_python):
                self._start_thread(caller)
            elif main and not guest.code and state is not State.UNSURE:
                self._pend(caller)
                if state is State.LOCK:
                    # When interrupted, Python's locks run pending calls and then go on waiting.
                    thread.interrupt_result()
            else:
                raise NotNow(f"it is {state.value}")
        except CallFailed as error:
            # In a program that has just started, the loader has not relocated functions yet: they fault.
            now = time.monotonic()
            self._faulting_since = self._faulting_since or now
            if now - self._faulting_since < _FAULT_PATIENCE:
                raise NotNow(f"a call into it failed: {error}") from error
            what = f"cannot attach to process {self._facts.pid}"
            raise MemtuiError(what, f"a call into it failed: {error}") from error
        except MappingRefused as error:
            raise NoHeadroom(
                f"cannot attach to process {self._facts.pid}",
                f"it cannot map another MiB of memory ({os.strerror(error.errno)})",
                hint="raise its limit of address space (prlimit --as) or free memory",
            ) from error

    def _pend(self, caller: Caller) -> None:
        result = self._guest.add_pending_call(caller)
        if result == stub.NOT_INITIALIZED:
            raise NotNow("its interpreter is not initialized")
        if result:
            raise NotNow("its queue of pending calls is full")
        self._pended_at = time.monotonic()
        self.waiting_for = "it has not reached a safe point yet"

    def _start_thread(self, caller: Caller) -> None:
        error = self._guest.start_thread(caller)
        if error == stub.NOT_INITIALIZED:
            raise NotNow("its interpreter is not initialized")
        if error:
            raise NoHeadroom(
                f"cannot attach to process {self._facts.pid}",
                f"it cannot start another thread ({os.strerror(error)})",
                hint=THREADS_HINT,
            )
        self.waiting_for = "the agent was started and has not called back"

    def _stopped(self, tid: int) -> StoppedThread:
        self._last = StoppedThread(self._facts.pid, tid, self._memory)
        return self._last

    def _caller(self, thread: StoppedThread) -> Caller:
        interpreter = self._interpreter
        return Caller(thread, interpreter.way_back, interpreter.way_back_end)

    def _note_stop(self) -> None:
        last = getattr(self, "_last", None)
        if last is not None:
            self.longest_stop_ms = max(self.longest_stop_ms, last.stopped_ms)

    # --- what went wrong ------------------------------------------------------------------------

    def _check_failure(self) -> None:
        """Raise if the payload ended with an error, also in a thread of its own."""
        if self._guest.declined and not self._guest.claimed and not self._guest.thread_runs:
            if self._guest.use_second():
                return
            self._failed_looks += 1
            if self._failed_looks > _EXCUSE_LOOKS:
                raise Unsupported(
                    f"process {self._facts.pid} cannot start the agent's thread",
                    "the first lines of memtui's code fail there",
                    hint="an audit hook may forbid them; try another process of that program",
                )

    def _check_state(self) -> None:
        """Raise if another look is useless: the target is stopped or has ended."""
        self._facts = facts_of(self._facts.pid)
        if self._facts.ended:
            raise self._gone()
        if self._facts.stopped:
            raise access.target_stopped(self._facts)

    def _explain(self, error: ThreadGone | OSError, tid: int | None) -> float:
        """Raise the meaning of a kernel error, or wait if the error may be temporary."""
        facts = facts_of(self._facts.pid) if os.path.exists(self._facts.proc) else None
        if facts is None or facts.ended:
            raise self._gone() from None
        if isinstance(error, ThreadGone):
            self.waiting_for = "its threads come and go"
            return 0.003
        if error.errno not in (errno.EPERM, errno.EACCES):
            raise self._gone("it has replaced itself with another program") from None
        return self._refused(facts, tid or self._main())

    def _refused(self, facts: Facts, tid: int) -> float:
        """The kernel does not let us trace that thread: wait, or raise the reason."""
        tracer = kernel.tracer_of(tid)
        if kernel.is_own_thread(tracer):
            # It is still ours: we told it to stop, and it has not stopped in time.
            self.waiting_for = "its thread gets no processor to stop on"
            return 0.003
        now = time.monotonic()
        if tracer != self._refused_by:
            # The tracer has changed: another memtui may have let go between the refusal and now.
            self._refused_by, self._refused_since, self._refusals = tracer, now, 0
        self._refusals += 1
        if now - self._refused_since > _REFUSAL_PATIENCE and self._refusals > _REFUSALS:
            if not tracer:
                raise access.not_permitted(facts) from None
            if not access.lets_go(tracer):
                raise access.already_traced(facts.pid, tracer) from None
        self.waiting_for = "another program traces it" if tracer else "the kernel forbids it"
        return 0.02

    def _gone(self, why: str = "it ended while memtui was getting in") -> TargetGone:
        return TargetGone(f"process {self._facts.pid} is gone", why)
