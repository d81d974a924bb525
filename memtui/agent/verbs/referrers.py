"""How many objects refer to each of some: the whole heap is asked, in slices."""

from ..entry import guest
from ..heap import large
from ..heap.pages import page_with
from ..heap.walk import Walk
from ..objects import edges

_contains = frozenset.__contains__
#: Within a slice that has a hit, so many objects at a time are looked at more closely.
_CLOSER = 64


VERB = {
    "args": {"addresses": (("naturals", 200),)},
    "walks": True,
    "changes": False,
}


def referrers(session, meter, addresses):
    """Verb: for each address of the page, how many tracked objects refer to it, but for the agent's.

    An object that refers to it twice counts once.
    """
    for address in addresses:
        page_with(session, address)
    counts = dict.fromkeys(addresses, 0)
    walk = Walk(meter)
    yield walk
    counter = _Counter(counts, walk.ids)
    for chunk in walk.slices():
        for _ in counter.look(chunk):
            yield None
        # This frame may be in it, up to 3.10: no cycle may outlive the request.
        del chunk
        yield "referrers", walk.done, walk.total
    return {"counts": [counts[address] for address in addresses]}


class _Counter:
    __slots__ = ("_counts", "_is_wanted", "_ours")

    def __init__(self, counts, ours):
        self._counts = counts
        self._is_wanted = frozenset(counts).__contains__
        self._ours = ours

    def look(self, objects):
        """Count the references of ``objects``; yields where it took long."""
        huge = large.among(objects)
        if huge:
            ids = set(map(id, huge))
            objects = [each for each in objects if id(each) not in ids]
            for each in huge:
                yield from self._look_inside(each)
        if self._hits(objects):
            for start in range(0, len(objects), _CLOSER):
                some = objects[start : start + _CLOSER]
                if self._hits(some):
                    for each, inside in zip(some, edges.referents(some)):
                        self._note(each, self._among(inside))

    def _hits(self, objects):
        return self._among(guest.gc.get_referents(*objects))

    def _among(self, referents):
        return set(filter(self._is_wanted, map(id, referents)))

    def _note(self, value, hits):
        if hits and id(value) not in self._ours:
            for address in hits:
                self._counts[address] += 1

    def _look_inside(self, value):
        """A large container, slice by slice."""
        if id(value) in self._ours:
            return
        hits = set()
        for some in large.slices(value):
            hits |= set(filter(self._is_wanted, map(id, some)))
            del some
            yield
        self._note(value, hits)
