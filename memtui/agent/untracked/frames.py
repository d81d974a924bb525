"""What pandas' frames, series and indexes hold: the arrays and buffers that belong to them.

They are written in Python and own no memory; what they lead to through pandas' own objects and plain
containers is added up for each type, an array that several of a type share once.  Texts and other
objects in arrays are not in it.
"""

from ..entry import guest
from ..objects import kinds, names, sizes
from . import memory

_referents = guest.gc.get_referents
#: Longer containers are not pandas' own, and no way to an array is longer.
_LONGEST, _DEEPEST = 10000, 12
_PLAIN = (dict, list, tuple)
_WHERE = (("pandas.core.generic", "NDFrame"), ("pandas.core.indexes.base", "Index"))


class Frames:
    """Follows frames to their arrays; ``arrays`` and ``arrow`` know those."""

    __slots__ = ("_arrays", "_arrow", "_bases", "held")

    def __init__(self, arrays, arrow):
        self._arrays, self._arrow = arrays, arrow
        self._bases = [each for each in map(_class, _WHERE) if each is not None]
        # By type: [objects, bytes, keys of the memory they hold].
        self.held = {}

    def looker(self, kind):
        """The way to look at a frame, a series, an index or a subclass."""
        if any(each is base for each in names.mro_of(kind) for base in self._bases):
            return lambda ledger, each, name: ledger.later(name, self._steps(each, name))
        return None

    def _steps(self, each, name):
        row = self.held.setdefault(name, [0, 0, set()])
        row[0] += 1
        todo, seen = [(each, 0)], {id(each)}
        del each
        while todo:
            holder, depth = todo.pop()
            for found in _referents(holder):
                if id(found) in seen:
                    continue
                # What was seen is held by the frame, which is held by this: no address is used twice.
                seen.add(id(found))
                kind = type(found)
                if self._arrays.are(kind):
                    self._add_array(row, found)
                elif self._arrow is not None and self._arrow.rank(kind) is not None:
                    self._add_arrow(row, found)
                elif depth < _DEEPEST and _is_way(found, kind):
                    todo.append((found, depth + 1))
            found = None
            yield

    def _add_array(self, row, array):
        root, base = self._arrays.root(array)
        self._add(row, (memory.PROCESS, id(root)), sizes.size_of(root))
        if (
            base is not None
            and self._arrow is not None
            and self._arrow.rank(type(base)) is not None
        ):
            self._add_arrow(row, base)

    def _add_arrow(self, row, found):
        for place, address, size in self._arrow.regions_of(found):
            if place == memory.PROCESS:
                self._add(row, (place, -address), size)

    @staticmethod
    def _add(row, key, size):
        if key not in row[2]:
            row[2].add(key)
            row[1] += size

    def finish(self, ledger):
        """Hand over the sums."""
        for name, (objects, size, _) in self.held.items():
            ledger.holders.append([name, objects, size])
        return ()


def _is_way(found, kind):
    if any(kind is each for each in _PLAIN):
        return len(found) <= _LONGEST
    return (names.module_of(kind) or "").partition(".")[0] == "pandas"


def _class(where):
    module = guest.entry(guest.sys.modules, where[0])
    found = guest.entry(module.__dict__, where[1]) if type(module) is kinds.module else None
    return found if names.is_type(found) else None
