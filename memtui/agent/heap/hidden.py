"""What of ours only the interpreter refers to, recognized by what is in it.

No traversal leads to the names of a code's variables (3.11 on), to those of a class' slots, to the dict in which a
class keeps those that derive from it, to the second copy of a C module's dict (up to 3.11) and to the list of
callbacks for forks.  So they are looked for once among all objects, while those are walked anyway.  The
tuples count until a collection looks at them, and only if nothing else refers to them.  The program may have an equal
one then; none can tell them apart, so as many are taken as we have, the newest first.
"""

from ..entry import boot, guest
from ..objects import kinds, names, ours

compress, repeat, is_ = guest.itertools.compress, guest.itertools.repeat, guest.is_
_getrefcount = guest.sys.getrefcount
_HIDES_NAMES = guest.sys.version_info >= (3, 11)
#: No list of callbacks that is ours alone is longer.
_SHORT = range(1, 4)


def _in_one_list():
    """What ``getrefcount`` says of an object that only one list has."""
    alone = [object()]
    return next(map(_getrefcount, alone))


_ALONE = _in_one_list()


class Wanted:
    """What is looked for, as long as ``pending``; ``found`` is what was found, now or ``before``."""

    __slots__ = (
        *(
            "_asked",
            "_classes",
            "_firsts",
            "_fresh",
            "_known",
            "_lengths",
            "_names",
            "_over",
            "_starts",
        ),
        *("found", "pending", "searched", "spaces", "version"),
    )

    def __init__(self, spaces, before=None):
        self.spaces = spaces
        self.found, self.searched, self._asked = [], set(), set()
        self._fresh, self._over = None, False
        if before is not None:
            before.settle()
            self.found += before.found
            self.searched |= before.searched
        #: How many codes and classes have a tuple of names, by the ids of the names, and the ids they begin with.
        self._names = {}
        #: Ids of what the dicts and lists begin with, and the lengths of the dicts.
        self._firsts, self._lengths = {}, set()
        self.version = ours.standing.version
        for code in (*spaces.codes, *ours.standing.codes()):
            # Earlier they are in tuples that the code shows.
            self._want(code, names.variables_of(code) if _HIDES_NAMES else ())
        self._classes = set(map(id, spaces.classes))
        for kind in spaces.classes:
            self._want(kind, _slots(kind))
            self._want_table(kind)
        for name, module in spaces.copies:
            if name not in spaces.state:
                self._want_copy(name, module)
        for callback in spaces.callbacks:
            self._firsts[id(callback)] = callback
            # From 3.14 on that is how one for the end of the process is kept.
            self._want(callback, (callback, (), None))
        known = [each for each in self.found if type(each) is not tuple]
        for first in map(_first, known):
            self._firsts.pop(id(first), None)
        self._known = spaces.ids.union(map(id, self.found))
        self._starts = {key[0] for key in self._names}
        self._explain(spaces)
        self.pending = bool(self._names or self._firsts)

    def _want(self, owner, wanted):
        if id(owner) not in self.searched:
            key = tuple(map(id, wanted))
            if key:
                self._names[key] = self._names.get(key, 0) + 1
            self._asked.add(id(owner))

    def _want_table(self, kind):
        derived = type.__subclasses__(kind)
        if derived:
            self._lengths.add(len(derived))
            self._firsts.update((id(each), each) for each in guest.weakrefs_of(derived[0]))

    def _want_copy(self, name, module):
        space = module.__dict__
        first = space["__name__"]
        # An agent that has left took one name out of the module, not out of the copy.
        self._lengths.update((len(space), len(space) + 1))
        self._firsts[id(first)] = space
        # What the interpreter keeps the copy by.
        self._want(first, (space.get("__file__", name), name))

    def _explain(self, spaces):
        """Take out what is known: the compiler gives equal tuples of a text to all its codes."""
        known = [each for each in spaces.objects if type(each) is tuple and each]
        firsts = map(id, map(guest.operator.itemgetter(0), known))
        known = list(compress(known, map(self._starts.__contains__, firsts)))
        known = {id(each): each for each in known if tuple(map(id, each)) in self._names}
        # It has the list, and so references to all in it.
        del firsts
        if not known:
            return
        times = {}
        holders = {id(each): each for each in spaces.objects if type(each) in (tuple, dict, list)}
        for code in spaces.codes:
            holders.setdefault(id(code.co_consts), code.co_consts)
        referents = guest.gc.get_referents(*holders.values())
        holders.clear()
        referents += [code.co_names for code in spaces.codes]
        if not _HIDES_NAMES:
            for code in spaces.codes:
                referents += [code.co_varnames, code.co_freevars, code.co_cellvars]
        guest.count_elements(times, filter(known.__contains__, map(id, referents)))
        del referents
        counts = dict(zip(known, map(_getrefcount, known.values())))
        for key, each in known.items():
            names_in = tuple(map(id, each))
            self._names[names_in] -= counts[key] - _ALONE - 1 - times.get(key, 0)

    def clear(self):
        """Let go of everything."""
        self.done()
        self.settle()
        del self.found[:]
        self.searched.clear()

    def done(self):
        """All objects were walked: what was not found is not there, or not tracked any more."""
        self.pending, self._over = False, True

    def settle(self):
        """Take in what was found in the last walk, before the next begins.

        Not earlier: what is among the objects of a walk has to keep its size until it is taken out of the count.
        """
        if self._fresh is not None:
            self.found += self._fresh.values()
            self._known.update(self._fresh)
            self._fresh = None
        if not self._over:
            return
        self.searched |= self._asked
        for each in (
            self._asked,
            self._classes,
            self._names,
            self._firsts,
            self._lengths,
            self._starts,
        ):
            each.clear()

    def among(self, objects, holders):
        """What is found among ``objects``, which so many lists of the caller hold."""
        kinds_of, found = list(map(type, objects)), []
        for kind in (tuple, dict, list):
            some = list(compress(objects, map(is_, kinds_of, repeat(kind))))
            if some:
                found += self.of_kind(kind, some, holders + 1)
        return found

    def of_kind(self, kind, some, holders):
        """What is found in ``some``, all exactly of ``kind``, which so many lists of the caller hold."""
        try:
            if kind is tuple:
                found = self._tuples(some, holders)
            elif kind is dict:
                found = self._dicts(some)
            else:
                found = self._lists(some) if kind is list else []
        except RuntimeError:
            return []  # A dict has just changed: none of ours does.
        found = [each for each in found if not self._is_known(each)]
        if self._fresh is None:
            self._fresh = {}
        self._fresh.update((id(each), each) for each in found)
        return found

    def _is_known(self, each):
        return id(each) in self._known or (self._fresh is not None and id(each) in self._fresh)

    def _tuples(self, some, holders):
        firsts = map(id, map(guest.operator.itemgetter(0), some))
        some = list(compress(some, map(self._starts.__contains__, firsts)))
        counts = list(map(_getrefcount, some))
        found = []
        while some:
            each, times = some.pop(), counts.pop() - _ALONE - holders
            key = tuple(map(id, each))
            # Codes of the same text share equal ones.
            if times <= self._names.get(key, 0) and not self._is_known(each):
                self._names[key] -= times
                found.append(each)
        return found

    def _dicts(self, some):
        some = list(compress(some, map(self._lengths.__contains__, map(len, some))))
        firsts = map(id, map(next, map(iter, map(dict.values, some))))
        some = list(compress(some, map(self._firsts.__contains__, firsts)))
        return [each for each in some if self._is_table(each) or self._is_copy(each)]

    def _is_table(self, each):
        """Whether it is the dict in which a class of ours has those that derive from it."""
        first = _first(each)
        if type(first) is not _weakref:
            return False
        return next(iter(each)) == id(first()) and id(first()) in self._classes

    def _is_copy(self, each):
        space = self._firsts[id(_first(each))]
        if type(space) is not dict or each is space:
            return False
        return all(guest.entry(each, name) is value for name, value in space.items())

    def _lists(self, some):
        some = list(compress(some, map(_SHORT.__contains__, map(len, some))))
        firsts = map(id, map(guest.operator.itemgetter(0), some))
        some = list(compress(some, map(self._firsts.__contains__, firsts)))
        # The others are callbacks of the program: then it is the program's list.
        return [each for each in some if all(id(one) in self._firsts for one in each)]


_weakref = type(guest.weakrefs_of(boot.own())[0])


def _first(each):
    return next(iter(each.values() if type(each) is dict else each))


def _slots(kind):
    """The names of a class' slots, as it keeps them: sorted."""
    inside = names.dict_of(kind)
    return sorted(name for name, each in inside.items() if type(each) is kinds.member)
