"""What the collector does not track: texts, numbers, arrays, and containers of nothing else.

They are in no list, but reached from what is tracked.  An object that R references lead to is met up
to R times, and counted with 1/R each time: no set of the ids of all there are is needed.  References
from C, from the stacks of running code and from objects that hide what they hold are not met, so an
estimate may be too low: of each type the share that was met by all its references is exact, and the
rest is no more than the number of meetings.
"""

from . import guest, heap, kinds, names, own, sizes

_chain = guest.itertools.chain.from_iterable
_compress, _filterfalse = guest.itertools.compress, guest.itertools.filterfalse
_referents, _is_tracked = guest.gc.get_referents, guest.gc.is_tracked
_getrefcount = guest.sys.getrefcount
_clock = guest.time.thread_time_ns
#: Containers with more items are read on their own, in parts of so many.
_LONG, _PART = 200, 2000
#: Containers that are not tracked are followed so many at a time.
_AT_A_TIME = 400
#: Objects are asked for what they refer to so many at a time, and how long without a pause, ns.
_BATCH, _AIM_NS = 200, 2000000
#: From here on a refcount is no count: the object is immortal (3.12 and later).
_IMMORTAL = 1 << 29
#: Containers within containers, none of them tracked, are followed this deep.
_DEEPEST = 40
#: What a code object holds; the other attributes would be made when they are asked for.
_OF_CODE = (  # noqa: SIM905
    "co_consts co_names co_filename co_name co_qualname co_linetable co_exceptiontable"
).split()
if guest.sys.version_info < (3, 11):
    _OF_CODE += ["co_code", "co_varnames", "co_freevars", "co_cellvars", "co_lnotab"]
_OF_CODE = [
    kinds.code.__dict__[name].__get__
    for name in _OF_CODE
    if type(kinds.code.__dict__.get(name)) is kinds.member
]
#: Up to 3.10 dicts of instances share their keys, and are smaller than any that has its own.
_SHARES_KEYS = guest.sys.version_info < (3, 11)


def _alone():
    """What :func:`sys.getrefcount` tells of an object in our hands beside its own references."""
    each = object()
    (count,) = map(_getrefcount, {id(each): each}.values())
    # ``each`` itself is the one reference that is not ours.
    return count - 1


_OURS = _alone()


class Estimate:
    """Counts and sizes by type, of untracked objects met in lists fed to :meth:`meet`."""

    def __init__(self):
        self.kinds = {}
        # By type: count, size, count of those met by all their references, meetings of the others.
        self.rows = {}
        self.immortal = 0
        self._sizers = {}
        self._array = _ndarray()
        self._began = _clock()

    @property
    def is_due(self):
        """Whether others should run now; then the next stretch begins."""
        due = _clock() - self._began > _AIM_NS
        if due:
            self._began = _clock()
        return due

    def meet(self, objects, shares=None, depth=0):
        """Count what of ``objects``, a list of all references from somewhere, is not tracked; in slices.

        ``shares`` are how much of the container behind each reference was met, None for all of it.
        The list is emptied, so that it holds no reference itself.
        """
        mask = [not tracked for tracked in map(_is_tracked, objects)]
        found = list(_compress(objects, mask))
        ids = list(map(id, found))
        times, weights = {}, None
        guest.count_elements(times, ids)
        if shares is not None:
            weights = dict.fromkeys(times, 0.0)
            for key, share in zip(ids, _compress(shares, mask)):
                weights[key] += share
        once = dict(zip(ids, found))
        del found, objects[:]
        counts = list(map(_getrefcount, once.values()))
        arrays, others, long = [], [], []
        for (key, each), count in zip(once.items(), counts):
            met = times[key]
            if count >= _IMMORTAL:
                self.immortal += met
                continue
            references = max(met, count - _OURS)
            share = (met if weights is None else weights[key]) / references
            self._add(each, share, exact=share == 1.0)
            kind = type(each)
            if (kind is dict or kind is tuple) and len(each) > _LONG:
                long.append((each, share))
            elif kind is dict or kind is tuple or kind is kinds.code:
                others.append((each, share))
            elif self._is_array(kind):
                arrays.append((each, share))
        each = None
        once.clear()
        del ids, counts, times
        if depth < _DEEPEST:
            yield from self._follow(arrays, long, others, depth)

    def _follow(self, arrays, long, others, depth):
        # Containers are let go of before what they hold is looked at: one of them may be in another.
        if arrays:
            yield from self.meet(*self._held_by(arrays, len(arrays)), depth + 1)
        while long:
            each, share = long.pop()
            for part in _parts(each):
                if self.is_due:
                    yield
                yield from self.meet(part, [share] * len(part) if share < 1.0 else None, depth + 1)
            each = part = None
        while others:
            if self.is_due:
                yield
            yield from self.meet(*self._held_by(others, _AT_A_TIME), depth + 1)

    def _add(self, each, share, exact):
        kind = type(each)
        row = self.rows.get(id(kind))
        if row is None:
            self.kinds[id(kind)] = kind
            row = self.rows[id(kind)] = [0.0, 0.0, 0, 0]
            self._sizers[id(kind)] = sizes.kind_of(kind)[0]
        row[0] += share
        try:
            row[1] += share * self._sizers[id(kind)](each)
        except Exception:
            pass  # some C code did not tell its size
        row[2 if exact else 3] += 1

    def _is_array(self, kind):
        return self._array is not None and any(
            each is self._array[0] for each in names.mro_of(kind)
        )

    def _held_by(self, containers, many):
        """(references, shares) of all that the last ``many`` of ``containers`` hold; takes them out."""
        held, weights = [], []
        while containers and many:
            each, share = containers.pop()
            many -= 1
            kind = type(each)
            if kind is dict:
                held += dict.keys(each)
                held += dict.values(each)
            elif kind is tuple:
                held += each
            elif kind is kinds.code:
                held += [get(each) for get in _OF_CODE]
            else:
                # A view has no memory of its own: it is that of its base.
                held.append(self._array[1](each))
            weights += [share] * (len(held) - len(weights))
        return held, weights if min(weights, default=1.0) < 1.0 else None


def _ndarray():
    """(numpy's array type, the reader of its base) if numpy is loaded."""
    module = dict.get(guest.sys.modules, "numpy")
    if type(module) is not kinds.module:
        return None
    found = module.__dict__.get("ndarray")
    if not names.is_type(found) or names.module_of(found) != "numpy":
        return None
    base = names.dict_of(found).get("base")
    return (found, base.__get__) if type(base) is kinds.getset else None


def untracked(session, meter):
    """Verb: an estimate of what is not tracked, by type: name, count, size, count at most.

    ``immortal`` counts the references to objects whose refcounts tell nothing: those are left out.
    """
    at = guest.time.time_ns() // 1000
    yield None
    ours = own.find(session.server)
    try:
        yield None
        walk, estimate = heap.Heap(meter), Estimate()
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
                large = _take_large(batch)
                references = _references(batch)
                # This frame may be in it, up to 3.10: no cycle may outlive the request.
                del batch
                yield from estimate.meet(references)
                while large:
                    for part in _parts(large.pop()):
                        yield from estimate.meet(part)
                        if estimate.is_due:
                            yield phase, walk.done, walk.total
                if estimate.is_due:
                    yield phase, walk.done, walk.total
    finally:
        del ours[:]
    table = {}
    for key, (count, size, exact, others) in estimate.rows.items():
        name = names.name_of(estimate.kinds[key])
        if not name.startswith(own.PREFIX):
            row = table.setdefault(name, [0.0, 0.0, 0.0])
            for place, value in enumerate((count, size, exact + others)):
                row[place] += value
    return {
        "at_us": at,
        "rows": [[name, *map(round, row)] for name, row in table.items()],
        "immortal": estimate.immortal,
        "frozen": guest.gc.get_freeze_count(),
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
        if some and max(map(len, some)) > _LONG:
            found += [each for each in some if len(each) > _LONG]
    if found:
        ids = set(map(id, found))
        objects[:] = [each for each in objects if id(each) not in ids]
    return found


def _parts(value):
    """Lists of what a long container holds; one that changes meanwhile is taken as it comes."""
    sources = [value]
    if type(value) is dict:
        sources = [dict.values(value), dict.keys(value)]
    del value
    for source in sources:
        inside = iter(source)
        while True:
            try:
                part = list(guest.itertools.islice(inside, _PART))
            except RuntimeError:
                break
            if not part:
                break
            yield part
