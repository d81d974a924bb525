"""What the collector does not track: texts, numbers, arrays, and containers of nothing else.

They are in no list, but reached from what is tracked.  References from C, from the stacks of running
code and from objects that hide what they hold are not met: what only those lead to is not counted.
"""

from ..entry import guest
from ..heap.walk import Walk
from ..objects import names
from ..untracked.estimate import Estimate
from ..untracked.parts import parts
from ..untracked.references import all_references, take_large

_compress = guest.itertools.compress
#: Objects are asked for what they refer to so many at a time.
_BATCH = 200


VERB = {
    "args": {},
    "walks": True,
    "changes": False,
}


def untracked(_session, meter):
    """Verb: an estimate of what is not tracked, by type: name, count, size, at most, at least, changing.

    ``changing`` is not 0 where objects of the type were met in a container that changed while it
    was read: then nothing bounds how many were missed.  ``changed`` counts such containers.
    ``immortal`` counts the references to objects whose refcounts are no counts: those are left out.
    Beside it what objects of some libraries have outside of themselves: see ``untracked.outside``.
    """
    at = guest.time.time_ns() // 1000
    yield None
    phase = "untracked"
    walk = Walk(meter)
    yield walk
    counts = Estimate()
    for chunk in walk.slices():
        if not walk.ids.isdisjoint(map(id, chunk)):
            mask = [id(each) not in walk.ids for each in chunk]
            chunk[:] = list(_compress(chunk, mask))
        while chunk:
            batch = chunk[-_BATCH:]
            del chunk[-_BATCH:]
            counts.outside.look_at(batch)
            large = take_large(batch)
            references = all_references(batch, counts)
            # This frame may be in it, up to 3.10: no cycle may outlive the request.
            del batch
            yield from counts.meet(references)
            while large:
                for part in parts(large.pop(), counts):
                    yield from counts.meet(part)
                    if counts.is_due():
                        yield phase, walk.done, walk.total
            yield from counts.outside.work(counts.is_due)
            if counts.is_due():
                yield phase, walk.done, walk.total
    table = {}
    for kind, *figures in counts.table():
        row = table.setdefault(names.name_of(kind), [0, 0, 0, 0, 0])
        for place, value in enumerate(figures):
            row[place] += value
    outside = yield from counts.outside.finish()
    return {
        "at": at,
        "rows": [[name, *map(round, row)] for name, row in table.items()],
        "immortal": counts.immortal,
        "changed": counts.changed,
        "frozen": guest.gc.get_freeze_count(),
        **outside,
    }
