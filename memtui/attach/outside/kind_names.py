"""What types are called, read from the process's memory, spelled as the agent spells them.

The layouts read here are part of the binary interface of each version: extension modules are compiled
against them.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from memtui.model.safe import TypeName, safe_name

if TYPE_CHECKING:
    from memtui.attach.memory import Memory

#: Offsets in a type.
_NAME, _FLAGS, _DICT, _TYPE_SIZE = 24, 168, 264, 1024
_HEAP_TYPE = 1 << 9
#: Where ``ht_name`` of a heap type may be; ``ht_qualname`` comes two words later.
_HEAP_NAME = range(800, 960, 8)
_LONGEST = 500
_MOST_ENTRIES = 4096
_WIDTHS = {1: "latin-1", 2: "utf-16-le", 4: "utf-32-le"}


class KindNames:
    """Names by the address of the type; None for what is not read as a type."""

    def __init__(self, memory: Memory, version: tuple[int, int]) -> None:
        self._memory = memory
        self._version = version
        self._known: dict[int, TypeName | None] = {}

    def of(self, kind: int) -> TypeName | None:
        """``module.QualName``; a builtin type has no module."""
        if kind not in self._known:
            try:
                name = self._read(kind)
            except (OSError, OverflowError, struct.error, UnicodeError):
                name = None
            self._known[kind] = None if name is None else TypeName(safe_name(name))
        return self._known[kind]

    def _read(self, kind: int) -> str | None:
        data = self._memory.read(kind, _TYPE_SIZE)
        short = self._c_text(_word(data, _NAME))
        if not _word(data, _FLAGS) & _HEAP_TYPE:
            module, _, name = short.rpartition(".")
            return _joined(module, name) if name else None
        last = short.rpartition(".")[2]
        for at in _HEAP_NAME:
            if self._text(_word(data, at)) == last:
                name = self._text(_word(data, at + 16)) or last
                return _joined(self._module(_word(data, _DICT)), name)
        return None

    def _module(self, mapping: int) -> str:
        for key, value in self._entries(mapping):
            if self._text(key) == "__module__":
                return self._text(value) or ""
        return ""

    def _entries(self, mapping: int) -> list[tuple[int, int]]:
        """Keys and values of a dict that has no values of its own beside its keys."""
        keys = self._memory.word(mapping + 32)
        head = self._memory.read(keys, 40)
        if self._version < (3, 11):
            size, used = _word(head, 8), _word(head, 32)
            start, entry = keys + 40 + size * _index_width(size), 24
        else:
            size, used = 1 << head[8], _word(head, 24)
            # A table whose keys are all texts keeps no hashes.
            start, entry = keys + 32 + (1 << head[9]), 16 if head[10] else 24
        if used > min(size, _MOST_ENTRIES):
            return []
        data = self._memory.read(start, used * entry)
        rows = struct.iter_unpack("<QQ" if entry == 16 else "<8xQQ", data)
        return [(key, value) for key, value in rows if key and value]

    def _text(self, address: int) -> str | None:
        """The str at ``address``, None if there is none that can be read."""
        if not address or address & 7:
            return None
        try:
            head = self._memory.read(address, 40)
        except (OSError, OverflowError):
            return None
        length, state = _word(head, 16), int.from_bytes(head[32:36], "little")
        # Whether it is interned takes two bits, sixteen in some releases; the width behind it is never 0.
        state >>= 2 if state & 0xFFFC else 16
        width, is_compact, is_ascii = state & 7, state & 8, state & 16
        if not is_compact or width not in _WIDTHS or not 0 < length <= 4 * _LONGEST:
            return None
        # Up to 3.11 there is a pointer to another form of the text behind its state.
        start = 40 if self._version >= (3, 12) else 48
        if not is_ascii:
            start += 16 if self._version >= (3, 12) else 24
        data = self._memory.read(address + start, min(length, _LONGEST) * width)
        return data.decode(_WIDTHS[width], "surrogatepass")

    def _c_text(self, address: int) -> str:
        data = b""
        while b"\0" not in data and len(data) <= 4 * _LONGEST:
            # Not beyond the end of a page: the next one may not be there.
            at = address + len(data)
            data += self._memory.read(at, min(64, 4096 - at % 4096))
        return data.partition(b"\0")[0].decode("utf-8", "replace")


def _word(data: bytes, at: int) -> int:
    return int(struct.unpack_from("<Q", data, at)[0])


def _index_width(size: int) -> int:
    if size <= 0xFF:
        return 1
    if size <= 0xFFFF:
        return 2
    return 4 if size <= 0xFFFFFFFF else 8


def _joined(module: str, name: str) -> str:
    name = name[:_LONGEST]
    if module and module != "builtins":
        name = f"{module[:_LONGEST]}.{name}"
    return name if name.isascii() else name.encode("utf-8", "backslashreplace").decode()
