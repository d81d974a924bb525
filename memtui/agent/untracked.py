"""What the collector does not track: texts, numbers, arrays, and containers of nothing else.

They are in no list, but reached from what is tracked.  References from C, from the stacks of running
code and from objects that hide what they hold are not met: what only those lead to is not counted.
"""

from . import estimate
from .entry import guest
from .heap import own
from .heap.walk import Walk
from .objects import names, sizes

_chain = guest.itertools.chain.from_iterable
_compress, _filterfalse = guest.itertools.compress, guest.itertools.filterfalse
_referents = guest.gc.get_referents
#: Objects are asked for what they refer to so many at a time.
_BATCH = 200
#: Up to 3.10 dicts of instances share their keys, and are smaller than any that has its own.
_SHARES_KEYS = guest.sys.version_info < (3, 11)


def untracked(session, meter):
    """Verb: an estimate of what is not tracked, by type: name, count, size, at most, at least.

    ``immortal`` counts the references to objects whose refcounts tell nothing: those are left out.
    Beside it what objects of some libraries have outside of themselves: see :mod:`outside`.
    """
    at = guest.time.time_ns() // 1000
    yield None
    ours = own.find(session.server)
    try:
        yield None
        walk, counts = Walk(meter), estimate.Estimate()
        phase = "looking for what is not tracked"
        ours.append(walk)
        our_ids = set(map(id, ours))
        for chunk in walk.slices():
            if not our_ids.isdisjoint(map(id, chunk)):
                mask = [id(each) not in our_ids for each in chunk]
                chunk[:] = list(_compress(chunk, mask))
            while chunk:
                batch = chunk[-_BATCH:]
                del chunk[-_BATCH:]
                counts.outside.look_at(batch)
                large = _take_large(batch)
                references = _references(batch)
                # This frame may be in it, up to 3.10: no cycle may outlive the request.
                del batch
                yield from counts.meet(references)
                while large:
                    for part in estimate.parts(large.pop()):
                        yield from counts.meet(part)
                        if counts.is_due():
                            yield phase, walk.done, walk.total
                yield from counts.outside.work(counts.is_due)
                if counts.is_due():
                    yield phase, walk.done, walk.total
    finally:
        del ours[:]
    table = {}
    for kind, *figures in counts.table():
        name = names.name_of(kind)
        if not name.startswith(own.PREFIX):
            row = table.setdefault(name, [0, 0, 0, 0])
            for place, value in enumerate(figures):
                row[place] += value
    outside = yield from counts.outside.finish()
    return {
        "at_us": at,
        "rows": [[name, *map(round, row)] for name, row in table.items()],
        "immortal": counts.immortal,
        "frozen": guest.gc.get_freeze_count(),
        **outside,
    }


def _references(objects):
    """All that ``objects`` refer to, those that say nothing of the keys of their dicts included."""
    ids = list(map(id, map(type, objects)))
    is_dict = {id(dict)}.__contains__
    dicts = list(_compress(objects, map(is_dict, ids)))
    others = list(_filterfalse(lambda each: type(each) is dict, objects))
    found = _referents(*others)
    derived = [each for each in others if _derives_from_dict(type(each))]
    try:
        found += _chain(map(dict.values, dicts))
        found += _chain(map(dict.keys, _with_keys(dicts)))
        if derived:
            found += [key for key in _chain(map(dict.keys, derived)) if type(key) is str]
    except RuntimeError:
        pass  # one that changed meanwhile: what comes after it in this slice is not met
    return found


def _derives_from_dict(kind):
    return any(each is dict for each in names.mro_of(kind))


def _with_keys(dicts):
    """The dicts that hold their keys themselves."""
    if not _SHARES_KEYS:
        return dicts
    table = zip(dicts, map(sizes.getsizeof, dicts), map(len, dicts))
    return [each for each, size, length in table if size >= max(232, 64 + 24 * length)]


def _take_large(objects):
    """Takes long containers out of ``objects``: the list of all they refer to would be long."""
    found = []
    for kind in (dict, list, tuple, set):
        some = list(_compress(objects, map({id(kind)}.__contains__, map(id, map(type, objects)))))
        if some and max(map(len, some)) > estimate.LONG:
            found += [each for each in some if len(each) > estimate.LONG]
    if found:
        ids = set(map(id, found))
        objects[:] = [each for each in objects if id(each) not in ids]
    return found
