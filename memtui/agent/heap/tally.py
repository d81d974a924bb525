"""How many objects of each type there are, and how large, counted at C speed."""

from ..entry import guest
from ..objects import names, sizes
from .walk import Walk

compress, filterfalse = guest.itertools.compress, guest.itertools.filterfalse
repeat, is_ = guest.itertools.repeat, guest.is_

#: A type is hot when one object in so many of a list was of it, and cold when less than one in so many.
_HOT, _COLD = 12, 25

#: How many rows are named in a slice.
_ROWS = 500


class Tally:
    """Counts and sizes by type, of lists of objects fed to :meth:`add`.

    Types are keyed by id (comparing them would ask their metaclasses) and held meanwhile.  Most are
    sized by one instance, ``fixed``.  Of those whose sizes vary (``varied``) the ones that were
    frequent in the last list are ``hot`` and picked out by identity, which is cheapest; of the
    others equal sizes are counted together.  The few with a ``__sizeof__`` in Python (``odd``) are
    sized one by one with the C function below it.  Kinds that vary are also where the ``walk`` finds what of ours
    it does not know yet.
    """

    __slots__ = ("_hot", "_sums", "_walk", "counts", "fixed", "kinds", "odd", "varied")

    def __init__(self, walk):
        self._walk = walk
        self.kinds = {}
        self.counts = {}
        self.fixed = {}
        self.varied = set()
        self.odd = {}
        self._hot = {}
        self._sums = {}

    def add(self, objects):
        """Count ``objects``, a list."""
        kinds = list(map(type, objects))
        ids = list(map(id, kinds))
        found = {}
        guest.count_elements(found, filterfalse(self._hot.__contains__, ids))
        if found.keys() - self.kinds.keys():
            self._learn(dict(zip(ids, zip(kinds, objects))))
        for key, (kind, sizer, header) in list(self._hot.items()):
            some = list(compress(objects, map(is_, kinds, repeat(kind))))
            if len(some) * _COLD < len(objects):
                del self._hot[key]
            self._walk.seek(kind, some, 2)
            self._add_hot(key, some, sizer, header)
        for key, count in found.items():
            self.counts[key] = self.counts.get(key, 0) + count
        cold = self.varied.intersection(found)
        if cold:
            self._add_cold(list(compress(objects, map(cold.__contains__, ids))))
        if not self.odd.keys().isdisjoint(found):
            self._one_by_one(compress(objects, map(self.odd.__contains__, ids)))
        for key in cold:
            if found[key] * _HOT > len(objects):
                self._hot[key] = (self.kinds[key], *sizes.in_c(self.kinds[key]))

    def _add_hot(self, key, objects, sizer, header):
        self.counts[key] += len(objects)
        try:
            self._sums[key] = self._sums.get(key, 0) + sum(
                map(sizer, objects), header * len(objects)
            )
        except Exception:
            self._one_by_one(objects)

    def _add_cold(self, objects):
        self._walk.seek_among(objects, 2)
        pairs = {}
        try:
            keys = map(id, map(type, objects))
            guest.count_elements(pairs, zip(keys, map(sizes.getsizeof, objects)))
        except Exception:
            # Some C code failed: that object counts as empty, the others with their sizes.
            self._one_by_one(objects)
            return
        for (key, size), count in pairs.items():
            self._sums[key] = self._sums.get(key, 0) + size * count

    def _learn(self, found):
        for key, (kind, sample) in found.items():
            if key not in self.kinds:
                self.kinds[key] = kind
                sizer, fixed = sizes.kind_of(kind)
                if fixed:
                    self.fixed[key] = sizes.size_of(sample)
                elif sizer is sizes.getsizeof:
                    self.varied.add(key)
                else:
                    self.odd[key] = sizer

    def _one_by_one(self, objects):
        for each in objects:
            key = id(type(each))
            self._sums[key] = self._sums.get(key, 0) + sizes.size_of(each)

    def subtract(self, objects):
        """Take ``objects`` out again; each was added before."""
        for each in objects:
            key = id(type(each))
            if key in self.counts:
                self.counts[key] -= 1
                if key not in self.fixed:
                    self._sums[key] = self._sums.get(key, 0) - sizes.size_of(each)

    def rows(self):
        """(type, count, size) of every type that has instances."""
        for key, kind in self.kinds.items():
            count = self.counts[key]
            if count > 0:
                size = count * self.fixed[key] if key in self.fixed else self._sums.get(key, 0)
                yield kind, count, max(size, 0)


def take(meter, phase):
    """Count everything, in slices; returns ({name: [count, size]}, own): types of a name are one row.

    ``own`` is how many objects were left out because they are the agent's.
    """
    walk = Walk(meter)
    yield walk
    tally = Tally(walk)
    yield phase, 0, walk.total
    # What gc.freeze() hid is in no list, and ours may be among it: then look which of it are there.
    present = set() if guest.gc.get_freeze_count() != guest.frozen_before else None
    for chunk in walk.slices(sought=False):
        tally.add(chunk)
        if present is not None:
            present |= walk.ids.intersection(map(id, chunk))
        # This frame may be in it, up to 3.10: no cycle may outlive the request.
        del chunk
        yield phase, walk.done, walk.total
    if present is not None:
        walk.ours[:] = [each for each in walk.ours if id(each) in present]
    tally.subtract(walk.ours)
    left_out = len(walk.ours)
    # It holds itself and, up to 3.10, the frames that run.
    del walk.ours[:]
    yield phase, walk.total, walk.total
    table = {}
    for kind, count, size in tally.rows():
        row = table.setdefault(names.name_of(kind), [0, 0])
        row[0] += count
        row[1] += size
        if len(table) % _ROWS == 0:
            yield phase, walk.total, walk.total
    return table, left_out
