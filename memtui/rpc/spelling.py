"""Names that are spelled like a wanted one, for "near it: …"."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: How far a name that only contains the wanted one comes behind all that are similar to it.
_CONTAINS = 100
#: A shorter text is in many names that have nothing to do with it.
_TELLING = 3
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
    """Up to ``most`` dotted ``names`` that contain the last part of ``wanted``, whole names first.

    If there are none, those that are spelled like it.
    """
    known, last = list(names), _last(wanted)
    near = [name for name in known if last in name.lower() and len(last) >= _TELLING]
    near = near or [name for name in known if _last(name) == last]
    near.sort(key=lambda name: (_last(name) != last, len(name), name))
    return near[:most] or nearest(wanted, known, most)


def _last(name: str) -> str:
    return name.rpartition(".")[2].lower()
