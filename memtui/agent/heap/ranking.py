"""Orders of instances, and the first few of many in one of them, at C speed where many are alike.

A rank is a number, smaller is first, and no two objects have the same.
"""

from ..entry import guest
from ..objects import sizes

compress = guest.itertools.compress
#: Beyond every address and every place in a list.
_FAR = 1 << 64


class Best:
    """Keeps the first ``many`` objects by ``rank``, and counts all."""

    __slots__ = ("_many", "_rank", "_rows", "total")

    def __init__(self, rank, many):
        self._rank = rank
        self._many = many
        self._rows = []
        self.total = 0

    def add(self, places, objects):
        """Consider ``objects``, found at ``places`` of the list, both lists."""
        self.total += len(objects)
        if not objects:
            return
        ranks = self._rank(places, objects)
        kept, limit = ranks, max(ranks) + 1
        if len(self._rows) >= self._many:
            # Only what comes before the last one that is kept: of a million hardly any.
            limit = self._rows[-1][0]
            kept = list(filter(limit.__gt__, ranks))
        if len(kept) > self._many:
            limit = sorted(kept)[self._many - 1] + 1
        if kept:
            self._rows += compress(zip(ranks, objects), map(limit.__gt__, ranks))
            self._rows.sort(key=_rank_of)
            del self._rows[self._many :]

    def sorted(self):
        """The objects, first ones first."""
        return [value for _, value in self._rows]

    def clear(self):
        """Let go of them."""
        self._rows.clear()


def _rank_of(row):
    return row[0]


def largest(_walk):
    """Rank by shallow size, equals by address.

    So pages that are asked for one after the other neither overlap nor leave a gap, also when a
    collection came in between and put the collector's lists into another order.
    """

    def rank(_places, objects):
        kinds = list({id(kind): kind for kind in map(type, objects)}.values())
        sizer, fixed = sizes.kind_of(kinds[0])
        if len(kinds) == 1 and fixed:
            return list(map((-_FAR * sizes.size_of(objects[0])).__add__, map(id, objects)))
        if len(kinds) > 1 or sizer is not sizes.getsizeof:
            sizer = sizes.size_of
        return list(map(int.__add__, map((-_FAR).__mul__, map(sizer, objects)), map(id, objects)))

    return rank


def oldest(walk):
    """Rank by age: the list begins with the youngest generation, each in order of creation.

    A collection may change that order, and then a later page may repeat some of an earlier one.
    """
    before = _before(walk)

    def rank(places, _objects):
        first = before(places[0])
        if first == before(places[-1]):
            return list(map(first.__add__, places))
        return [before(place) + place for place in places]

    return rank


def newest(walk):
    """The other way round."""
    rank = oldest(walk)
    return lambda places, objects: list(map(int.__neg__, rank(places, objects)))


def _before(walk):
    """A function of a place: how far its generation is put before the youngest."""
    if walk.young is None:
        return lambda _place: 0
    middle, old = walk.young[0], sum(walk.young)
    return lambda place: -2 * _FAR if place >= old else -_FAR if place >= middle else 0


ORDERS = {"largest": largest, "oldest": oldest, "newest": newest}
