"""Names that are spelled like a wanted one, for "near it: …"."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: How far a name that only contains the wanted one comes behind all that are similar to it.
_CONTAINS = 100
#: Longer names are not compared: it takes as many steps as both have characters, multiplied.
_LONGEST = 100


def nearest(wanted: str, names: Iterable[str], most: int = 3) -> list[str]:
    """Up to ``most`` of ``names`` that are spelled like ``wanted``, the nearest first."""
    wanted = wanted.lower()
    scored = []
    for name in names if len(wanted) <= _LONGEST else ():
        if len(name) > _LONGEST:
            continue
        distance = _distance(wanted, name.lower(), 1 + len(wanted) // 3)
        if distance is not None:
            scored.append((distance, name))
        elif wanted in name.lower():
            scored.append((_CONTAINS, name))
    return [name for _, name in sorted(scored)[:most]]


def _distance(left: str, right: str, limit: int) -> int | None:
    """How many characters differ (Levenshtein), None above ``limit``."""
    if abs(len(left) - len(right)) > limit:
        return None
    above = list(range(len(right) + 1))
    for place, character in enumerate(left):
        row = [place + 1]
        for column, other in enumerate(right):
            change = above[column] + (character != other)
            row.append(min(change, above[column + 1] + 1, row[-1] + 1))
        if min(row) > limit:
            return None
        above = row
    return above[-1] if above[-1] <= limit else None


def containing(wanted: str, names: Iterable[str], most: int = 3) -> list[str]:
    """Up to ``most`` dotted ``names`` that contain the last part of ``wanted``, whole names first."""
    last = wanted.rpartition(".")[2].lower()
    near = [name for name in names if last in name.lower()]
    near.sort(key=lambda name: (name.rpartition(".")[2].lower() != last, len(name), name))
    return near[:most]
