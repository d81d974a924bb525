"""numpy's arrays, read through the C descriptors of ``numpy.ndarray`` if numpy is loaded."""

from ..entry import guest
from ..objects import kinds, names

_NAMES = ("base", "dtype", "flat", "__array_interface__")


class Arrays:
    """Finds arrays, the memory that they are views of, and the objects that they refer to."""

    __slots__ = ("_char", "_get", "_kind")

    def __init__(self):
        self._kind, self._get = None, {}
        module = guest.entry(guest.sys.modules, "numpy")
        if type(module) is not kinds.module:
            return
        kind, dtype = (guest.entry(module.__dict__, name) for name in ("ndarray", "dtype"))
        if not names.is_type(kind) or names.module_of(kind) != "numpy" or not names.is_type(dtype):
            return
        found = {name: guest.entry(names.dict_of(kind), name) for name in _NAMES}
        char = guest.entry(names.dict_of(dtype), "char")
        if type(char) in (kinds.member, kinds.getset) and all(
            type(each) is kinds.getset for each in found.values()
        ):
            self._get = {name: each.__get__ for name, each in found.items()}
            self._char = char.__get__
            self._kind = kind

    def are(self, kind):
        """Whether instances of ``kind`` are arrays."""
        return self._kind is not None and any(each is self._kind for each in names.mro_of(kind))

    def base(self, each):
        """What has the memory that ``each`` is a view of; None if it has its own."""
        return self._get["base"](each)

    def root(self, each):
        """The array that ``each`` is a view of, or itself, and what that has its memory from, or None."""
        base = self.base(each)
        while base is not None and self.are(type(base)):
            each, base = base, self.base(base)
        return each, base

    def holds_objects(self, each):
        """Whether ``each`` refers to objects itself: of dtype object, and not a view of such a one."""
        if self._char(self._get["dtype"](each)) != "O":
            return False
        base = self.base(each)
        return base is None or not self.are(type(base))

    def items(self, each):
        """An iterator over the objects in an array that has some."""
        return iter(self._get["flat"](each))

    def address(self, each):
        """Where the data of ``each`` begins."""
        return self._get["__array_interface__"](each)["data"][0]
