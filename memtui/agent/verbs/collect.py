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


#: How long a collection that another thread makes is waited for, ns; then it is said that there was none.
_PATIENCE_NS = 3000000000
_PAUSE_S = 0.005


def collect(session, meter, generation):
    """Verb: collect, and count by type what is gone.

    ``freed`` is the difference of a census before and one after: what the application made or
    dropped meanwhile is in it.  (A collection also takes tuples and dicts of atoms out of its lists:
    as far as more is gone than it freed, those are subtracted.)  ``agrees`` says whether the sum of
    ``freed`` was the collector's own number of freed objects.  ``pause`` (µs) is the time the collection took, the callbacks and
    finalizers of the application included.  ``made`` is false where another thread's collection was
    still running after three seconds: then nothing was collected, and nothing is known of garbage.
    """
    until = guest.time.perf_counter_ns() + _PATIENCE_NS
    while True:
        before, _ = yield from take(meter, "counting-before")
        uncollectable, runs = _uncollectable(), _runs()
        at = guest.time.time_ns() // 1000
        found, pause = meter.hold(gc.collect, generation)
        # A collector that is at work already answers 0 at once, and does nothing.
        made = _runs() != runs
        if made:
            break
        yield from _other_collection(meter, until)
        if guest.time.perf_counter_ns() > until:
            break
    uncollectable = _uncollectable() - uncollectable
    yield None
    if made:
        after, _ = yield from take(meter, "counting-after")
        freed, agrees = _freed(before, after, found - uncollectable)
    else:
        freed, agrees = [], True
    return {
        "at": at,
        "generation": generation,
        "made": made,
        "collected": max(0, found - uncollectable),
        "uncollectable": uncollectable,
        "pause": pause // 1000,
        "freed": freed,
        "agrees": agrees,
        "state": state(),
    }


def _other_collection(meter, until):
    """Wait until the collection of another thread is over: one of the youngest objects is possible then."""
    while guest.time.perf_counter_ns() < until:
        guest.time.sleep(_PAUSE_S)
        yield "collection-runs", 0, 0
        runs = _runs()
        meter.hold(gc.collect, 0)
        if _runs() != runs:
            return


def _freed(before, after, found):
    """(rows, agrees): what is gone by type, and whether it is as many as the collector freed."""
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
    return gone, surplus == 0


def _runs():
    return sum(each["collections"] for each in gc.get_stats())


def _uncollectable():
    return sum(each["uncollectable"] for each in gc.get_stats())
