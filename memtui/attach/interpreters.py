"""Which interpreters a process has, read from its memory: the agent looks into the main one only.

CPython exports functions that lead along the list of interpreters and to their IDs.  Each is a load or
two and a return, so their few bytes of machine code say where the list begins and where the fields are.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from memtui.attach.elf import Image, NotElf
from memtui.attach.embedded import version_of
from memtui.attach.facts import facts_of
from memtui.attach.memory import Memory
from memtui.model.errors import MemtuiError
from memtui.model.interpreters import MAIN, Interpreters, ObjectLists

if TYPE_CHECKING:
    from collections.abc import Callable

#: A list that is longer was not read as it is.
_MOST = 10_000
_CODE = 40
#: ``endbr64``, what a function with a frame begins and ends with, and ``test rdi, rdi`` with its jump.
_ENTRIES = (bytes.fromhex("f30f1efa"), bytes.fromhex("554889e5"))
_TEST, _SHORT_JUMP, _JUMP = bytes.fromhex("4885ff"), bytes.fromhex("74"), bytes.fromhex("0f84")
_LEAVE, _RETURN = 0x5D, 0xC3
_LOAD = bytes.fromhex("488b")
#: The first version whose collector has lists for each interpreter.
_APART = (3, 9)
#: From this version on the runtime says whether it has a GIL, this many bytes from its start.
_TELLS_GIL, _NO_GIL = (3, 13), 16

_Loads = list[tuple[bool, int]]


@dataclass(frozen=True, slots=True)
class InterpreterList:
    """Where the list of a process's interpreters begins, how one leads to the next and to its ID.

    ``to_id`` is empty if IDs cannot be read.
    """

    to_head: _Loads
    to_next: _Loads
    to_id: _Loads
    lists: ObjectLists

    def states(self, memory: Memory) -> list[int]:
        """Addresses of the interpreters' states; empty if they cannot be read.  Raises ``OSError``."""
        states: list[int] = []
        state = _follow(memory.word, self.to_head, 0)
        while state and len(states) < _MOST:
            states.append(state)
            state = _follow(memory.word, self.to_next, state)
        return states if len(states) < _MOST else []

    def by_id(self, memory: Memory) -> dict[int, int]:
        """The states' addresses by ID, in the order of IDs; empty if they cannot be read.  Raises ``OSError``."""
        if not self.to_id:
            return {}
        states = self.states(memory)
        found = {_follow(memory.word, self.to_id, state): state for state in states}
        if MAIN not in found or len(found) != len(states) or max(found) >= 1 << 31:
            return {}
        return dict(sorted(found.items()))

    def read(self, proc: str) -> Interpreters | None:
        """The interpreters that there are now; None if they cannot be read."""
        try:
            with Memory(proc) as memory:
                ids = tuple(self.by_id(memory))
                count = len(ids) or len(self.states(memory))
        except OSError:
            return None
        return Interpreters(count, ids, self.lists) if count else None


def interpreter_list(memory: Memory, image: Image) -> InterpreterList | None:
    """The list of an interpreter's image; None if it is not found.  Raises ``OSError``."""
    to_head = _loads_of(memory, image, "PyInterpreterState_Head")
    to_next = _loads_of(memory, image, "PyInterpreterState_Next")
    to_id = _loads_of(memory, image, "PyInterpreterState_GetID")
    if not to_head or not to_next or to_next[0][0] or not to_head[0][0]:
        return None
    if to_id and to_id[0][0]:
        to_id = []
    return InterpreterList(to_head, to_next, to_id, _lists_of(memory, image))


def reader_of(pid: int) -> Callable[[], Interpreters | None]:
    """What reads, whenever it is called, which interpreters process ``pid`` has; None if that cannot be read."""
    try:
        facts = facts_of(pid)
        if facts.interpreter:
            with Memory(facts.proc) as memory:
                found = interpreter_list(memory, Image(memory, facts.interpreter))
            if found is not None:
                return partial(found.read, facts.proc)
    except (OSError, NotElf, MemtuiError):
        pass  # it is gone, or not one that we may look into
    return lambda: None


def list_interpreters(pid: int) -> Interpreters | None:
    """The interpreters of process ``pid`` now; None if they cannot be read."""
    return reader_of(pid)()


def _lists_of(memory: Memory, image: Image) -> ObjectLists:
    """Where the collector keeps the objects of several interpreters.  Raises ``OSError``."""
    version, runtime = version_of(memory, image), image.find("_PyRuntime")
    if version < _APART:
        return ObjectLists.TOGETHER
    if version >= _TELLS_GIL and runtime and memory.word(runtime.address + _NO_GIL):
        return ObjectLists.NOWHERE
    return ObjectLists.APART


def _loads_of(memory: Memory, image: Image, name: str) -> _Loads:
    function = image.find(name)
    if function is None:
        return []
    return loads(memory.read(function.address, _CODE), function.address)


def _follow(word: Callable[[int], int], steps: _Loads, value: int) -> int:
    for is_absolute, offset in steps:
        value = word(offset if is_absolute else value + offset)
    return value


def loads(code: bytes, address: int) -> _Loads:
    """The loads of a function that does nothing else; empty if ``code`` is anything else.

    Each is whether its place is an address of its own (relative to the code), and that or the offset
    from the value before, the argument at first.  The function may test its argument for zero first.
    """
    at = _begins(code)
    found: _Loads = []
    base = 7  # rdi, where the argument is
    while code.startswith(_LOAD, at) and at + 7 <= len(code):
        mode, register, source = code[at + 2] >> 6, code[at + 2] >> 3 & 7, code[at + 2] & 7
        if register:
            return []
        at += 3
        if mode == 0 and source == 5:
            at += 4
            found.append((True, address + at + struct.unpack_from("<i", code, at - 4)[0]))
        elif source != base or mode == 3 or source == 4:
            return []
        elif mode == 0:
            found.append((False, 0))
        elif mode == 1:
            found.append((False, struct.unpack_from("<b", code, at)[0]))
            at += 1
        else:
            found.append((False, struct.unpack_from("<i", code, at)[0]))
            at += 4
        base = 0  # rax, where it was put
    if code[at : at + 1] == bytes([_LEAVE]):
        at += 1
    return found if code[at : at + 1] == bytes([_RETURN]) else []


def _begins(code: bytes) -> int:
    """Where the first load is."""
    at, before = 0, -1
    while at != before:
        before = at
        for entry in _ENTRIES:
            if code.startswith(entry, at):
                at += len(entry)
        if code.startswith(_TEST + _SHORT_JUMP, at):
            at += len(_TEST) + 2
        elif code.startswith(_TEST + _JUMP, at):
            at += len(_TEST) + 6
    return at
