"""A census of everything: what the collector tracks, and the estimate of what it does not."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from memtui.model.untracked import PROCESS

if TYPE_CHECKING:
    from memtui.model.census import Census
    from memtui.model.untracked import Untracked

ALL = "all"
"""The coverage of such a census."""


def joined(census: Census, untracked: Untracked) -> Census:
    """One census of both; a type of which some objects are tracked and some are not is one row.

    To the sizes comes the memory that objects have outside of themselves in the process.

    Names of the first keep their place; two such censuses have theirs in different places behind
    those, which a history brings into one order.
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
