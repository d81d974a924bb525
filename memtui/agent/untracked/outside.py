"""Memory that objects have outside of themselves, where ``__sizeof__`` does not see it.

torch and pyarrow keep data in buffers that many objects may share: tensors and their views, a table
and its slices.  A buffer is known by its address and counted once.  It is asked through C
functions of the libraries' own static types, which no application can override, and only if the
library is loaded already.  What such a function cannot give without running code is counted as unknown.
"""

from ..entry import guest
from ..objects import kinds, names
from . import memory

#: How many regions are added up in a slice.
_SPANS = 2000


class OutsideMemory:
    """Regions of memory by address, found by looking at objects; each is counted once.

    Kinds of objects are learnt as they are met.  What needs many steps, a table with its columns,
    waits until :meth:`work` is run.  ``arrays`` knows numpy's arrays.
    """

    __slots__ = (
        "_counted",
        "_learnt",
        "_libraries",
        "_lookers",
        "_met",
        "_objects",
        "_regions",
        "_todo",
        "_untold",
        "holders",
        "known",
        "pools",
    )

    def __init__(self, arrays):
        #: (address, size) of what was counted elsewhere and may be what a region is in.
        self.known = []
        #: [name, objects, bytes] of objects that hold memory which is counted for others; [name, bytes] of pools.
        self.holders, self.pools = [], []
        self._regions, self._objects, self._untold = {}, {}, {}
        # (name, place): [regions, size].
        self._counted = {}
        self._met, self._learnt, self._lookers, self._todo = set(), {}, {}, []
        self._libraries = list(self._load(arrays))

    def _load(self, arrays):
        arrow = self._loaded("pyarrow.lib", _arrow)
        yield from filter(None, (self._loaded("torch._C", _torch), arrow))
        frames = self._loaded("pandas.core.generic", lambda _: _frames(arrays, arrow))
        yield from filter(None, (frames, self._loaded("mmap", _Mmap)))

    def _loaded(self, name, make):
        """What looks into one library; None if it is not loaded, or not as it is known."""
        module = guest.entry(guest.sys.modules, name)
        if module is None:
            return None
        try:
            return make(module.__dict__ if type(module) is kinds.module else {})
        except Exception:
            self.miss(name, memory.LIBRARY)
            return None

    @property
    def is_needed(self):
        """Whether any library is loaded whose objects have such memory."""
        return bool(self._libraries)

    def looks_at(self, kind):
        """Whether instances of ``kind`` have such memory."""
        key = id(kind)
        if key not in self._learnt:
            # Held, so that no other type gets its address meanwhile.
            self._learnt[key] = kind
            for library in self._libraries:
                look = library.looker(kind)
                if look is not None:
                    self._lookers[key] = look, names.name_of(kind)
                    break
        return key in self._lookers

    def look_at(self, objects):
        """Look at those of ``objects``, a list in which none is twice, that have such memory."""
        if not self._libraries:
            return
        ids = list(map(id, map(type, objects)))
        fresh = set(ids).difference(self._learnt)
        if fresh:
            for each in guest.itertools.compress(objects, map(fresh.__contains__, ids)):
                self.looks_at(type(each))
        for each in guest.itertools.compress(objects, map(self._lookers.__contains__, ids)):
            self._look(each)

    def look_once(self, each):
        """Look at one object, of a kind that has such memory, which may be met again."""
        if id(each) not in self._met:
            self._met.add(id(each))
            self._look(each)

    def _look(self, each):
        look, name = self._lookers[id(type(each))]
        self._objects[name] = self._objects.get(name, 0) + 1
        try:
            look(self, each, name)
        except Exception:
            self.miss(name, memory.LAYOUT)

    def add(self, place, address, size, name, rank=0):
        """There are ``size`` bytes at ``address``, seen through an object of type ``name``.

        Seen through several, they count for the type of the highest rank, then by name: not for the
        one that happens to come first, which would change from one request to the next.
        """
        known = self._regions.get((place, address))
        owner = (-rank, name)
        if known is None:
            self._regions[place, address] = [size, owner]
        else:
            known[0] = max(known[0], size)
            known[1] = min(known[1], owner)

    def add_total(self, place, size, name, regions=0):
        """There are ``size`` bytes that no other object shares, or may share: that is not known."""
        row = self._counted.setdefault((name, place), [0, 0])
        row[0] += regions
        row[1] += size

    def widen(self, place, address, size):
        """The region at ``address`` is known to be larger than its objects reach."""
        region = self._regions[place, address]
        region[0] = max(region[0], size)

    def owner_of(self, place, address):
        """The name of the type for which the region at ``address`` counts."""
        return self._regions[place, address][1][1]

    def miss(self, name, why):
        """The memory of an object of type ``name`` is not known, or not exactly."""
        self._untold[name, why] = self._untold.get((name, why), 0) + 1

    def later(self, name, steps):
        """Have the generator ``steps``, of an object of type ``name``, run by :meth:`work`."""
        self._todo.append((name, steps))

    def work(self, is_due):
        """Do what waits, in slices; yields where ``is_due()`` says so."""
        while self._todo:
            name, steps = self._todo[-1]
            try:
                for _ in steps:
                    if is_due():
                        yield
            except Exception:
                self.miss(name, memory.LAYOUT)
            self._todo.pop()

    def finish(self):
        """The answer's parts, as a dict; in slices.

        Where a region lies in what is ``known``, or in another region, its bytes are not counted again.
        """
        for library in self._libraries:
            for done, _ in enumerate(library.finish(self)):
                if done % _SPANS == 0:
                    yield
        spans = [(memory.PROCESS, start, 0, -size, None) for start, size in self.known]
        for (place, address), (size, owner) in self._regions.items():
            spans.append((place, address, 1, -size, owner[1]))
        yield
        spans.sort(key=lambda span: span[:4])
        yield
        last_place, last_end = None, 0
        for done, (place, start, _, minus_size, name) in enumerate(spans):
            if place != last_place:
                last_place, last_end = place, 0
            end = start - minus_size
            if name is not None:
                self.add_total(place, max(0, end - max(start, last_end)), name, regions=1)
            last_end = max(last_end, end)
            if done % _SPANS == 0:
                yield
        rows = [
            [name, self._objects.get(name, 0), regions, size, place]
            for (name, place), (regions, size) in self._counted.items()
        ]
        untold = [[*key, count] for key, count in self._untold.items()]
        return {"outside": rows, "untold": untold, "holders": self.holders, "pools": self.pools}


class _Mmap:
    """Mapped files: how much address space, which is not how much memory."""

    __slots__ = ("_kind", "_length")

    def __init__(self, module):
        self._kind = module["mmap"]
        self._length = names.dict_of(self._kind)["__len__"]
        if type(self._length) is not kinds.slot_wrapper:
            raise LookupError("__len__")

    def looker(self, kind):
        """The way to look at a mapping or a subclass of it."""
        return self._look if any(each is self._kind for each in names.mro_of(kind)) else None

    def _look(self, outside, each, name):
        outside.add_total(memory.MAPPED, self._length(each), name, regions=1)

    def finish(self, _outside):
        """Nothing is left to do."""
        return ()


# Compiled only where they are needed: it takes the target's time.


def _torch(module):
    from . import torch  # noqa: PLC0415

    return torch.Torch(module)


def _arrow(module):
    from . import arrow  # noqa: PLC0415

    return arrow.Arrow(module)


def _frames(arrays, arrow):
    from . import frames  # noqa: PLC0415

    return frames.Frames(arrays, arrow)
