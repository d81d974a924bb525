"""Where memory was allocated: what tracemalloc saw, by file, by line and by traceback."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from memtui.model.cost import Cost

if TYPE_CHECKING:
    from collections.abc import Mapping


class Frame(NamedTuple):
    """A line of a file; line 0 stands for the whole file."""

    file: str
    line: int


Frames = tuple[Frame, ...]
"""A traceback, the innermost frame first; a line or a file is one of one frame."""


class Sums(NamedTuple):
    """Memory blocks that are alive, and their bytes together."""

    bytes: int = 0
    blocks: int = 0

    def __add__(self, other: Sums) -> Sums:  # type: ignore[override]
        return Sums(self.bytes + other.bytes, self.blocks + other.blocks)


NOTHING = Sums()


class Group(StrEnum):
    """What one row stands for."""

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
class Price:
    """What the next snapshot costs the target at most.

    ``traces`` are memory blocks that are traced.  The process stops for ``stall_ms``; ``bytes``
    more are taken meanwhile, in the process itself or, with ``child``, in a forked one, which
    ``no_child`` tells why there is not.  When tracing stops it stands for ``stop_ms``.
    ``asks``: this is so much that it is done with consent only.
    """

    traces: int
    child: bool
    stall_ms: float
    bytes: int
    stop_ms: float
    no_child: str | None
    asks: bool


@dataclass(frozen=True, slots=True)
class Tracing:
    """tracemalloc as it stands in the target.

    ``ours`` tells that a viewer's session started it; otherwise it is the application's own and is
    left as it is.  ``ended`` is why tracing for this session is over (``budget``, ``time`` or
    ``application``, which stopped it), None while it is not.  ``depth`` is in frames.
    ``traced_bytes`` and ``peak_bytes`` are of all blocks since tracing began, the agent's among them;
    ``overhead_bytes`` is tracemalloc's own memory, which is to stay under ``budget_bytes``.
    """

    on: bool
    ours: bool
    ended: str | None
    depth: int
    budget_bytes: int | None
    traced_bytes: int
    peak_bytes: int
    overhead_bytes: int
    price: Price | None
    cost: Cost = field(default_factory=Cost)


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """All traced blocks at one moment, ``at`` in seconds since the epoch.

    ``lines`` has every line; ``stacks`` the largest tracebacks, and ``rest`` is what the others
    hold, ``rest_stacks`` of them.  In no row: ``own``, of memtui's agent; ``imports``, of the import
    system with no other frame behind it.  ``cut`` are tracebacks with frames beyond the depth.
    ``spelled`` has files as the target spells them, where they are shown differently.
    """

    at: float
    tracing: Tracing
    traces: int
    lines: Mapping[Frame, Sums]
    stacks: Mapping[Frames, Sums]
    own: Sums = NOTHING
    imports: Sums = NOTHING
    rest: Sums = NOTHING
    rest_stacks: int = 0
    cut: frozenset[Frames] = frozenset()
    spelled: Mapping[str, str] = field(default_factory=dict)
    child: bool = False
    cost: Cost = field(default_factory=Cost)


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
        """1 for what grew in every round, −1 for what shrank in every round, about 0 for churn."""
        return (self.grew - self.shrank) / self.rounds if self.rounds else 0.0

    @property
    def score(self) -> float:
        """What growth is ordered by: the slope, as far as it is steady; bytes a second, 0 if none."""
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
