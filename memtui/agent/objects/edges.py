"""How an object reaches what it refers to: pairs of an edge (text) and a child.

Nothing of the application runs and nothing is created in it.  Since 3.11 the attributes of an
instance lie in the instance, and asking for its ``__dict__`` would *make* that dict.  So values are
taken from the collector's own traversal, and names from where they are written down: the class'
functions, annotations, slots.  A name counts when reading it gives one of those very objects; a
value whose name stays unknown has the edge ``.?``.
"""

from ..entry import guest
from . import kinds, names, preview

islice = guest.itertools.islice
_module_dict = kinds.module.__dict__["__dict__"].__get__
#: Up to here a container's traversal, a list of all it refers to, is made for its attributes.
_TRAVERSED = 20000


def of(value, offset, limit, reader):
    """(pairs, rest): ``limit`` edges of ``value`` from ``offset`` on, and how many follow them.

    ``reader`` is the request's :class:`attributes.Reader`.
    """
    base = base_of(type(value))
    if base is not None:
        length = base.__len__(value)
        if base is type(value):
            first = []
        else:
            first = reader.pairs(value, _inside(value) if length <= _TRAVERSED else None)
        return _window(first, length, _ITEMS[id(base)], value, offset, limit)
    if any(each is kinds.module for each in names.mro_of(type(value))):
        value = _module_dict(value) or {}
        return _window([], len(value), _named, value, offset, limit)
    if names.is_type(value):
        inside = names.dict_of(value)
        bases = [(".__bases__", names.bases_of(value))]
        return _window(bases, len(inside), _named, inside, offset, limit)
    pairs = reader.pairs(value)
    if len(pairs) > limit:
        # A cache with a bound refers to each of its entries; the dict of them all says more.
        pairs.sort(key=lambda pair: type(pair[1]) is not dict)
    return _window(pairs, 0, None, value, offset, limit)


def _inside(value):
    """All items of a container, keys as well."""
    found = list(_iterator(value))
    return found + list(dict.values(value)) if base_of(type(value)) is dict else found


def counts(values):
    """How many edges each of ``values`` has, as far as that is cheap; some number above 0 if it has any."""
    known = [_length(value) for value in values]
    unknown = [value for value, many in zip(values, known) if many is None]
    inside = iter(referents(unknown) if unknown else ())
    return [
        sum(1 for each in next(inside) if each is not type(value)) if many is None else many
        for value, many in zip(values, known)
    ]


def _length(value):
    """The number of edges where it is known without a traversal, else None."""
    if preview.is_atom(value):
        return 0
    base = base_of(type(value))
    if base is not None and (base is type(value) or base.__len__(value)):
        return base.__len__(value)
    return None


def referents(values):
    """Lists of what each of ``values`` refers to, by the collector's own traversal.

    In one call where there is no GIL, for each call stops every other thread there and waits for it.
    """
    if guest.has_gil:
        return map(guest.gc.get_referents, values)
    mark = object()
    between, found, inside = (mark,), [], []
    for each in guest.gc.get_referents(*[part for value in values for part in (value, between)]):
        if each is mark:
            found.append(inside)
            inside = []
        else:
            inside.append(each)
    return found


def length_of(value):
    """The number of items of a builtin container, one derived from it, or a text; else None."""
    length = preview.length_of(value)
    if length is None:
        base = base_of(type(value))
        length = None if base is None else base.__len__(value)
    return length


def base_of(kind):
    """The builtin container that ``kind`` is or derives from."""
    if id(kind) in _ITEMS:
        return kind
    for each in names.mro_of(kind):
        if id(each) in _ITEMS:
            return each
    return None


def _window(first, length, items, value, offset, limit):
    """``limit`` of the pairs in ``first`` followed by the ``length`` items of ``value``."""
    pairs = first[offset : offset + limit]
    start = max(0, offset - len(first))
    room = min(limit - len(pairs), length - start)
    if room > 0:
        pairs += items(value, start, room)
    return pairs, max(0, len(first) + length - offset - limit)


def _indexed(value, start, room):
    # One call into C, so the container cannot change in between.
    found = list(islice(_iterator(value), start, start + room))
    return [("[%d]" % (start + index), each) for index, each in enumerate(found)]


def _iterator(value):
    base = base_of(type(value))
    return base.__iter__(value)


def _unordered(value, start, room):
    return [
        ("{…}", each) for each in islice(list(islice(_iterator(value), start + room)), start, None)
    ]


def _keyed(value, start, room):
    pairs = []
    for key, each in list(islice(dict.items(value), start, start + room)):
        if preview.is_atom(key):
            pairs.append(("[%s]" % preview.brief(key), each))
        else:
            pairs.append(("{key}", key))
            pairs.append(("[{key}]", each))
    return pairs


def _named(value, start, room):
    pairs = []
    for key, each in list(islice(value.items(), start, start + room)):
        pairs.append(("." + key if type(key) is str else "[%s]" % preview.brief(key), each))
    return pairs


_ITEMS = {
    id(dict): _keyed,
    id(list): _indexed,
    id(tuple): _indexed,
    id(guest.deque): _indexed,
    id(set): _unordered,
    id(frozenset): _unordered,
}
