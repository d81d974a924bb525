"""The instances of one type, a page at a time, in the order that is asked for."""

from . import guest, heap, names, nodes, own, sizes
from .refusal import Refusal

compress = guest.itertools.compress


def instances(session, meter, type, offset, limit, order, depth):  # noqa: A002 (the protocol's name)
    """Verb: a page of instances; its objects are held until the next page, release or the end.

    ``largest`` goes by shallow size.  ``oldest`` and ``newest`` follow the collector's lists, which
    keep the order of creation only roughly; a free-threaded interpreter has no such order.
    """
    session.page = None
    yield None
    best = _Best(_ORDERS[order](meter), offset + limit)
    wanted = _Wanted(type, own.ids(session.server, best))
    walk = heap.Heap(meter)
    for chunk in walk.slices():
        places, objects = wanted.pick(chunk, len(walk.objects))
        best.add(places, objects)
        # This frame may be in it, up to 3.10: no cycle may outlive the request.
        del chunk, objects
        yield "looking for " + type, walk.done, walk.total
    frozen = guest.gc.get_freeze_count()
    if not best.total and not wanted.exists:
        raise Refusal("no-such-type", "there is no instance of %s" % type, wanted.hint(frozen))
    session.page = nodes.Page()
    found = best.sorted()[offset : offset + limit]
    total = best.total
    best.clear()
    writer, packed = nodes.Writer(session.page), []
    for value in found:
        session.page.keep(value)
    while found:
        packed.append((yield from writer.node(found.pop(0), depth)))
        if not len(found) % 25:
            yield "reading", len(packed), len(packed) + len(found)
    return {
        "type": type,
        "total": total,
        "offset": offset,
        "order": order,
        "frozen": frozen,
        "instances": packed,
    }


class _Wanted:
    """Picks the objects whose type is called ``name``, but for the agent's own."""

    def __init__(self, name, ours):
        self._name = name
        self._ours = ours
        # The types are held meanwhile, so that an id stays the id of one.
        self._kinds = {}
        self._matching = set()
        self._names = set()

    @property
    def exists(self):
        """Whether a type of that name was met."""
        return bool(self._matching)

    def pick(self, objects, start):
        """(places, objects) that match; ``start`` is the place of the first of ``objects``."""
        kinds = list(map(type, objects))
        ids = list(map(id, kinds))
        if not set(ids) <= self._kinds.keys():
            self._learn(dict(zip(ids, kinds)))
        if self._matching.isdisjoint(ids):
            return [], []
        mask = list(map(self._matching.__contains__, ids))
        places = list(compress(range(start, start + len(objects)), mask))
        found = list(compress(objects, mask))
        if self._ours.isdisjoint(map(id, found)):
            return places, found
        mask = [id(each) not in self._ours for each in found]
        return list(compress(places, mask)), list(compress(found, mask))

    def _learn(self, found):
        for key, kind in found.items():
            if key not in self._kinds:
                self._kinds[key] = kind
                name = names.name_of(kind)
                self._names.add(name)
                if name == self._name:
                    self._matching.add(key)

    def hint(self, frozen):
        """What could have been meant."""
        last = self._name.rpartition(".")[2].lower()
        near = sorted(
            (name.rpartition(".")[2].lower() != last, len(name), name)
            for name in self._names
            if last in name.lower()
        )
        if near:
            return "did you mean " + ", ".join(name for _, _, name in near[:3])
        if frozen:
            return "%d objects are frozen (gc.freeze) and cannot be listed" % frozen
        return (
            "names are written module.QualName; only objects that the collector tracks are listed"
        )


class _Best:
    """Keeps the first ``many`` objects by ``rank``, and counts all."""

    def __init__(self, rank, many):
        self._rank = rank
        self._many = many
        self._rows = []
        self.total = 0

    def add(self, places, objects):
        """Consider ``objects``, found at ``places`` of the list."""
        self.total += len(objects)
        ranks = self._rank(places, objects)
        rows = zip(ranks, places, objects)
        if len(self._rows) >= self._many and objects:
            # Only what comes before the last one that is kept: of a million equals nothing.
            worst = self._rows[self._many - 1][0]
            rows = compress(rows, map(worst.__gt__, ranks))
        self._rows += rows
        self._rows.sort(key=_by_rank)
        del self._rows[self._many :]

    def sorted(self):
        """The objects, first ones first."""
        return [value for _, _, value in self._rows]

    def clear(self):
        self._rows.clear()


def _by_rank(row):
    return row[0], -row[1]


def _largest(_meter):
    def rank(_places, objects):
        sizers = {}
        for kind in dict(zip(map(id, map(type, objects)), map(type, objects))).values():
            sizers[id(kind)] = sizes.kind_of(kind)
        if len(sizers) == 1:
            sizer, fixed = sizers.popitem()[1]
            if fixed:
                return [-sizes.size_of(objects[0])] * len(objects)
            if sizer is sizes.getsizeof:
                return [-size for size in map(sizer, objects)]
        return [-sizes.size_of(each) for each in objects]

    return rank


def _oldest(meter):
    """Rank by age: the list begins with the youngest generation, each in order of creation."""
    if not guest.has_gil:
        return lambda places, _objects: places
    young = [len(meter.hold(guest.gc.get_objects, generation)[0]) for generation in (0, 1)]
    middle, old = young[0], young[0] + young[1]
    far = 1 << 62

    def rank(places, _objects):
        return [
            place - 2 * far if place >= old else place - far if place >= middle else place
            for place in places
        ]

    return rank


def _newest(meter):
    oldest = _oldest(meter)
    return lambda places, objects: [-age for age in oldest(places, objects)]


_ORDERS = {"largest": _largest, "oldest": _oldest, "newest": _newest}
ORDERS = tuple(_ORDERS)
