"""The memory that we borrow in the target, and what runs there for us."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING

from memtui.attach.facts import inner_id, thread_ids
from memtui.attach.maps import read_maps
from memtui.attach.ptrace import stub
from memtui.attach.ptrace.thread import NotNow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memtui.attach.facts import Facts
    from memtui.attach.interpreter import Interpreter
    from memtui.attach.memory import Memory
    from memtui.attach.ptrace.calls import Caller

_PROT_READ, _PROT_WRITE, _PROT_EXEC = 1, 2, 4
_PRIVATE, _ANONYMOUS, _NORESERVE = 0x02, 0x20, 0x4000
_SYS_MMAP, _SYS_MUNMAP = 9, 11

_PAGE = 4096
#: For the native thread, which compiles and runs the payload.  Untouched pages cost nothing.
_THREAD_STACK = 1 << 20
#: For our calls in the stopped thread, and the saved registers below them.
_CALL_STACK = 1 << 16
_TEXT_ROOM = 2 * _PAGE
#: Our memory is mapped somewhere within this many pages below the C library's code.
_SPREAD = 1 << 22


class MappingRefused(Exception):
    """The target cannot map more memory; ``errno`` says why."""

    def __init__(self, errno: int) -> None:
        super().__init__(errno)
        self.errno = errno


class Guest:
    """Two mappings: code that nobody can write, and data that nobody can execute.

    The data mapping has, upwards: a stack for the native thread, a stack for our calls, the block that
    the stub works on, and the payload's text.  No memory is ever writable and executable at once.
    """

    def __init__(
        self,
        facts: Facts,
        memory: Memory,
        interpreter: Interpreter,
        texts: tuple[bytes, bytes, bytes],
    ) -> None:
        """``texts`` are ``text``, ``script`` and ``second``.

        ``text`` runs in a namespace of its own; ``script`` is for ``__main__``, if there is no other way.

        ``second`` is used instead if the first one fails.
        """
        self._pid = facts.pid
        self._proc = facts.proc
        self._memory = memory
        self._functions = interpreter.functions
        self._text, self._script, self._second = texts
        self._data = 0
        #: Address of the code; 0 if the target cannot map executable memory.
        self.code = 0
        self.pending = False
        self.thread = False
        self._bare_calls = 0
        #: Mappings, as (address, size), whose call was cut short: it is unknown whether they exist.
        self._unheard: list[tuple[int, int]] = []
        #: Set for good when a call was cut short: our memory then stays, because it may be in use.
        self.uncertain = False

    @property
    def mapped(self) -> bool:
        """Whether the target has memory of ours.  Raises ``OSError`` when the target is gone."""
        return self._data != 0 or self.code != 0 or bool(self._strays())

    @property
    def call_stack(self) -> int:
        """Upper end of the stack for our calls; 0 (the thread's own stack) before it is mapped."""
        return self.block if self._data else 0

    @property
    def block(self) -> int:
        return self._data + _THREAD_STACK + _CALL_STACK

    @property
    def text(self) -> int:
        return self.block + _PAGE

    @property
    def _data_size(self) -> int:
        return _THREAD_STACK + _CALL_STACK + _PAGE + 2 * _TEXT_ROOM

    def map(self, caller: Caller) -> None:
        """Map and fill what is not mapped yet.  Raises :class:`MappingRefused` if there is no memory."""
        if not self._data:
            readable = _PROT_READ | _PROT_WRITE
            self._data = self._mmap(caller, self._data_size, readable, _NORESERVE)
            self._memory.write(self.text, self._text + b"\0")
            self._memory.write(self.text + _TEXT_ROOM, self._second + b"\0")
        if not self.code:
            try:
                self.code = self._mmap(caller, _PAGE, _PROT_READ | _PROT_EXEC, 0)
            except MappingRefused:
                # The script also works in a namespace of its own, if there is room for code later.
                self._memory.write(self.text, self._script + b"\0")
                return
            caller.poke(self.code, stub.CODE)
            self._memory.write(self.block, stub.block(self._words()))

    def add_pending_call(self, caller: Caller) -> int:
        """Make the interpreter run the payload at its next safe point.

        0, −1 if its queue is full, or :data:`stub.NOT_INITIALIZED`.
        """
        if not self.code:
            # Without code of ours the result is lost.
            add, run = self._functions["Py_AddPendingCall"], self._functions["PyRun_SimpleString"]
            self._bare_calls += 1
            with self._unless_cut_short():
                caller.call(add, run, self.text, stack=self.call_stack)
            return 0
        result = self._run(caller, stub.ENTRIES.pend)
        self.pending = self.pending or result == 0
        return result

    def start_thread(self, caller: Caller) -> int:
        """Make a native thread run the payload when it gets the GIL.

        0, the error of pthread_create, or :data:`stub.NOT_INITIALIZED`.
        """
        result = self._run(caller, stub.ENTRIES.launch)
        self.thread = result == 0
        return result

    @property
    def claimed(self) -> bool:
        """Whether the payload has started.  Raises ``OSError`` when the target is gone."""
        return self.code != 0 and self._flag(stub.CLAIMED)

    @property
    def declined(self) -> bool:
        """Whether the payload could not run there: in a subinterpreter, or deep in the thread's calls."""
        return self.code != 0 and self._flag(stub.DECLINED)

    def use_second(self) -> bool:
        """Have the next thread run the second text; False if there is none that was not tried."""
        if not self._second:
            return False
        self._second = b""
        self._memory.write(self.block + stub.TEXT, (self.text + _TEXT_ROOM).to_bytes(8, "little"))
        self._memory.write(self.block + stub.DECLINED, bytes(4))
        self.thread = False
        return True

    def cancel(self) -> None:
        """Make whatever has not started yet do nothing when it runs."""
        if self.code:
            self._memory.write(self.block + stub.CLAIMED, b"\1\0\0\0")

    @property
    def thread_runs(self) -> bool:
        """Whether the native thread still exists.  Raises ``OSError`` when the target is gone."""
        if not self.thread:
            return False
        if not self._flag(stub.THREAD_DONE):
            return True
        # It uses our stack until the kernel has removed it from the list of threads.
        own = self._memory.number(self.block + stub.THREAD_ID)
        return any(inner_id(self._pid, tid) == own for tid in thread_ids(self._pid))

    def pending_left(self, *, answered: bool) -> bool:
        """Whether the interpreter may still run what we queued.

        ``answered`` means that the agent has called back.  Raises ``OSError`` when the target is gone.
        """
        if self.code:
            return self.pending and not self._flag(stub.PENDING_DONE)
        # It was compiled before it ran, so the text is free; but a second call may still come.
        return self._bare_calls > (1 if answered else 0)

    @property
    def queued(self) -> tuple[int, int]:
        """Function and argument of the pending call."""
        if self.code:
            return self.code + stub.ENTRIES.pending, self.block
        return self._functions["PyRun_SimpleString"], self.text

    def forget_pending(self) -> None:
        """Note that the pending call was withdrawn."""
        self.pending, self._bare_calls = False, 0

    def holds(self, address: int) -> bool:
        """Whether ``address`` is in our code."""
        return self.code != 0 and self.code <= address < self.code + _PAGE

    def unmap(self, caller: Caller) -> None:
        """Unmap the memory.  This runs on the thread's own stack, because ours is unmapped, too."""
        unmap = self._functions["munmap"]
        for place, size in self._strays():
            caller.system_call(unmap, _SYS_MUNMAP, place, size)
        if self.code and caller.system_call(unmap, _SYS_MUNMAP, self.code, _PAGE) == 0:
            self.code = 0
        if self._data and not caller.system_call(unmap, _SYS_MUNMAP, self._data, self._data_size):
            self._data = 0

    def _mmap(self, caller: Caller, size: int, protection: int, flags: int) -> int:
        flags |= _PRIVATE | _ANONYMOUS
        stack, function = self.call_stack, self._functions["mmap"]
        # Not where the last viewer's memory was: its calls left words in gaps of the stack, and they would
        # look like a running call of ours (see revoke.py).  If the place is taken, the kernel finds another.
        place = max(0, function // _PAGE - secrets.randbelow(_SPREAD)) * _PAGE
        self._unheard.append((place, size))
        result = caller.system_call(
            function, _SYS_MMAP, place, size, protection, flags, -1, 0, stack=stack
        )
        self._unheard.pop()
        if result <= 0:
            raise MappingRefused(-result)
        return result

    def _strays(self) -> list[tuple[int, int]]:
        """Mappings of ours that exist although the call that made them was cut short."""
        if not self._unheard:
            return []
        there = {
            (m.start, m.end - m.start)
            for m in read_maps(self._proc)
            if not m.path and m.permissions in ("rw-p", "r-xp")
        }
        return [stray for stray in self._unheard if stray in there]

    def _run(self, caller: Caller, entry: int) -> int:
        with self._unless_cut_short():
            try:
                caller.run(self.code + entry, self.block, stack=self.call_stack)
            except NotNow:
                # Done, but the thread did not stop in time: it is restored when it does.
                if not self._flag(stub.CALL_DONE):
                    raise
        return self._memory.number(self.block + stub.CALL_RESULT)

    @contextmanager
    def _unless_cut_short(self) -> Iterator[None]:
        """Mark our memory as uncertain if the call inside is cut short: it may have started something."""
        before, self.uncertain = self.uncertain, True
        yield
        self.uncertain = before

    def _flag(self, offset: int) -> bool:
        return self._memory.number(self.block + offset) != 0

    def _words(self) -> dict[int, int]:
        named = {
            stub.IS_INITIALIZED: "Py_IsInitialized",
            stub.ADD_PENDING: "Py_AddPendingCall",
            stub.INTERPRETER: "PyInterpreterState_Get",
            stub.MAIN_INTERPRETER: "PyInterpreterState_Main",
            stub.ENSURE: "PyGILState_Ensure",
            stub.NEW_DICT: "PyDict_New",
            stub.RUN: "PyRun_StringFlags",
            stub.CLEAR: "PyErr_Clear",
            stub.DECREF: "Py_DecRef",
            stub.RELEASE: "PyGILState_Release",
            stub.ATTR_INIT: "pthread_attr_init",
            stub.ATTR_SET_STACK: "pthread_attr_setstack",
            stub.ATTR_SET_DETACHED: "pthread_attr_setdetachstate",
            stub.CREATE: "pthread_create",
        }
        words = {offset: self._functions[name] for offset, name in named.items()}
        words[stub.TEXT] = self.text
        words[stub.STACK], words[stub.STACK_SIZE] = self._data, _THREAD_STACK
        words[stub.PENDING_ENTRY] = self.code + stub.ENTRIES.pending
        words[stub.THREAD_ENTRY] = self.code + stub.ENTRIES.thread
        return words
