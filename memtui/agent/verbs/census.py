"""The type summary: how many objects of each type, and how large."""

from .. import wire
from ..entry import guest
from ..heap.tally import take

#: How many rows are packed in a slice.
_ROWS = 500
_NONE = (0, 0)


class Places:
    """Where each type's name stands in the columns of a session: ``objects``, by name."""

    __slots__ = ("objects",)

    def __init__(self):
        self.objects = {}


VERB = {
    "args": {"since": ("natural", 0)},
    "walks": True,
    "changes": False,
}


def census(session, meter, since):
    """Verb: the type summary, with the names the viewer does not have yet (from ``since`` on)."""
    at = guest.time.time_ns() // 1000
    table, ours = yield from take(meter, "counting")
    if session.places is None:
        session.places = Places()
    places = session.places.objects
    for name in table:
        if name not in places:
            places[name] = len(places)
    every = list(places)
    since = min(since, len(every))
    new, counts, totals = [], [], []
    for start in range(0, len(every), _ROWS):
        part = every[start : start + _ROWS]
        rows = [table.get(name, _NONE) for name in part]
        counts.append(wire.column([row[0] for row in rows]))
        totals.append(wire.column([row[1] for row in rows]))
        new.append(b"".join(map(wire.pack, part[max(0, since - start) :])))
        yield None
    return {
        "at": at,
        "names": wire.pack_list(len(every) - since, new),
        "counts": b"".join(counts),
        "sizes": b"".join(totals),
        "frozen": guest.gc.get_freeze_count(),
        "own": ours,
    }
