"""Growth in rounds: what grew every time, and how evenly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memtui.model.growth import Growth

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, eq=False)
class Rounds(Growth):
    """A growth over a span that is cut into rounds; a change in any round counts.

    ``moments`` are when it was counted, one more than there are rounds, and ``round_deltas[k][i]`` is
    the change in number of row ``i`` in round ``k``.  ``grown[i]`` and ``shrunk[i]`` say in how many
    rounds the type grew and shrank: in number or, where the number stayed, in size.  ``steadiness[i]``
    is how much of the change lies on a straight line, r² from 0 to 1, of the number or, where that
    never changed, of the size; None for less than two rounds.
    """

    moments: Sequence[float]
    round_deltas: Sequence[Sequence[int]]
    grown: Sequence[int]
    shrunk: Sequence[int]
    steadiness: Sequence[float | None]

    @property
    def total(self) -> int:
        """How many rounds there are."""
        return len(self.moments) - 1

    def always_grew(self, row: int) -> bool:
        """Whether the type of one row grew in every round."""
        return self.grown[row] == self.total

    @property
    def always(self) -> int:
        """How many types grew in every round."""
        return self.grown.count(self.total)
