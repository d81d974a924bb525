"""What changed from one look at containers to the next: which grew, and which exchange their entries."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from memtui.diagnosis.containers import Look
    from memtui.model.report import Container

#: The length of a container is steady if it changed by no more than this share, or by one entry.
STEADY = 0.01


def grown(looks: Sequence[Look], least: int) -> list[Container]:
    """Containers that grew from each sample to the next, by ``least`` or more in all.

    They must be in the last sample and in an earlier one; those without a name in all of them, for
    another object may be at their address by now.
    """
    found = []
    for address, now in looks[-1].found.items():
        seen = [each for each in looks if address in each.found]
        lengths = [each.found[address].length for each in seen]
        if len(seen) < 2 or seen[0].found[address].type != now.type:
            continue
        if now.name is None and len(seen) < len(looks):
            continue
        delta = now.length - lengths[0]
        if delta >= least and all(a < b for a, b in pairwise(lengths)):
            span = looks[-1].times[address] - seen[0].times[address]
            found.append(replace(now, delta=delta, span_s=span, lengths=tuple(lengths)))
    return sorted(found, key=lambda each: -(each.delta or 0))


def steady(looks: Sequence[Look]) -> list[Container]:
    """Containers whose length stays while entries leave and others come, the longest first."""
    found = []
    for address, now in looks[-1].found.items():
        seen = [each for each in looks if address in each.found]
        lengths = [each.found[address].length for each in seen]
        marks = [each.marks[address] for each in seen if address in each.marks]
        if len(marks) < 2 or seen[0].found[address].type != now.type:
            continue
        if max(lengths) - min(lengths) > max(1, STEADY * min(lengths)):
            continue
        if all(_turned(a, b) for a, b in pairwise(marks)):
            span = looks[-1].times[address] - seen[0].times[address]
            delta = lengths[-1] - lengths[0]
            found.append(replace(now, delta=delta, span_s=span, lengths=tuple(lengths)))
    return sorted(found, key=lambda each: -each.length)


def _turned(before: Sequence[int], now: Sequence[int]) -> bool:
    """Whether two marks are of other entries; with two sums at both ends."""
    return len(before) == len(now) and all(a != b for a, b in zip(before, now, strict=True))


def families(looks: Sequence[Look], least: int) -> list[Container]:
    """Containers of containers that grew as a whole, such as a dict of lists.

    Only those with a name: ``app.HISTORY[…]``.  A family that was not listed whole both times is
    compared in the entries that were seen both times; one that only the last sample has is not compared.
    """
    if len(looks) < 2:
        return []
    first, last = looks[0], looks[-1]
    times = [min(each.times.values(), default=0.0) for each in (first, last)]
    before, found = _by_family(first.found), []
    for name, members in _by_family(last.found).items():
        now, then = members, before.get(name)
        if then is None:
            continue
        in_part = any(name in each.cut for each in (first, last))
        if in_part:
            now, then = _seen_both_times(now, then)
        delta = sum(each.length for each in now) - sum(each.length for each in then)
        if len(now) > 1 and delta >= least:
            found.append(
                replace(
                    max(now, key=lambda each: each.length),
                    name=name,
                    length=sum(each.length for each in now),
                    delta=delta,
                    span_s=times[1] - times[0],
                    kind="entries of a container",
                    bound=None,
                    seen_in=len(now) if in_part else None,
                )
            )
    return found


def _seen_both_times(
    now: Sequence[Container], then: Sequence[Container]
) -> tuple[list[Container], list[Container]]:
    both = {each.address for each in now} & {each.address for each in then}
    return [n for n in now if n.address in both], [t for t in then if t.address in both]


def _by_family(found: Mapping[int, Container]) -> dict[str, list[Container]]:
    families: dict[str, list[Container]] = {}
    for each in found.values():
        if each.name is not None and each.name.endswith("]"):
            families.setdefault(each.name[: each.name.rindex("[")] + "[…]", []).append(each)
    return families
