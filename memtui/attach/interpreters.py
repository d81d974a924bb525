"""How many interpreters a process has, read from its memory: the agent looks into the main one only.

CPython exports two functions that lead along the list of interpreters.  Each is a load or two and a
return, so their few bytes of machine code say where the list begins and where its links are.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memtui.attach.elf import Image, NotElf
from memtui.attach.facts import facts_of
from memtui.attach.memory import Memory
from memtui.model.errors import MemtuiError

if TYPE_CHECKING:
    from collections.abc import Callable

#: A list that is longer was not read as it is.
_MOST = 10_000
_CODE = 32
#: ``endbr64``, and what a function with a frame begins and ends with.
_ENTRIES = (bytes.fromhex("f30f1efa"), bytes.fromhex("554889e5"))
_LEAVE, _RETURN = 0x5D, 0xC3
_LOAD = bytes.fromhex("488b")

_Loads = list[tuple[bool, int]]


@dataclass(frozen=True, slots=True)
class InterpreterList:
    """Where the list of a process's interpreters begins, and how one leads to the next."""

    proc: str
    to_head: _Loads
    to_next: _Loads

    def count(self) -> int | None:
        """How many there are now; None if that cannot be read."""
        try:
            with Memory(self.proc) as memory:
                state, many = _follow(memory.word, self.to_head, 0), 0
                while state and many < _MOST:
                    many += 1
                    state = _follow(memory.word, self.to_next, state)
        except OSError:
            return None
        return many if 0 < many < _MOST else None


def interpreter_list(pid: int) -> InterpreterList | None:
    """The list of process ``pid``; None if it cannot be found."""
    try:
        facts = facts_of(pid)
        if not facts.interpreter:
            return None
        with Memory(facts.proc) as memory:
            return _found(facts.proc, memory, Image(memory, facts.interpreter))
    except (OSError, NotElf, MemtuiError):
        return None


def count_interpreters(pid: int) -> int | None:
    """The interpreters of process ``pid`` now; None if that cannot be read."""
    found = interpreter_list(pid)
    return None if found is None else found.count()


def _found(proc: str, memory: Memory, image: Image) -> InterpreterList | None:
    head, following = image.find("PyInterpreterState_Head"), image.find("PyInterpreterState_Next")
    if head is None or following is None:
        return None
    to_head = loads(memory.read(head.address, _CODE), head.address)
    to_next = loads(memory.read(following.address, _CODE), following.address)
    if not to_head or not to_next or to_next[0][0] or not to_head[0][0]:
        return None
    return InterpreterList(proc, to_head, to_next)


def _follow(word: Callable[[int], int], steps: _Loads, value: int) -> int:
    for is_absolute, offset in steps:
        value = word(offset if is_absolute else value + offset)
    return value


def loads(code: bytes, address: int) -> _Loads:
    """The loads of a function that does nothing else; empty if ``code`` is anything else.

    Each is whether its place is an address of its own (relative to the code), and that or the offset
    from the value before, the argument at first.
    """
    at = 0
    for entry in _ENTRIES:
        if code.startswith(entry, at):
            at += len(entry)
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
