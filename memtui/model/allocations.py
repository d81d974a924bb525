"""Rows of allocations: what each describes, and how it changed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from memtui.model.safe import FileName


class Frame(NamedTuple):
    """A line of a file; line 0 means the whole file."""

    file: FileName
    line: int


Frames = tuple[Frame, ...]
"""A traceback, the innermost frame first; a line or a file is one of one frame."""


class Group(StrEnum):
    """What one row describes."""

    LINE = "line"
    FILE = "file"
    TRACEBACK = "traceback"


class Scope(StrEnum):
    """Whose allocations: everything, what your code asked for, or what libraries did on their own.

    ``YOURS`` names the innermost line of your code, however deep in a library the allocation
    happened; how far out that can be seen is the depth of the tracing.
    """

    ALL = "all"
    YOURS = "yours"
    LIBRARIES = "libraries"


@dataclass(frozen=True, slots=True)
class Allocation:
    """One row: the blocks of a file, line or traceback, and how they changed over the snapshots.

    The deltas are from the first snapshot to the last; ``bytes_per_s`` is the slope of a line
    fitted through all of them, and ``fit`` how much of the change that line explains, from 0 to 1.
    It grew in ``grew`` and shrank in ``shrank`` of ``rounds``.
    """

    frames: Frames
    bytes: int
    blocks: int
    bytes_delta: int = 0
    blocks_delta: int = 0
    bytes_per_s: float = 0.0
    fit: float = 0.0
    grew: int = 0
    shrank: int = 0
    rounds: int = 0

    @property
    def steadiness(self) -> float:
        """1 if it grew in every round, −1 if it shrank in every round, about 0 for churn."""
        return (self.grew - self.shrank) / self.rounds if self.rounds else 0.0

    @property
    def score(self) -> float:
        """The sort key for growth: the slope, weighted by how steady it is; bytes a second, at least 0."""
        return max(0.0, self.bytes_per_s) * max(0.0, self.steadiness) * self.fit


_LIBRARY = re.compile(
    r"/(?:site|dist)-packages/|/lib(?:64)?/(?:python|pypy)3(?:\.\d+t?)?/|/python3\d+\.zip/"
    r"|^<frozen |^<unknown>$"
)


def is_yours(file: str) -> bool:
    """Whether ``file`` is the application's: not installed, not of the standard library.

    ``<unknown>`` is memory that was allocated with no Python frame on the stack.
    """
    return _LIBRARY.search(file) is None
