"""The interpreter's own types that no builtin name leads to; importing ``types`` for them could load it."""


def _generate():
    yield


async def _await():
    pass


async def _generate_async():
    yield


def _enclose(cell):
    return lambda: cell


class _Slotted:
    __slots__ = ("__weakref__", "field")

    def method(self):
        """Only looked at."""


_coroutine = _await()
_coroutine.close()

function = type(_generate)
builtin = type(len)
method = type(_Slotted().method)
wrapper = type(_Slotted().__init__)
slot_wrapper = type(object.__init__)
method_descriptor = type(str.join)
classmethod_descriptor = type(dict.__dict__["fromkeys"])
member = type(_Slotted.field)
getset = type(_Slotted.__weakref__)
code = type(_generate.__code__)
cell = type(_enclose(1).__closure__[0])
generator = type(_generate())
coroutine = type(_coroutine)
async_generator = type(_generate_async())
module = type(len.__self__)

#: The bits of a type, read by ``type``'s own slot: a metaclass cannot get between.
flags_of = type.__dict__["__flags__"].__get__
#: Those that CPython keeps up to date, for subclasses of its own types too.
HEAP_TYPE, HAS_GC = 1 << 9, 1 << 14
LIST, TUPLE, BYTES, TEXT, DICT, TYPE = (1 << bit for bit in (25, 26, 27, 28, 29, 31))
