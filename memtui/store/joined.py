"""A census of everything: the objects that the collector tracks, and an estimate of the others."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from memtui.verbs.asking import Figures, Names
from memtui.verbs.census import Coverage
from memtui.verbs.untracked import PROCESS

if TYPE_CHECKING:
    from memtui.verbs.census import Census
    from memtui.verbs.untracked import Untracked


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
    for estimate in untracked.rows:
        row = rows.setdefault(str(estimate.type), [0, 0])
        row[0] += estimate.count
        row[1] += estimate.size
    for each in untracked.outside:
        if each.place == PROCESS:
            rows.setdefault(str(each.type), [0, 0])[1] += each.size
    return dataclasses.replace(
        census,
        names=Names(rows),
        counts=Figures([count for count, _ in rows.values()]),
        sizes=Figures([size for _, size in rows.values()]),
        coverage=Coverage.ALL,
    )
