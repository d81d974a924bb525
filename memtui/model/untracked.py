"""Objects that the collector does not track: texts, numbers, arrays, flat containers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from memtui.model.cost import Cost

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, eq=False)
class Untracked:
    """Estimates by type, as columns: row ``i`` is ``names[i]``, about ``counts[i]`` and ``sizes[i]`` bytes.

    They were met through what refers to them, and an object that is also referred to by what is not
    met (C, the stacks of running code) counts for the share of its references that was.  So the
    figures may be too low; there are at most ``most[i]`` objects that were met at all.
    ``immortal`` counts the references to objects that never die and are left out.
    """

    at: float
    names: Sequence[str]
    counts: Sequence[int]
    sizes: Sequence[int]
    most: Sequence[int]
    immortal: int = 0
    frozen: int = 0
    cost: Cost = field(default_factory=Cost)
