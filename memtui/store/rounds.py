"""Growth in rounds: a leak grows in every round, a cache that fills up only in the first ones."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from memtui.model.rounds import Rounds
from memtui.numbers import column, flags, np, numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memtui.numbers import Numbers
    from memtui.verbs.census import Census


def rounds(censuses: Sequence[Census], baseline: str) -> Rounds:
    """What changed from each of ``censuses`` (at least two) to the next.

    The names of each must begin with the names of the one before, as in one session and in one
    history.  ``baseline`` is the start of the growth in words.
    """
    names = censuses[-1].names
    moments = [census.at for census in censuses]
    # One row per census, one column per type.
    counts = np.stack([numbers(census.counts, len(names)) for census in censuses])
    sizes = np.stack([numbers(census.sizes, len(names)) for census in censuses])
    moved = ((counts != counts[0]) | (sizes != sizes[0])).any(axis=0)
    count_steps, size_steps = np.diff(counts, axis=0), np.diff(sizes, axis=0)
    changes = np.where(count_steps, count_steps, size_steps)
    count_deltas = counts[-1] - counts[0]
    return Rounds(
        baseline=baseline,
        since=moments[0],
        until=moments[-1],
        names=names,
        counts=column(counts[-1]),
        sizes=column(sizes[-1]),
        count_deltas=column(count_deltas),
        size_deltas=column(sizes[-1] - sizes[0]),
        changed=flags(moved),
        growing=int(np.count_nonzero(count_deltas > 0)),
        moments=moments,
        round_deltas=[column(step) for step in count_steps],
        grown=column((changes > 0).sum(axis=0)),
        shrunk=column((changes < 0).sum(axis=0)),
        steadiness=_steadiness(moments, counts, sizes),
    )


def _steadiness(
    moments: Sequence[float], counts: Numbers, sizes: Numbers
) -> Sequence[float | None]:
    """r² against time of each type's count or, if that is constant, of its size.

    1 is a straight line; near 0 means that time explains nothing, or that no time has passed.  None
    with fewer than three values, because any line fits two.
    """
    if len(moments) < 3:
        return [None] * counts.shape[1]
    constant = (counts == counts[0]).all(axis=0)
    values = np.where(constant, sizes, counts)
    at = np.subtract(moments, np.mean(moments))[:, None]
    off = values - values.mean(axis=0)
    spread = (at * at).sum() * (off * off).sum(axis=0)
    together = (at * off).sum(axis=0)
    shares = np.divide(together * together, spread, out=np.zeros_like(spread), where=spread > 0)
    return array("d", np.minimum(shares, 1.0).tobytes())
