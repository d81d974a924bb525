"""What the agent works with at this moment, found by counting references.

A list in a variable of one of our generators may be ours or the program's.  It is ours if every reference to
it comes from what is ours: then nobody else can know it.  An object of the program that we merely hold has
a reference from elsewhere.  This holds only while all our generators wait: the variables of a function
that runs cannot be seen.  So the lists of all objects are made by the server's loop (:meth:`walk.Walk.take`).
"""

from ..entry import boot, guest
from ..objects import kinds, ours
from ..objects.reading import ATOMS

#: What may lead further.  Without a GIL functions and classes are not tracked once there was a second thread.
may_lead = guest.gc.is_tracked if guest.has_gil else lambda each: id(type(each)) not in ATOMS
_frame = type(guest.sys._getframe())
#: Where the code of what runs, or waits, is written down, by type.
_CODE = {
    id(kinds.function): "__code__",
    id(kinds.generator): "gi_code",
    id(kinds.coroutine): "cr_code",
    id(kinds.async_generator): "ag_code",
    id(_frame): "f_code",
}
#: What is in a longer container is not looked at, it would take too long.
_LONG = 5000
_LENGTHS = {id(list): list.__len__, id(dict): dict.__len__, id(tuple): tuple.__len__}
_LENGTHS[id(set)] = set.__len__


def _alone():
    """What ``getrefcount`` says of an object that only a dict of candidates has."""
    candidates = {0: object()}
    return next(map(guest.sys.getrefcount, candidates.values()))


#: What :func:`_alone` says.
ALONE = _alone()


def claim(roots, known, changing, codes):
    """A list of our objects that ``roots``, and containers of ours that are ``changing``, lead to.

    ``known`` are ids of what is ours already, ``codes`` those of our code objects.
    """
    found, seen, candidates = [], {}, {}
    taken = set(known)
    taken.update(map(id, roots))
    parents, claimed = list(changing), list(roots)
    while claimed or parents:
        found += claimed
        parents += [each for each in claimed if _is_short(each)]
        del claimed[:]
        # One call for all: where there is no GIL each stops every other thread, and waits for it.
        inside = list(filter(may_lead, guest.gc.get_referents(*parents)))
        del parents[:]
        met = {}
        guest.count_elements(met, map(id, inside))
        fresh = {id(each): each for each in inside}
        del inside
        for key in met.keys() & taken:
            del met[key]
        for key, times in met.items():
            seen[key] = seen.get(key, 0) + times
            candidates.setdefault(key, fresh[key])
        fresh.clear()
        some = {key: candidates.pop(key) for key in met}
        counts = dict(zip(some, map(guest.sys.getrefcount, some.values())))
        while some:
            key, each = some.popitem()
            if counts[key] - ALONE <= seen[key] or _is_natural(each, codes):
                taken.add(key)
                claimed.append(each)
            else:
                candidates[key] = each
        each = None
    return found


def _is_short(each):
    length = _LENGTHS.get(id(type(each)))
    return length is None or length(each) <= _LONG


def _is_natural(each, codes):
    """Whether it is ours whoever refers to it: an instance of a class of ours, or something that runs our code."""
    kind = type(each)
    if type(kind) is boot.own():
        return True
    where = _CODE.get(id(kind))
    if where is None:
        return False
    code = getattr(each, where)
    return id(code) in codes or ours.is_of_ours(code)
