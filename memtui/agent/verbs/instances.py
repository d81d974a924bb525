"""The instances of one type, a page at a time, in the order that is asked for."""

from ..entry import boot, guest
from ..heap import lookup, pages, ranking
from ..heap.walk import Walk
from ..objects import expression, kinds, names, reading
from ..objects.modules import type_called
from ..objects.refusal import Refusal, candidates, reason

compress = guest.itertools.compress

#: How long a condition is asked of objects without a pause, ns, and of how many at a time.
_AIM_NS, _AT_A_TIME = 2000000, 32
#: How many rows of a page are read at a time.
_ROWS = 25
#: Most names that are suggested where there is no such type.
_CANDIDATES = 200


VERB = {
    "args": {
        "type": ("text", ""),
        "address": ("natural", None),
        "offset": ("natural", 0),
        "limit": (("number", 1, 200), 200),
        "order": (("word", "largest", "oldest", "newest"), "largest"),
        "depth": (("number", 0, 6), 0),
        "subclasses": ("flag", False),
        "where": ("tree", None),
        "expr": ("tree", None),
    },
    "walks": True,
    "changes": False,
}


def instances(session, meter, type, address, offset, limit, order, depth, subclasses, where, expr):  # noqa: A002 (the protocol's name)
    """Verb: a page of instances; its objects are held until the next page, release or the end.

    ``largest`` goes by shallow size.  ``oldest`` and ``newest`` follow the collector's lists, which
    keep the order of creation only roughly; a free-threaded interpreter has no such order.
    With an ``address`` it is the one object there.
    ``where`` is asked before anything is counted; ``expr`` adds its value for each instance.
    """
    condition, value_of = _Condition(where), _built(expr)
    yield None
    if address is not None:
        return (yield from _one(session, meter, address, depth, value_of))
    if not type:
        raise Refusal("missing-argument", argument="type")
    session.page = None
    walk = Walk(meter, offset + limit, by_age=order != "largest")
    yield walk
    best = ranking.Best(ranking.ORDERS[order](walk), offset + limit)
    wanted = _Picker(type, walk.ids, subclasses)
    examined = 0
    for chunk in walk.slices():
        places, objects = wanted.pick(chunk, len(walk.objects))
        del chunk
        examined += len(objects)
        if where is not None:
            places, objects = yield from condition.held_by(places, objects)
        best.add(places, objects)
        # This frame may be in it, up to 3.10: no cycle may outlive the request.
        del objects
        yield "instances", walk.done, walk.total, type
    frozen = guest.gc.get_freeze_count()
    kind = type_called(type)
    untracked = kind is not None and not kinds.flags_of(kind) & kinds.HAS_GC
    if not best.total and not wanted.exists:
        if untracked:
            raise Refusal("not-tracked", type=type)
        raise Refusal("no-such-type", type=type, candidates=wanted.candidates(), frozen=frozen)
    session.page = pages.OpenPage()
    found = best.sorted()[offset : offset + limit]
    total = best.total
    best.clear()
    writer, packed, values = pages.Writer(session.page), [], []
    for value in found:
        session.page.keep(value)
    while found:
        some = found[:_ROWS]
        del found[:_ROWS]
        if expr is not None:
            for value in some:
                values += [(yield from _value(value_of, value, writer, depth))]
            value = None
        packed += yield from writer.nodes(some, 0 if expr is not None else depth)
        yield "reading", len(packed), len(packed) + len(found)
    return {
        "type": type,
        "total": total,
        "offset": offset,
        "order": order,
        "frozen": frozen,
        # The loaded type of that name; another of it may have been met.
        "untracked": untracked,
        "instances": packed,
        "values": values,
        "examined": examined,
        "undecided": condition.undecided,
        "problem": condition.problem,
    }


def _one(session, meter, address, depth, value_of):
    """The page of the object at ``address``."""
    found = [(yield from lookup.at(session, meter, address))]
    session.page = pages.OpenPage()
    session.page.keep(found[0])
    writer = pages.Writer(session.page)
    values = []
    if value_of is not None:
        values.append((yield from _value(value_of, found[0], writer, depth)))
    packed = yield from writer.nodes(found, depth)
    return {
        "type": "0x%x" % address,
        "total": 1,
        "offset": 0,
        "order": "largest",
        "frozen": guest.gc.get_freeze_count(),
        "instances": packed,
        "values": values,
        "examined": 1,
        "undecided": 0,
        "problem": None,
    }


def _built(tree):
    """The function of a tree that a viewer sent, None without one."""
    if tree is None:
        return None
    return expression.build(tree)


def _value(value_of, each, writer, depth):
    """The node of the expression's value for one instance, or one that says why it has none."""
    try:
        value = value_of({"target": each, "obj": each})
    except reading.ReadError as error:
        return pages.unreadable(error.reason)
    return (yield from writer.node(value, depth))


class _Condition:
    """Finds the objects for which a condition holds, and counts those where that is not known."""

    __slots__ = ("_of", "problem", "undecided")

    def __init__(self, tree):
        self._of = _built(tree)
        self.undecided = 0
        self.problem = None

    def held_by(self, places, objects):
        """(places, objects) for which it holds; yields now and then, so that others can run."""
        kept_places, kept = [], []
        clock = guest.time.thread_time_ns
        began = clock()
        for at in range(0, len(objects), _AT_A_TIME):
            for place, each in zip(places[at : at + _AT_A_TIME], objects[at : at + _AT_A_TIME]):
                if self._holds(each):
                    kept_places.append(place)
                    kept.append(each)
            each = None
            if clock() - began > _AIM_NS:
                yield None
                began = clock()
        return kept_places, kept

    def _holds(self, each):
        try:
            return expression.truth(self._of({"target": each, "obj": each}))
        except reading.ReadError as error:
            self.problem = error.reason
        except RuntimeError:
            # A container that changed while it was looked through.
            self.problem = reason("changed-meanwhile")
        self.undecided += 1
        return False


class _Picker:
    """Picks the objects whose type is called ``name``, but for the agent's own.

    With ``subclasses`` those as well that have a type of that name among their bases.
    """

    __slots__ = ("_kinds", "_matching", "_name", "_names", "_ours", "_subclasses")

    def __init__(self, name, ours, subclasses=False):
        self._name = name
        self._ours = ours
        self._subclasses = subclasses
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
                if kind is boot.own() or type(kind) is boot.own():
                    continue
                name = names.name_of(kind)
                self._names.add(name)
                if name == self._name or (self._subclasses and self._derives(kind)):
                    self._matching.add(key)

    def _derives(self, kind):
        return any(names.name_of(base) == self._name for base in names.mro_of(kind))

    def candidates(self):
        """Names of types that could have been meant: those that contain it, else those about as long."""
        last = self._name.rpartition(".")[2].lower()
        known = list(self._names)
        near = sorted([name for name in known if last in name.lower()], key=len)[:_CANDIDATES]
        return near or candidates(self._name, known)
