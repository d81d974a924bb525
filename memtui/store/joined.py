"""A census of everything: the objects that the collector tracks, and an estimate of the others."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from memtui.model.untracked import PROCESS

if TYPE_CHECKING:
    from memtui.model.census import Census
    from memtui.model.untracked import Untracked

ALL = "all"
"""The coverage of a joined census."""


def joined(census: Census, untracked: Untracked) -> Census:
    """One census of both.  A type with tracked and untracked objects is one row.

    The sizes include memory of the process that objects own outside of themselves.  The names of
    ``census`` keep their place.  The names after them may differ in order from one joined census to
    the next; a history brings them into one order.
    """
    rows = {
        name: [count, size]
        for name, count, size in zip(census.names, census.counts, census.sizes, strict=True)
    }
    for name, count, size in zip(untracked.names, untracked.counts, untracked.sizes, strict=True):
        row = rows.setdefault(name, [0, 0])
        row[0] += count
        row[1] += size
    for each in untracked.outside:
        if each.place == PROCESS:
            rows.setdefault(each.type, [0, 0])[1] += each.size
    return dataclasses.replace(
        census,
        names=tuple(rows),
        counts=[count for count, _ in rows.values()],
        sizes=[size for _, size in rows.values()],
        coverage=ALL,
    )
