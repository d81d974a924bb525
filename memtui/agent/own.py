"""Which objects of the heap are the agent's own: they are left out of all counts."""

from . import boot, guest, heap, names

PREFIX = "memtui.agent."


class _Slotted:
    __slots__ = ("a",)


def _generate():
    yield


def _enclose(cell):
    return lambda: cell


_generator = type(_generate())
#: What the agent's namespaces consist of.  Types as ids: comparing them would ask metaclasses.
_PARTS = {
    id(type(each))
    for each in (
        {},
        [],
        (),
        set(),
        frozenset(),
        property(),
        classmethod(_generate),
        staticmethod(_generate),
        _generate,
        _Slotted().__init__,
        _Slotted.a,
        heap.Heap.slices.__get__(1),
        heap.Heap.__dict__["__weakref__"],
        _enclose(1).__closure__[0],
    )
}
_wrapper = type(_Slotted().__init__)
_holders = {id(heap.Heap)}
#: Once it is known: the modules' objects, and ids of those and of what is not the agent's.
_parts = []


def holds_objects(kind):
    """Class decorator: instances keep objects of the application in ``objects``, which are not ours."""
    _holders.add(id(kind))
    return kind


def find(*roots):
    """The agent's own tracked objects: its modules, and what is reachable from ``roots``.

    The walk stops at what the agent did not make, at the objects that a page or a walk holds, and
    at generators, whose frames have such objects in their variables.  The list holds itself, and up
    to 3.10 the frames that run: empty it when done, or only a collection frees it and all in them.
    """
    if not _parts:
        # The modules do not change any more: they are walked once.
        borrowed = _borrowed()
        _parts.append(_walk([boot, guest, heap, names, _parts], _foreign(), borrowed) + borrowed)
        _parts.append(_foreign().union(map(id, _parts[0])))
    own = _walk([heap.live, *roots], set(_parts[1]), ())
    own += _parts[0]
    own += [own, *_frames(own)]
    own[:] = list(filter(guest.gc.is_tracked, own))
    return own


def _walk(todo, seen, borrowed):
    own, borrowed_ids = [todo, borrowed], set(map(id, borrowed))
    while todo:
        each = todo.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        kind = type(each)
        if kind is _generator:
            own.append(each)
        elif id(kind) in _holders:
            own += [each, each.objects]
        elif id(kind) in _PARTS or id(each) in borrowed_ids or _is_own(each, kind):
            own.append(each)
            if kind is not _wrapper:
                todo.append(kind)
                todo += guest.gc.get_referents(each)
    return own


def ids(*roots):
    """The ids of :func:`find`, as a set."""
    own = find(*roots)
    found = set(map(id, own))
    del own[:]
    return found


def _is_own(each, kind):
    if kind is type:
        return (names.module_of(each) or "").startswith(PREFIX)
    if kind is type(boot):
        name = each.__dict__.get("__name__")
        return type(name) is str and name.startswith(PREFIX)
    return type(kind) is type and (names.module_of(kind) or "").startswith(PREFIX)


def _foreign():
    """Ids of what our namespaces refer to without owning it."""
    builtins = boot._builtins.__dict__
    seen = set(map(id, builtins.values()))
    seen |= {id(builtins), id(boot._importlib), id(guest.sys.modules), id(guest.sys.__dict__)}
    return seen


def _borrowed():
    """Modules that were made for the agent, with the functions and types in them."""
    found = []
    for module in list(boot.borrowed.values()):
        found.append(module)
        inside = list(module.__dict__.values())
        found += [each for each in inside if type(each) is type(len) or type(each) is type]
    return found


def _frames(own):
    """Up to 3.10 a frame is an object from the start; later ones exist only if somebody asks."""
    if guest.sys.version_info >= (3, 11):
        return
    for each in own:
        if type(each) is _generator and each.gi_frame is not None:
            yield each.gi_frame
    frame = guest.sys._getframe()
    while frame is not None:
        yield frame
        frame = frame.f_back
