"""Modules that are loaded, and what is in them, without asking a module for anything.

``sys.modules`` is read as the dict it is, and what is in a module through the descriptor of the module type
itself.  So a module with a ``__getattr__``, or of a class that loads when it is touched, does not notice.
"""

from ..entry import guest
from . import edges, kinds, names, ours, preview

namespace_of = kinds.module.__dict__["__dict__"].__get__


def loaded():
    """``{name: module}`` of what is loaded, whatever it is; names that are no texts are left out."""
    found = guest.sys.modules
    if not any(base is dict for base in names.mro_of(type(found))):
        return {}
    pairs = [(names.text_of(name), value) for name, value in list(dict.items(found))]
    return {name: value for name, value in ours.pairs(pairs) if name is not None}


def is_module(value):
    """Whether ``value`` is a module, of a class derived from it perhaps."""
    return any(base is kinds.module for base in names.mro_of(type(value)))


def is_dull(name):
    """Whether it is what the interpreter keeps in every module and class."""
    return type(name) is str and name.startswith("__") and name.endswith("__")


def container_length(value):
    """The number of items of a builtin container or one derived from it, else None; not of a text."""
    return None if preview.is_atom(value) else edges.length_of(value)


def type_called(name):
    """The loaded type that is called ``name``, as :func:`names.name_of` spells it, or None."""
    if "." not in name:
        name = "builtins." + name
    every, parts = loaded(), name.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        module = every.get(".".join(parts[:cut]))
        if module is not None and is_module(module):
            inside = namespace_of(module) or {}
            for part in parts[cut:]:
                found = guest.entry(inside, part)
                if not names.is_type(found):
                    return None
                inside = names.dict_of(found)
            return found
    return None
