"""What a type is called, without asking the type.

A metaclass may have any ``__getattribute__``, ``__eq__`` and ``__hash__``.  So attributes are read
with the descriptors of ``type`` itself, and types are compared by id and identity.
"""

from ..entry import guest

_module = type.__dict__["__module__"].__get__
_qualname = type.__dict__["__qualname__"].__get__
_mro = type.__dict__["__mro__"].__get__
_dict = type.__dict__["__dict__"].__get__
bases_of = type.__dict__["__bases__"].__get__
_LONGEST = 500
_HAS_NAMES = guest.sys.version_info < (3, 11)


def name_of(kind):
    """``module.QualName`` of the type ``kind``; a builtin one has no module.

    Spelled as it travels, so that a viewer can ask for it: lone surrogates have no UTF-8.
    """
    module, name = module_of(kind), _read(_qualname, kind)
    name = (name or "?")[:_LONGEST]
    if module and module != "builtins":
        name = module[:_LONGEST] + "." + name
    return name if name.isascii() else name.encode("utf-8", "backslashreplace").decode()


def module_of(kind):
    """The module that the type ``kind`` says it is of, or None."""
    return _read(_module, kind)


def qualname_of(kind):
    """The name of the type ``kind`` within its module."""
    return _qualname(kind)


def _read(getter, kind):
    try:
        return text_of(getter(kind))
    except Exception:
        # A class without a module, or one whose dictionary was emptied.
        return None


def text_of(value):
    """``value`` as an exact str if it is one or a subclass of it, else None; runs no code of it."""
    if type(value) is str:
        return value
    if any(each is str for each in mro_of(type(value))):
        return str.__str__(value)
    return None


def mro_of(kind):
    """The classes of ``kind`` in method resolution order, as a tuple."""
    return _mro(kind) or (kind,)


def dict_of(kind):
    """The type's own attributes, a read-only mapping; empty for a C type that was never made ready."""
    return _dict(kind) or {}


def in_mro(kind, name, default=None):
    """The first thing called ``name`` in the dictionaries of the MRO, or ``default``."""
    try:
        for each in mro_of(kind):
            found = dict_of(each)
            if name in found:
                return found[name]
    except KeyError:
        pass  # taken out in between
    return default


def variables_of(code):
    """The names of the variables of a code object: its parameters come first, those of outer functions last.

    From 3.11 on its attributes would make tuples of them, which stay with the code.
    """
    if _HAS_NAMES:
        return list(code.co_varnames + code.co_cellvars + code.co_freevars)
    found = []
    try:
        # What was found before the error stays.
        found.extend(map(code._varname_from_oparg, guest.itertools.count()))
    except IndexError:
        pass
    return found


def is_type(value):
    """Whether ``value`` is a class, of any metaclass."""
    return any(each is type for each in mro_of(type(value)))
