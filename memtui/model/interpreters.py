"""The interpreters of a process: the agent is in the main one, the others are counted from outside."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The ID of the main interpreter, and the word for all of them.
MAIN, ALL = 0, "all"


class ObjectLists(StrEnum):
    """Where the collector keeps the objects of several interpreters."""

    APART = "apart"
    """Each interpreter has lists of its own."""
    TOGETHER = "together"
    """Python 3.8: one list for all, so a count of the main one has the objects of the others, too."""
    NOWHERE = "nowhere"
    """Without a GIL there is no list."""


@dataclass(frozen=True, slots=True)
class Interpreters:
    """How many interpreters a process has.

    ``ids`` are their IDs, the main one first; empty if they cannot be read.
    """

    count: int
    ids: tuple[int, ...] = ()
    lists: ObjectLists = ObjectLists.APART

    @property
    def others(self) -> int:
        """How many there are beside the main one."""
        return self.count - 1

    @property
    def uncounted(self) -> int:
        """How many there are whose objects the agent does not count."""
        return 0 if self.lists is ObjectLists.TOGETHER else self.others

    @property
    def can_be_counted(self) -> bool:
        """Whether each can be counted, from outside."""
        return bool(self.ids) and self.lists is ObjectLists.APART


@dataclass(frozen=True, slots=True, eq=False)
class OutsideCount:
    """The objects of one interpreter by type, counted from outside, at ``at`` (seconds since the epoch).

    ``young`` are those of them that no collection has examined yet.  ``frozen`` counts those that ``gc.freeze()`` took out of the collector's sight, which are in no row;
    ``unread`` those whose type could not be read.  ``moved``: the interpreter worked meanwhile, so the
    figures may be of slightly different moments.
    """

    interpreter: int
    at: float
    counts: Mapping[str, int]
    young: Mapping[str, int]
    frozen: int = 0
    unread: int = 0
    moved: bool = False

    @property
    def objects(self) -> int:
        """All of them together."""
        return sum(self.counts.values()) + self.unread


@dataclass(frozen=True, slots=True, eq=False)
class OutsideGrowth:
    """Two counts of one interpreter; ``first`` is None if it was not there at the first."""

    first: OutsideCount | None
    last: OutsideCount

    @property
    def interpreter(self) -> int:
        """Its ID."""
        return self.last.interpreter

    @property
    def moved(self) -> bool:
        """Whether one of the counts is not exact."""
        return self.last.moved or (self.first is not None and self.first.moved)

    @property
    def span_s(self) -> float:
        """Seconds from one to the other."""
        return 0.0 if self.first is None else self.last.at - self.first.at

    def kept(self, name: str) -> int:
        """How many more of a type there are for certain; while it works, the youngest come and go."""
        before = 0 if self.first is None else self.first.counts.get(name, 0)
        passing = self.last.young.get(name, 0) if self.moved else 0
        return self.last.counts.get(name, 0) - passing - before

    def changed(self) -> list[tuple[str, int, int]]:
        """Type, count and change of each type that changed, the largest growth first."""
        if self.first is None:
            return []
        before, now = self.first.counts, self.last.counts
        found = [
            (name, now.get(name, 0), now.get(name, 0) - before.get(name, 0))
            for name in {**before, **now}
        ]
        return sorted((row for row in found if row[2]), key=lambda row: (-row[2], row[0]))

    def rows(self) -> list[tuple[str, int, int]]:
        """The same for each type that grew."""
        return [row for row in self.changed() if row[2] > 0]
