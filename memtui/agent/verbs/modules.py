"""Modules that are loaded, each with its longest container."""

from ..entry import guest
from ..objects import kinds, names, ours
from ..objects.modules import container_length, is_dull, is_module, loaded, namespace_of

#: Modules are looked at so many at a time.
_PACE = 40


VERB = {
    "args": {},
    "walks": False,
    "changes": False,
}


def modules(session, _meter):
    """Verb: what is loaded, as ``[name, type, globals, name of the longest container, its length, file]``.

    The type is nil for plain modules; what is no module at all has no globals, and is not touched.
    """
    yield None
    rows = []
    for name, module in loaded().items():
        kind = None if type(module) is kinds.module else names.name_of(type(module))
        rows.append([name, kind, *_module_row(module)])
        if not len(rows) % _PACE:
            yield None
    return {"modules": rows}


def _module_row(module):
    inside = namespace_of(module) if is_module(module) else None
    if type(inside) is not dict:
        return None, None, None, None
    longest, length, file = None, 0, None
    for name, value in list(inside.items()):
        if type(name) is str and name == "__file__" and type(value) is str:
            file = names.text_of(value)
        many = container_length(value)
        if many is not None and many > length and not is_dull(name):
            longest, length = names.text_of(name), many
    many = len(inside) - (inside is guest.sys.__dict__ and ours.door() is not None)
    return many, longest, length if longest is not None else None, file
