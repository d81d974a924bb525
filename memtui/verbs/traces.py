"""The tables of a snapshot of allocations: blocks by line and by traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self, TypeVar

import msgspec

from memtui.model.allocations import Frame, Frames
from memtui.model.safe import FileName
from memtui.verbs.asking import Count

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Sums(NamedTuple):
    """Memory blocks that are alive, and their bytes together."""

    bytes: Count
    blocks: Count

    def __add__(self, other: Sums) -> Sums:  # type: ignore[override]
        return Sums(self.bytes + other.bytes, self.blocks + other.blocks)


NOTHING = Sums(0, 0)
Key = TypeVar("Key")
_texts = msgspec.msgpack.Decoder(list[str])
_rows = msgspec.msgpack.Decoder(list[list[Count]])


class Tables:
    """Sums by line and by traceback; no dataclass, because msgspec cannot fill it by itself.

    ``cut`` are tracebacks with frames beyond the depth.  ``spelled`` maps shown files to the
    target's spelling, if it differs.
    """

    __slots__ = ("cut", "lines", "spelled", "stacks")

    def __init__(
        self,
        lines: Mapping[Frame, Sums],
        stacks: Mapping[Frames, Sums],
        cut: frozenset[Frames] = frozenset(),
        spelled: Mapping[FileName, str] | None = None,
    ) -> None:
        self.lines = lines
        self.stacks = stacks
        self.cut = cut
        self.spelled = spelled or {}

    @classmethod
    def from_wire(cls, told: object) -> Self:
        """From three lists of packed chunks: files, lines and tracebacks, files by number.

        Raises ValueError if it is malformed.
        """
        files, line_rows, stack_rows = msgspec.convert(
            told, tuple[list[bytes], list[bytes], list[bytes]]
        )
        spelled: dict[FileName, str] = {}
        shown: list[FileName] = []
        for name in (name for chunk in files for name in _texts.decode(chunk)):
            shown.append(FileName(name))
            if shown[-1] != name:
                spelled[shown[-1]] = name
        frames = _Frames(shown)
        lines: dict[Frame, Sums] = {}
        for row in _table(line_rows):
            if len(row) != 4:
                raise ValueError(f"lines: a row of {len(row)} figures")
            _add(lines, frames.frame(row[0], row[1]), Sums(row[2], row[3]))
        stacks: dict[Frames, Sums] = {}
        cut = set()
        for row in _table(stack_rows):
            if len(row) < 5 or len(row) % 2 == 0:
                raise ValueError(f"stacks: a row of {len(row)} figures")
            stack = frames.stack(row[3:])
            _add(stacks, stack, Sums(row[0], row[1]))
            if row[2]:
                cut.add(stack)
        return cls(lines, stacks, frozenset(cut), spelled)


class _Frames:
    """Frames by number of file and line, one object each."""

    def __init__(self, files: list[FileName]) -> None:
        self._files = files
        self._known: dict[tuple[int, int], Frame] = {}

    def frame(self, file: int, line: int) -> Frame:
        known = self._known.get((file, line))
        if known is None:
            if file >= len(self._files):
                raise ValueError(f"file {file} of {len(self._files)}")
            known = self._known[file, line] = Frame(self._files[file], line)
        return known

    def stack(self, numbers: list[int]) -> Frames:
        return tuple(map(self.frame, numbers[::2], numbers[1::2]))


def _add(table: dict[Key, Sums], key: Key, sums: Sums) -> None:
    # Two files may look the same once their names are safe.
    table[key] = table[key] + sums if key in table else sums


def _table(chunks: Iterable[bytes]) -> Iterable[list[int]]:
    for chunk in chunks:
        yield from _rows.decode(chunk)
