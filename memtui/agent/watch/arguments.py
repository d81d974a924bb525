"""The arguments of a call by name, from the values of its parameters.

Either way of watching gives the same: ``args`` are the values of the positional parameters in their order, defaults
filled in, and what ``*args`` took; ``kwargs`` has every parameter by its name and what ``**kwargs`` took;
``target`` is ``self`` or ``cls``, which is in neither.

What is done at every call is done in two steps: the values are taken, as one tuple, which is cheap; names
are put to them only where somebody asks.
"""

from ..entry import guest
from ..objects import names
from .target import VARARGS, VARKEYWORDS


class Signature:
    """The parameters of one function, read from its code.

    ``values`` are a tuple: of the positional parameters, the keyword-only ones, the tuple that
    ``*args`` took and the dict that ``**kwargs`` took, the last two only if the function has them.
    """

    __slots__ = ("_bound", "_has_named_rest", "_has_rest", "_many", "_single", "_slots")

    def __init__(self, spot):
        code = spot.code
        self._many = code.co_argcount
        self._single = self._many + code.co_kwonlyargcount
        self._has_rest = bool(code.co_flags & VARARGS)
        self._has_named_rest = bool(code.co_flags & VARKEYWORDS)
        slots = self._single + self._has_rest + self._has_named_rest
        self._slots = tuple(names.variables_of(code)[:slots])
        self._bound = spot.bound

    def reader(self):
        """A function of a frame that gives the values its variables have."""
        slots = self._slots
        if not slots:
            return lambda _frame: ()
        get_all = guest.operator.itemgetter(*slots)

        def read(frame):
            variables = frame.f_locals
            try:
                return get_all(variables) if len(slots) > 1 else (get_all(variables),)
            except KeyError:
                # A generator may have deleted one since it began: that counts as None.
                return tuple([variables.get(name) for name in slots])

        return read

    def scoper(self, needed):
        """A function of values that gives the names in ``needed`` (``args`` and ``target`` always)."""
        many, single, bound = self._many, self._single, self._bound
        rest = single if self._has_rest else None
        named_rest = len(self._slots) - 1 if self._has_named_rest else None
        first = 1 if bound and many else 0
        names = self._slots[first:single]

        def scope_of(values):
            args = values[:many]
            if rest is not None and type(values[rest]) is tuple:
                # A generator may have made something else of it.
                args += values[rest]
            if bound and args:
                return {"args": args[1:], "target": args[0]}
            return {"args": args, "target": None}

        def full_scope_of(values):
            scope = scope_of(values)
            named = scope["kwargs"] = dict(zip(names, values[first:]))
            if named_rest is not None and type(values[named_rest]) is dict:
                named.update(values[named_rest])
            return scope

        return full_scope_of if "kwargs" in needed else scope_of
