"""The lists in which an interpreter's collector keeps its objects, one for each generation."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from memtui.attach.memory import Memory

#: The lowest bits of a link are flags of the collector's.
LINK = ~3
#: Where to look for the lists in the state of an interpreter, bytes.
_SEARCHED = 1 << 16
#: A list's head is two links and two numbers; there are three generations.
GENERATION, GENERATIONS = 24, 3
_LARGEST_DEBUG, _LARGEST_THRESHOLD = 0x3F, 1 << 30


@dataclass(frozen=True, slots=True)
class Heads:
    """Where the lists' heads are, from the start of an interpreter's state; ``frozen`` is that of gc.freeze()."""

    first: int
    frozen: int

    def of(self, state: int) -> tuple[int, ...]:
        """The addresses of the three generations' heads, the youngest first."""
        return tuple(state + self.first + GENERATION * i for i in range(GENERATIONS))


def find_heads(memory: Memory, state: int) -> Heads | None:
    """Find the heads in the state of an interpreter; None unless exactly one place looks like them.

    They are three in a row, each the start and the end of a list, behind two small numbers (whether the
    collector is enabled, and its debugging flags).  The head for frozen objects follows, up to 3.13 after a pointer to
    the first one.
    """
    data = b""
    try:
        while len(data) < _SEARCHED:
            data += memory.read(state + len(data), 4096)
    except OSError:
        pass
    words = struct.unpack(f"<{len(data) // 8}Q", data)
    found = []
    for at in range(1, len(words) - 12):
        if words[at] and not words[at] & 7 and _may_begin(words, at):
            after = at + 3 * GENERATIONS
            frozen = after + 1 if words[after] == state + 8 * at else after
            places = [at, at + 3, at + 6, frozen]
            if all(_is_head(memory, state + 8 * each) for each in places):
                found.append(Heads(8 * at, 8 * frozen))
    return found[0] if len(found) == 1 else None


def _may_begin(words: tuple[int, ...], at: int) -> bool:
    enabled, debug = words[at - 1] & 0xFFFFFFFF, words[at - 1] >> 32
    thresholds = [words[at + 2 + 3 * each] & 0xFFFFFFFF for each in range(GENERATIONS)]
    return enabled <= 1 and debug <= _LARGEST_DEBUG and max(thresholds) < _LARGEST_THRESHOLD


def _is_head(memory: Memory, head: int) -> bool:
    try:
        following, last = struct.unpack("<QQ", memory.read(head, 16))
        return bool(
            following
            and memory.word((following & LINK) + 8) & LINK == head
            and memory.word(last & LINK) & LINK == head
        )
    except (OSError, OverflowError):
        return False
