"""Objects that the collector does not track, and the memory that objects have outside of themselves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from memtui.model.cost import Cost

if TYPE_CHECKING:
    from collections.abc import Sequence

PROCESS, MAPPED = "process", "mapped"
"""Where memory is, beside the names of devices."""


@dataclass(frozen=True, slots=True)
class Outside:
    """Buffers that objects of a type have outside of themselves, each counted once.

    ``objects`` were looked at, and led to ``regions`` of together ``size`` bytes that no other row
    has.  ``place`` is PROCESS, MAPPED (address space of files) or a device's name.
    """

    type: str
    objects: int
    regions: int
    size: int
    place: str


@dataclass(frozen=True, slots=True)
class Holder:
    """Objects of a type that hold ``size`` bytes of arrays and buffers, which are told of those."""

    type: str
    objects: int
    size: int


@dataclass(frozen=True, slots=True)
class Untold:
    """``count`` objects of a type whose memory is not told, or not exactly, and why (a word)."""

    type: str
    why: str
    count: int


@dataclass(frozen=True, slots=True)
class Pool:
    """What a library says that it has allocated in all, bytes."""

    library: str
    size: int


@dataclass(frozen=True, slots=True, eq=False)
class Untracked:
    """Estimates by type, as columns: row ``i`` is ``names[i]``, about ``counts[i]`` and ``sizes[i]`` bytes.

    They were met through what refers to them: between ``least[i]`` and ``most[i]`` objects.  What
    nothing but C or the stacks of running code refers to was not met and is in no figure.
    ``immortal`` counts the references to objects that never die and are left out.
    """

    at: float
    names: Sequence[str]
    counts: Sequence[int]
    sizes: Sequence[int]
    most: Sequence[int]
    least: Sequence[int]
    immortal: int = 0
    frozen: int = 0
    outside: Sequence[Outside] = ()
    untold: Sequence[Untold] = ()
    holders: Sequence[Holder] = ()
    pools: Sequence[Pool] = ()
    cost: Cost = field(default_factory=Cost)

    @property
    def error(self) -> float:
        """How far the number of all of them may be off, as a share of it."""
        total = sum(self.counts)
        return max(sum(self.most) - total, total - sum(self.least)) / total if total else 0.0
