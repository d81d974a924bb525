"""The remote-exec method: ask the interpreter itself, through the interface of PEP 768 (Python 3.14).

The interpreter publishes the offsets of its fields (``_Py_DebugOffsets``, at the start of
``_PyRuntime``).  memtui writes the path of a script and a flag into the main thread's state; that thread
runs the script at its next safe point.  Nothing is stopped.

Only the main thread is asked.  Its state is part of the interpreter's own and is never freed.  Another
thread's state may be freed between our read and our write, and then we would overwrite whatever is there
next.  If the main thread does not run Python soon, ptrace works better.
"""

from __future__ import annotations

import contextlib
import os
import struct
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from memtui.attach import access
from memtui.attach.facts import facts_of, inner_id
from memtui.attach.interpreter import find_interpreter
from memtui.attach.memory import Memory
from memtui.attach.ptrace.state import State, judge, peek
from memtui.model.again import Again
from memtui.model.errors import TargetGone, Unsupported

if TYPE_CHECKING:
    from collections.abc import Callable

    from memtui.attach.facts import Facts
    from memtui.attach.interpreter import Interpreter

_PTRACE = Again(add=("--method", "ptrace"))
_COOKIE = b"xdebugpy"
_SCRIPT_PATH_SIZE = 512

#: Bits of the eval breaker.  If they are set, the interpreter looks for signals, pending calls and
#: asynchronous exceptions; without any, nothing happens.  So setting them again loses nothing that the
#: target sets while we write.  A request to drop the GIL must not be written back: the thread would wait
#: for a successor that may not exist.  A thread that wants the GIL asks again after 5 ms.
_BREAK = 0x02 | 0x04 | 0x08
_DROP_GIL = 0x01

#: Seconds to wait for the main thread if it runs Python, and if it is blocked.
_PATIENCE_RUNNING, _PATIENCE_BLOCKED = 0.2, 0.04


@dataclass(frozen=True, slots=True)
class _OffsetsLayout:
    """The fields that we need: their offsets, in bytes from the start of their structures."""

    interpreters_main: int
    interpreter_size: int
    interpreter_id: int
    threads_main: int
    remote_debugging_enabled: int
    thread_size: int
    native_thread_id: int
    eval_breaker: int
    pending_call: int
    script_path: int


#: Positions in ``_Py_DebugOffsets`` by (major, minor).  ``debugger_support`` is its last part:
#: eval_breaker, remote_debugger_support, remote_debugging_enabled, debugger_pending_call,
#: debugger_script_path, and the size of the path.
_WORDS = {
    (3, 14): {"thread_state": 176, "native_thread_id": 224, "debugger_support": 712},
    (3, 15): {"thread_state": 176, "native_thread_id": 248, "debugger_support": 840},
}
_INTERPRETERS_HEAD, _INTERPRETER_SIZE, _INTERPRETER_ID, _THREADS_MAIN = 40, 48, 56, 80


class RemoteExecMethod:
    """One attempt to make the target's main thread run a script; see :class:`PtraceMethod`.

    ``leave`` writes the script where the target can read it and returns its path in the target.
    """

    name = "remote-exec"
    longest_stop_ms = 0.0

    def __init__(self, facts: Facts, leave: Callable[[], str]) -> None:
        """Raises Unsupported if the interpreter does not have this interface, or has it switched off."""
        self._facts = facts
        self.looks = 0
        self.waiting_for = ""
        self._armed_at = 0.0
        self._done = False
        try:
            self._memory = Memory(facts.proc)
        except PermissionError:
            raise access.not_permitted(facts) from None
        except OSError:
            raise self._gone() from None
        try:
            self._interpreter = find_interpreter(facts, self._memory)
            self._layout = _layout(self._memory, self._interpreter)
            self._thread = self._main_thread()
            self._script = self._written(leave)
        except OSError:
            self.close()
            raise self._gone() from None
        except BaseException:
            self.close()
            raise

    def look(self) -> float:
        """Make the request at the first look; after that only check whether the script was taken."""
        try:
            if not self._armed_at:
                self._arm()
            taken = self._memory.number(self._thread + self._layout.pending_call) == 0
        except OSError:
            raise self._gone() from None
        facts = facts_of(self._facts.pid)
        if facts.ended:
            raise self._gone()
        if facts.stopped:
            raise access.target_stopped(facts)
        self.waiting_for = (
            "the agent was started and has not called back"
            if taken
            else "its main thread has not run Python since the request"
        )
        return 0.02

    @property
    def patience(self) -> float:
        """Seconds after which another method should be tried."""
        call = peek(self._facts.pid, self._facts.pid)
        soon = judge(call, self._interpreter.runtime) in (State.RUNNING, State.GIL)
        return _PATIENCE_RUNNING if soon else _PATIENCE_BLOCKED

    def tidy(self, *, answered: bool) -> bool:
        """Withdraw the request if it is still there.  Always True: that is done at once."""
        if self._armed_at and not answered and not self._done:
            self._done = True
            with contextlib.suppress(OSError):
                # The path first: a thread that sees the flag in between runs nothing.
                self._memory.write(self._thread + self._layout.script_path, b"\0")
                self._memory.write(self._thread + self._layout.pending_call, struct.pack("<i", 0))
        return True

    def close(self) -> None:
        self._memory.close()

    def _arm(self) -> None:
        self.looks += 1
        layout, memory, thread = self._layout, self._memory, self._thread
        memory.write(thread + layout.script_path, self._script)
        memory.write(thread + layout.pending_call, struct.pack("<i", 1))
        # One byte only: the bytes above it hold the version of the monitoring tools, which may change.
        breaker = memory.read(thread + layout.eval_breaker, 1)[0]
        memory.write(thread + layout.eval_breaker, bytes((breaker & ~_DROP_GIL | _BREAK,)))
        self._armed_at = time.monotonic()

    def _written(self, leave: Callable[[], str]) -> bytes:
        """The path of the script in the target, ready to be written there."""
        try:
            path = os.fsencode(leave()) + b"\0"
        except OSError as error:
            raise self._unsupported(f"its script cannot be written ({error.strerror})") from None
        if len(path) > _SCRIPT_PATH_SIZE:
            raise self._unsupported("the path of its directory for temporary files is too long")
        return path

    def _main_thread(self) -> int:
        """Address of the main thread's state, after checking that it is one that is never freed."""
        layout, memory = self._layout, self._memory
        interpreter = memory.word(self._interpreter.runtime.address + layout.interpreters_main)
        if not interpreter:
            raise self._unsupported("its interpreter is not initialized")
        if memory.word(interpreter + layout.interpreter_id):
            raise self._unsupported("its main interpreter is not where memtui expects it")
        if memory.number(interpreter + layout.remote_debugging_enabled) != 1:
            raise self._unsupported(
                "it was started with PYTHON_DISABLE_REMOTE_DEBUG or -X disable-remote-debug"
            )
        thread = memory.word(interpreter + layout.threads_main)
        if not thread or self._facts.proc != f"/proc/{self._facts.pid}":
            raise self._unsupported("its main thread has ended")
        if not interpreter <= thread <= interpreter + layout.interpreter_size - layout.thread_size:
            raise self._unsupported("its main thread has a state that may be freed")
        if memory.word(thread + layout.native_thread_id) != inner_id(self._facts.pid):
            raise self._unsupported("its main thread is not the one that Python started with")
        if memory.number(thread + layout.pending_call) and self._waiting_script(thread).exists():
            raise self._unsupported("another debugger's script is waiting to run there")
        return thread

    def _waiting_script(self, thread: int) -> Path:
        """The path of the last script the thread was asked to run; a killed viewer's file is gone."""
        data = self._memory.read(thread + self._layout.script_path, _SCRIPT_PATH_SIZE)
        return Path(f"{self._facts.proc}/root{os.fsdecode(data.partition(bytes(1))[0])}")

    def _unsupported(self, why: str) -> Unsupported:
        return _refusal(self._facts.pid, why)

    def _gone(self) -> TargetGone:
        return TargetGone(
            f"process {self._facts.pid} is gone", "it ended while memtui was getting in"
        )


def _refusal(pid: int, why: str) -> Unsupported:
    return Unsupported(
        f"remote-exec does not work on process {pid}",
        why,
        hint="another method may",
        again=replace(_PTRACE, pid=pid),
    )


def _layout(memory: Memory, interpreter: Interpreter) -> _OffsetsLayout:
    """Read the published offsets, and check whatever can be checked about them."""
    base = interpreter.runtime.address
    cookie, version = memory.read(base, 8), memory.word(base + 8)
    found = (version >> 24 & 0xFF, version >> 16 & 0xFF)
    words = _WORDS.get(found)
    if cookie != _COOKIE or words is None:
        raise Unsupported(
            "remote-exec does not work on this interpreter",
            "memtui does not know the offsets that it publishes",
            hint="choose --method ptrace",
            again=_PTRACE,
        )
    support = base + words["debugger_support"]
    breaker, state, enabled, pending, path, size = (memory.word(support + 8 * i) for i in range(6))
    layout = _OffsetsLayout(
        # The list's head is the newest interpreter; the pointer to the main one follows it.
        interpreters_main=memory.word(base + _INTERPRETERS_HEAD) + 8,
        interpreter_size=memory.word(base + _INTERPRETER_SIZE),
        interpreter_id=memory.word(base + _INTERPRETER_ID),
        threads_main=memory.word(base + _THREADS_MAIN),
        remote_debugging_enabled=enabled,
        thread_size=memory.word(base + words["thread_state"]),
        native_thread_id=memory.word(base + words["native_thread_id"]),
        eval_breaker=breaker,
        pending_call=state + pending,
        script_path=state + path,
    )
    sound = (
        size == _SCRIPT_PATH_SIZE
        and layout.script_path + size <= layout.thread_size < layout.interpreter_size
        and max(layout.eval_breaker, layout.native_thread_id) < layout.thread_size
        and max(layout.threads_main, layout.interpreter_id, enabled) < layout.interpreter_size
    )
    if not sound:
        raise Unsupported(
            "remote-exec does not work on this interpreter",
            "the offsets that it publishes are implausible",
            hint="choose --method ptrace",
            again=_PTRACE,
        )
    return layout
