"""A collection, with what it freed."""

from ..entry import guest
from ..heap.tally import take
from .collector import state

gc = guest.gc


VERB = {
    "args": {"generation": (("number", 0, 2), 2)},
    "walks": True,
    "changes": True,
}


def collect(session, meter, generation):
    """Verb: collect, and count by type what is gone.

    ``freed`` is the difference of a census before and one after: what the application made or
    dropped meanwhile is in it.  (Up to 3.13 a collection also takes tuples and dicts of atoms out
    of its lists: as far as more is gone than it freed, those are subtracted.)  ``pause`` (µs) is the time the collection took, the callbacks and
    finalizers of the application included.
    """
    before, _ = yield from take(session, meter, "counting-before")
    uncollectable = _uncollectable()
    at = guest.time.time_ns() // 1000
    found, pause = meter.hold(gc.collect, generation)
    uncollectable = _uncollectable() - uncollectable
    yield None
    after, _ = yield from take(session, meter, "counting-after")
    return {
        "at": at,
        "generation": generation,
        "collected": max(0, found - uncollectable),
        "uncollectable": uncollectable,
        "pause": pause // 1000,
        "freed": _freed(before, after, found),
        "state": state(),
    }


def _freed(before, after, found):
    gone = []
    for name, (count, size) in before.items():
        left, left_size = after.get(name, (0, 0))
        if left < count:
            gone.append([name, count - left, max(0, size - left_size)])
    surplus = sum(row[1] for row in gone) - found
    for row in sorted(gone, key=lambda row: row[0], reverse=True):
        if surplus > 0 and row[0] in ("tuple", "dict"):
            untracked = min(surplus, row[1])
            row[2] -= row[2] * untracked // row[1]
            row[1] -= untracked
            surplus -= untracked
    gone = [row for row in gone if row[1]]
    gone.sort(key=lambda row: (-row[2], -row[1], row[0]))
    return gone


def _uncollectable():
    return sum(each["uncollectable"] for each in gc.get_stats())
