"""The buffers of pyarrow's arrays and tables, each counted once, by its address: a slice is not its table.

The classes are Cython's and static: their methods cannot be replaced.  A wrapper that was made
without its constructor has nothing inside, and asking it would end the process: such are found by
comparing with one made for that.  Where the application has extension types of its own, wrapping a
column would run their code; tables are then asked for a total, in which a shared buffer counts again.
"""

from ..objects import kinds, names
from . import memory

_weakrefoffset = type.__dict__["__weakrefoffset__"].__get__
_basicsize = type.__dict__["__basicsize__"].__get__
#: A buffer is a slice of one that is a slice …; as deep as this.
_DEEPEST = 16
_CYTHON = "cython_function_or_method"
#: A buffer that several hold counts for the highest of them.
_TABLE, _BATCH, _CHUNKED, _ARRAY, _BUFFER = 4, 3, 2, 1, 0


class Arrow:
    """Looks at pyarrow's objects through the C functions of their static classes."""

    __slots__ = (
        "_address",
        "_arrays",
        "_blanks",
        "_buffers",
        "_chunks",
        "_columns",
        "_dictionary",
        "_foreign",
        "_is_cpu",
        "_kinds",
        "_parent",
        "_pool",
        "_size",
        "_slice",
        "_total",
        "_values",
    )

    def __init__(self, module):
        self._kinds, self._blanks = {}, {}
        wanted = (("Table", _TABLE), ("RecordBatch", _BATCH), ("ChunkedArray", _CHUNKED))
        for name, rank in (*wanted, ("Array", _ARRAY), ("Buffer", _BUFFER)):
            kind = module[name]
            if kinds.flags_of(kind) & kinds.HEAP_TYPE or names.module_of(kind) != "pyarrow.lib":
                raise LookupError(name)
            self._kinds[id(kind)] = kind, rank
        self._foreign = _has_python(module["BaseExtensionType"])
        self._dictionary = module["DictionaryArray"]
        array, buffer = module["Array"], module["Buffer"]
        self._buffers = _call(array, "buffers")
        self._slice = _call(array, "slice")
        self._values = _read(self._dictionary, "dictionary")
        self._address, self._size = _read(buffer, "address"), _read(buffer, "size")
        self._parent = _read(buffer, "parent")
        self._is_cpu = names.in_mro(buffer, "is_cpu")
        self._columns = _read(module["Table"], "num_columns"), _call(module["Table"], "column")
        batch = module["RecordBatch"]
        self._arrays = _read(batch, "num_columns"), _call(batch, "column")
        chunked = module["ChunkedArray"]
        self._chunks = _read(chunked, "num_chunks"), _call(chunked, "chunk")
        self._pool = _cython(module["total_allocated_bytes"])
        self._total = {
            rank: _read(kind, "nbytes") for kind, rank in self._kinds.values() if rank > _ARRAY
        }

    def looker(self, kind):
        """The way to look at one of pyarrow's types, or a subclass of it."""
        rank = self.rank(kind)
        if rank is None:
            return None
        return lambda ledger, each, name: self._look(ledger, each, name, rank)

    def rank(self, kind):
        """Which of pyarrow's kinds of objects ``kind`` is, or None."""
        for each in names.mro_of(kind):
            found = self._kinds.get(id(each))
            if found is not None:
                return found[1]
        return None

    def _look(self, ledger, each, name, rank):
        if not self._is_made(each):
            return
        if rank > _ARRAY and self._foreign:
            ledger.add_total(memory.PROCESS, self._total[rank](each), name)
            ledger.miss(name, memory.SHARED)
        else:
            ledger.later(name, self._steps(ledger, each, name, rank))

    def _steps(self, ledger, each, name, rank):
        for place, address, size in self._regions(each, rank):
            if place is not None:
                ledger.add(place, address, size, name, rank)
            yield

    def regions_of(self, each):
        """(place, address, size) of each buffer of ``each``; some places are None: nothing there."""
        rank = self.rank(type(each))
        if (rank > _ARRAY and self._foreign) or not self._is_made(each):
            return
        yield from self._regions(each, rank)

    def _regions(self, each, rank):
        if rank == _BUFFER:
            yield self._region(each)
        elif rank == _ARRAY:
            yield from self._of_array(each)
        else:
            below = _CHUNKED if rank == _TABLE else _ARRAY
            many, get = {_TABLE: self._columns, _BATCH: self._arrays, _CHUNKED: self._chunks}[rank]
            for number in range(many(each)):
                yield None, 0, 0
                yield from self._regions(get(each, number), below)

    def _of_array(self, each):
        for buffer in self._buffers(each):
            if buffer is not None:
                yield self._region(buffer)
        if any(kind is self._dictionary for kind in names.mro_of(type(each))) and not self._foreign:
            # An array keeps the wrapper of its dictionary once it was asked for: so ask another one.
            yield from self._of_array(self._values(self._slice(each)))

    def _region(self, buffer):
        for _ in range(_DEEPEST):
            parent = self._parent(buffer)
            if parent is None:
                break
            buffer = parent
        if self._is_cpu is not None and not self._is_cpu.__get__(buffer):
            return "device", self._address(buffer), self._size(buffer)
        return memory.PROCESS, self._address(buffer), self._size(buffer)

    def _is_made(self, each):
        """Whether there is anything in the wrapper ``each``."""
        base = next(
            kind for kind in names.mro_of(type(each)) if not kinds.flags_of(kind) & kinds.HEAP_TYPE
        )
        if id(base) not in self._blanks:
            words = _words(base.__new__(base), base)
            # Not its count, its type, or the list of weak references to it.
            skipped = (0, 1, _weakrefoffset(base) // 8)
            places = [at for at, word in enumerate(words) if not word and at not in skipped]
            self._blanks[id(base)] = places
        words = _words(each, base)
        # A shared pointer is two words, and the plain one beside it a third.
        return sum(1 for at in self._blanks[id(base)] if words[at]) >= 2

    def finish(self, ledger):
        """Hand over what the library says of all its memory."""
        ledger.pools.append(["pyarrow", self._pool()])
        return ()


def _words(each, base):
    return memory.peek(id(each), _basicsize(base) // 8 * 8)


def _has_python(kind):
    """Whether ``kind`` has a subclass that is written in Python."""
    return any(
        kinds.flags_of(each) & kinds.HEAP_TYPE or _has_python(each)
        for each in type.__subclasses__(kind)
    )


def _call(kind, name):
    """A method of ``kind`` that is C: CPython's descriptor, or Cython's function."""
    found = names.in_mro(kind, name)
    if type(found) is kinds.method_descriptor:
        return found
    return _cython(found)


def _cython(found):
    # Its module is not to be relied on: Cython has an attribute of that name in the type.
    if names.name_of(type(found)).rpartition(".")[2] != _CYTHON:
        raise LookupError(_CYTHON)
    return found


def _read(kind, name):
    """The reader of an attribute that C computes."""
    found = names.in_mro(kind, name)
    if type(found) is not kinds.getset:
        raise LookupError(name)
    return found.__get__
