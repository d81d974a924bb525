"""Counts and sizes, by type, of objects that the collector does not track, from references to them.

An object with R references is met up to R times and counts 1/R each time: no set of the ids of all
there are is needed.  One that was met by all its references at once is exact.  Of the others, which
are met again or are also referred to from where this does not look (C, the stacks of running code), a sample
by address is kept: it shows how many different ones there were, and so how far the estimate may be off.
Large ones are all kept, as a few of them are most of the memory.
"""

from ..entry import guest
from ..objects import kinds, sizes
from . import arrays
from .outside import OutsideMemory
from .parts import LONG, in_parts, parts

_compress = guest.itertools.compress
_is_tracked, _getrefcount = guest.gc.is_tracked, guest.sys.getrefcount
_clock = guest.time.thread_time_ns
#: Containers that are not tracked are followed so many at a time.
_AT_A_TIME = 400
#: How long without a pause, ns.
_AIM_NS = 2000000
#: From here on a refcount is no count: the object is immortal (3.12 and later).
_IMMORTAL = 1 << 29
#: Containers within containers, none of them tracked, are followed this deep.
_DEEPEST = 40
#: From so many bytes on an object is large.
_LARGE = 1 << 16
#: Of the others a sample of at most so many is kept.
_SAMPLE = 16384
#: So many of a type must be in it to be more exact than their shares.
_ENOUGH = 400
#: How objects are followed.
_NOT, _CONTAINER, _CODE, _ARRAY, _OUTSIDE = range(5)
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


def _alone():
    """What :func:`sys.getrefcount` counts for an object in our hands beside its own references."""
    each = object()
    (count,) = map(_getrefcount, {id(each): each}.values())
    # ``each`` itself is the one reference that is not ours.
    return count - 1


_OURS = _alone()


class Row:
    """What is known of one type.

    ``exact`` and ``size`` are of the objects met by all their references, or large; ``shares``,
    ``share_size`` and ``meetings`` of the others.  ``in_changing`` says that some were met in a
    container that changed while it was read: then nothing bounds how many were missed.
    """

    __slots__ = (
        *("exact", "follow", "in_changing", "kind"),
        *("meetings", "share_size", "shares", "size", "sizer"),
    )

    def __init__(self, kind, follow):
        self.kind, self.follow, self.sizer = kind, follow, sizes.kind_of(kind)[0]
        self.exact = self.size = self.meetings = 0
        self.shares = self.share_size = 0.0
        self.in_changing = False


class Estimate:
    """Counts and sizes by type, of untracked objects met in lists fed to :meth:`meet`."""

    __slots__ = (
        "_began",
        "_large",
        "_mask",
        "_sample",
        "arrays",
        "changed",
        "immortal",
        "in_changing",
        "outside",
        "rows",
    )

    def __init__(self):
        self.rows = {}
        self.immortal = 0
        # Containers that changed while they were read, and whether such a one is being read.
        self.changed, self.in_changing = 0, False
        self.arrays = arrays.Arrays()
        self.outside = OutsideMemory(self.arrays)
        # By id: the size of a large object; the row of one in the sample.
        self._large, self._sample, self._mask = {}, {}, 0
        self._began = _clock()

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
        inside, long = [], []
        for (key, each), count in zip(once.items(), counts):
            met = times[key]
            if count >= _IMMORTAL:
                self.immortal += met
                continue
            row = self.rows.get(id(type(each))) or self._learn(type(each))
            share = (met if weights is None else weights[key]) / max(met, count - _OURS)
            self._count(row, key, each, share)
            if self.in_changing:
                row.in_changing = True
            if row.follow == _NOT:
                continue
            if row.follow == _OUTSIDE:
                self.outside.look_once(each)
            elif self._is_long(each, row.follow):
                long.append((each, share))
            else:
                inside.append((each, share))
        each = None
        once.clear()
        del ids, counts, times
        if depth < _DEEPEST:
            yield from self._follow(inside, long, depth)

    def _is_long(self, each, follow):
        if follow == _ARRAY:
            return self.arrays.holds_objects(each)
        return follow == _CONTAINER and len(each) > LONG

    def _learn(self, kind):
        follow = _NOT
        if kind is dict or kind is tuple:
            follow = _CONTAINER
        elif kind is kinds.code:
            follow = _CODE
        elif self.arrays.are(kind):
            follow = _ARRAY
        elif self.outside.looks_at(kind):
            follow = _OUTSIDE
        row = self.rows[id(kind)] = Row(kind, follow)
        return row

    def _count(self, row, key, each, share):
        try:
            size = row.sizer(each)
        except Exception:
            size = 0  # its C code failed
        if size >= _LARGE:
            if key in self._large:
                return
            self._large[key] = size
            self._remember(row, key, each, size)
        elif share != 1.0:
            row.shares += share
            row.share_size += share * size
            row.meetings += 1
            if not _scattered(key) & self._mask:
                self._sample[key] = row
                if len(self._sample) > _SAMPLE:
                    self._thin()
            return
        row.exact += 1
        row.size += size

    def _remember(self, row, key, each, size):
        """Memory that a buffer of some library may turn out to be."""
        if self.outside.is_needed:
            if row.follow == _ARRAY:
                key = self.arrays.address(each)
            self.outside.known.append((key, size))

    def _thin(self):
        self._mask = self._mask << 1 | 1
        self._sample = {
            key: row for key, row in self._sample.items() if not _scattered(key) & self._mask
        }

    def _follow(self, inside, long, depth):
        # Containers are let go of before what they hold is looked at: one of them may be in another.
        while long:
            each, share = long.pop()
            for part in self._parts(each):
                if self.is_due():
                    yield
                yield from self.meet(part, [share] * len(part) if share < 1.0 else None, depth + 1)
            each = part = None
        while inside:
            if self.is_due():
                yield
            yield from self.meet(*self._held_by(inside, _AT_A_TIME), depth + 1)

    def _parts(self, each):
        if type(each) is dict or type(each) is tuple:
            return parts(each, self)
        return in_parts(self.arrays.items(each))

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
                held.append(self.arrays.base(each))
            weights += [share] * (len(held) - len(weights))
        return held, weights if min(weights, default=1.0) < 1.0 else None

    def table(self):
        """(type, count, size, count at most, count at least, met in what changed) of each type."""
        sampled = {}
        for row in self._sample.values():
            sampled[id(row)] = sampled.get(id(row), 0) + 1
        for row in self.rows.values():
            least, count, most = self._others(row, sampled.get(id(row), 0))
            size = row.share_size * count / (row.shares or 1)
            most, least = row.exact + most, row.exact + least
            yield row.kind, row.exact + count, row.size + size, most, least, row.in_changing

    def _others(self, row, sampled):
        """(at least, probably, at most) how many were met, but not by all their references.

        Shares can only be missing, never too many.  A sample as large as needed is closer.
        """
        rate = self._mask + 1
        probable = sampled * rate
        # Three standard deviations; where none was drawn there may still be some.
        error = 3 * (max(1, sampled) * rate * (rate - 1)) ** 0.5
        most = max(row.shares, min(row.meetings, probable + error))
        least = min(most, max(row.shares, probable - error))
        if rate > 1 and sampled < _ENOUGH:
            probable = row.shares
        return least, min(most, max(least, probable)), most


def _scattered(address):
    """An address with its bits mixed: those of one type lie at regular distances."""
    return (address >> 4) * 2654435761 >> 16
