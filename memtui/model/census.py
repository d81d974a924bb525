"""The type summary: how many objects of each type, and how large."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from memtui.model.cost import Cost

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, eq=False)
class Census:
    """Objects by type, as columns of one length: row ``i`` is ``names[i], counts[i], sizes[i]``.

    ``names`` keep their place for the life of a session: a later census of the same session has
    the same names at the same rows, new ones behind them, and 0 where a type has vanished.
    ``sizes`` are shallow sizes in bytes, as ``sys.getsizeof`` would give, summed per type.
    ``frozen`` counts objects that ``gc.freeze()`` took out of the collector's sight: they are
    alive but listed in no row.  ``own`` counts memtui's objects, which are left out of all rows.
    """

    at: float
    names: Sequence[str]
    counts: Sequence[int]
    sizes: Sequence[int]
    frozen: int = 0
    own: int = 0
    coverage: str = "tracked"
    cost: Cost = field(default_factory=Cost)

    @cached_property
    def objects(self) -> int:
        """How many objects were counted, over all types."""
        return sum(self.counts)

    @cached_property
    def size(self) -> int:
        """Their shallow sizes together, bytes."""
        return sum(self.sizes)
