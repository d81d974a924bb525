"""The addresses of functions in the target, read from its own memory.

The loader maps the tables for finding symbols (headers, ``.dynamic``, the hash tables) together with
the code, so no file has to be opened by name.  A deleted executable, another mount namespace and a
container's root make no difference.  Each file is read once and kept for the life of the viewer.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from memtui.attach.maps import Mapping
    from memtui.attach.memory import Memory

_HASH, _STRTAB, _SYMTAB, _GNU_HASH = 4, 5, 6, 0x6FFFFEF5
_SHT_OFFSET, _SH_COUNTS = slice(40, 48), slice(58, 64)
#: One page: more than any ELF header and its program headers together.
_HEAD = 4096
_SYMBOL = struct.Struct("<IBBHQQ")


class NotElf(Exception):
    """The mapping is not a 64-bit ELF file with dynamic symbols."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A defined dynamic symbol: its address in the target, and its size in bytes."""

    address: int
    size: int

    def __contains__(self, address: int) -> bool:
        return self.address <= address < self.address + self.size


class Image:
    """One ELF file as it is mapped in the target.  ``mappings`` are all mappings of that file."""

    def __init__(self, memory: Memory, mappings: Sequence[Mapping]) -> None:
        self._memory = memory
        self._mappings = mappings
        first = min(mappings, key=lambda mapping: mapping.start)
        head = memory.read(first.start, _HEAD)
        layout = _layouts.get((first.file, head))
        if layout is None:
            layout = _layouts[first.file, head] = _Layout(memory, first.start, head)
        self._layout = layout
        self._bias = first.start - self._layout.first_address
        self.path = first.path

    def find(self, name: str) -> Symbol | None:
        """The symbol ``name``; None if this file does not define it."""
        layout = self._layout
        if name not in layout.known:
            layout.known[name] = layout.look_up(self._memory, self._bias, name.encode())
        found = layout.known[name]
        return Symbol(self._bias + found[0], found[1]) if found else None

    def find_code(self, patterns: Iterable[bytes]) -> tuple[int, int] | None:
        """Start and end address of the first of ``patterns`` that executable memory contains."""
        layout = self._layout
        wanted = tuple(patterns)
        if wanted not in layout.code:
            layout.code[wanted] = self._search(wanted)
        found = layout.code[wanted]
        return (self._bias + found[0], self._bias + found[1]) if found else None

    def has_code(self, address: int) -> bool:
        """Whether ``address`` lies in this file's executable memory."""
        return any(m.executable and m.start <= address < m.end for m in self._mappings)

    def _search(self, patterns: tuple[bytes, ...]) -> tuple[int, int] | None:
        for mapping in self._mappings:
            if not mapping.executable:
                continue
            text = self._memory.read(mapping.start, mapping.end - mapping.start)
            for pattern in patterns:
                at = text.find(pattern)
                if at >= 0:
                    start = mapping.start + at - self._bias
                    return start, start + len(pattern)
        return None


class _Layout:
    """The tables of one file, with addresses relative to the file."""

    def __init__(self, memory: Memory, start: int, data: bytes) -> None:
        head = bytearray(data)
        # Section headers are not mapped, so declare that the file has none.
        head[_SHT_OFFSET], head[_SH_COUNTS] = bytes(8), bytes(6)
        try:
            elf = ELFFile(io.BytesIO(bytes(head)))
            segments = [elf.get_segment(i).header for i in range(elf.num_segments())]
        except (ELFError, ValueError) as error:
            raise NotElf(str(error)) from error
        loads = [segment for segment in segments if segment.p_type == "PT_LOAD"]
        dynamic = [segment for segment in segments if segment.p_type == "PT_DYNAMIC"]
        if elf.elfclass != 64 or not loads or not dynamic:
            raise NotElf("no dynamic symbols")
        #: The address of the first byte according to the file; the loader's shift follows from it.
        self.first_address: int = (loads[0].p_vaddr - loads[0].p_offset) & ~0xFFF
        self.known: dict[str, tuple[int, int] | None] = {}
        self.code: dict[tuple[bytes, ...], tuple[int, int] | None] = {}
        bias = start - self.first_address
        self._tables = _dynamic(memory, bias + dynamic[0].p_vaddr, dynamic[0].p_memsz, bias)
        if _SYMTAB not in self._tables or _STRTAB not in self._tables:
            raise NotElf("no dynamic symbols")

    def look_up(self, memory: Memory, bias: int, name: bytes) -> tuple[int, int] | None:
        """Address (relative to the file) and size of symbol ``name``."""
        if _GNU_HASH in self._tables:
            indexes = _gnu_candidates(memory, bias + self._tables[_GNU_HASH], name)
        elif _HASH in self._tables:
            indexes = _sysv_candidates(memory, bias + self._tables[_HASH], name)
        else:
            return None
        for index in indexes:
            data = memory.read(bias + self._tables[_SYMTAB] + index * _SYMBOL.size, _SYMBOL.size)
            text, _, _, section, value, size = _SYMBOL.unpack(data)
            if not section:
                continue
            found = memory.read(bias + self._tables[_STRTAB] + text, len(name) + 1)
            if found == name + b"\0":
                return value, size
        return None


#: By file identity and first page.  Inode numbers are reused, but the first page has the build's identity.
_layouts: dict[tuple[tuple[str, int, str], bytes], _Layout] = {}


def _dynamic(memory: Memory, address: int, size: int, bias: int) -> dict[int, int]:
    """The tables that ``.dynamic`` points to, as addresses relative to the file.

    glibc adds its shift to these pointers, musl and the vDSO do not.
    """
    data = memory.read(address, min(size, 1 << 16))
    entries = dict(struct.iter_unpack("<QQ", data[: len(data) & ~15]))
    wanted = {tag: entries[tag] for tag in (_HASH, _STRTAB, _SYMTAB, _GNU_HASH) if tag in entries}
    return {tag: value - bias if value >= bias else value for tag, value in wanted.items()}


def _gnu_candidates(memory: Memory, table: int, name: bytes) -> Iterable[int]:
    """Indexes of the symbols whose hash equals that of ``name``, from ``DT_GNU_HASH``."""
    buckets, offset, bloom = struct.unpack("<III", memory.read(table, 12))
    if not buckets:
        return
    hashed = 5381
    for byte in name:
        hashed = (hashed * 33 + byte) & 0xFFFFFFFF
    heads = table + 16 + bloom * 8
    index = memory.number(heads + hashed % buckets * 4)
    if index < offset:
        return
    chain = heads + buckets * 4
    while True:
        value = memory.number(chain + (index - offset) * 4) & 0xFFFFFFFF
        if (value ^ hashed) < 2:
            yield index
        if value & 1:
            return
        index += 1


def _sysv_candidates(memory: Memory, table: int, name: bytes) -> Iterable[int]:
    """The same from ``DT_HASH``, which older files have instead."""
    buckets, count = struct.unpack("<II", memory.read(table, 8))
    if not buckets:
        return
    hashed = 0
    for byte in name:
        hashed = (hashed << 4) + byte
        hashed = (hashed ^ ((hashed & 0xF0000000) >> 24)) & 0x0FFFFFFF
    index = memory.number(table + 8 + hashed % buckets * 4)
    for _ in range(count):
        if not index:
            return
        yield index
        index = memory.number(table + 8 + (buckets + index) * 4)
