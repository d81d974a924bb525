"""Types that grow together: an object of one brings objects of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memtui.diagnosis.matching import NEAR, NEAR_LEAST, is_material, is_near_number
from memtui.numbers import np

if TYPE_CHECKING:
    from memtui.model.growth import Growth

#: Only so many of the types that grew most are compared with each other.
_MOST = 60
#: A type that grew by fewer objects is in no group: small numbers are equal by chance.
_LEAST = 5
#: A material type, such as dict, may come in this many pieces for each object of the leader.
_PIECES = 6


def together(growth: Growth) -> dict[int, int]:
    """For each row of ``growth`` that grew along with another one, the row of that leader.

    The leader is the largest growth among types that are not only material, as in a report.
    """
    counts = np.asarray(growth.count_deltas)
    rows = [int(row) for row in np.argsort(-counts, kind="stable")[:_MOST] if counts[row] >= _LEAST]
    rows.sort(key=lambda row: (is_material(growth.names[row]), -growth.size_deltas[row]))
    leaders: list[int] = []
    below: dict[int, int] = {}
    for row in rows:
        material = is_material(growth.names[row])
        leader = next(
            (
                each
                for each in leaders
                if _belongs(int(counts[row]), int(counts[each]), material=material)
            ),
            None,
        )
        if leader is None:
            leaders.append(row)
        else:
            below[row] = leader
    return below


def _belongs(grown: int, leader: int, *, material: bool) -> bool:
    if is_near_number(grown, leader):
        return True
    pieces = round(grown / leader)
    if not material or not 1 < pieces <= _PIECES:
        return False
    return abs(grown - pieces * leader) <= max(NEAR_LEAST, NEAR * leader)
