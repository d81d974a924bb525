"""Which objects of the heap are the agent's own: they are left out of all counts."""

from ..entry import boot, guest
from ..objects import kinds
from . import walk

PREFIX = "memtui.agent."


#: What the agent's namespaces consist of.  Types as ids: comparing them would ask metaclasses.
_PARTS = set(map(id, (dict, list, tuple, set, frozenset, property, classmethod, staticmethod)))
_PARTS |= set(
    map(
        id,
        (
            kinds.function,
            kinds.method,
            kinds.wrapper,
            kinds.member,
            kinds.getset,
            kinds.cell,
            slice,
            boot.static("SimpleNamespace"),
        ),
    )
)
_holders = {id(walk.Walk)}
#: Once it is known: the modules' objects; ids of those and of what is not the agent's; the modules.
_parts = []


def holds_objects(kind):
    """Class decorator: instances keep objects of the application in ``objects``, which are not ours."""
    _holders.add(id(kind))
    return kind


def forget():
    """Let go of what was found: it holds itself, and with it all of the agent."""
    for each in _parts:
        each.clear()
    _parts.clear()


def find(*roots):
    """The agent's own tracked objects: its modules, and what is reachable from ``roots``.

    The walk stops at what the agent did not make, at the objects that a page or a walk holds, and
    at generators, whose frames have such objects in their variables.  The list holds itself, and up
    to 3.10 the frames that run: empty it when done, or only a collection frees it and all in them.
    """
    package = __import__("", globals(), None, (), 2)
    rooms = [package, *_modules_in(package)]
    modules = [each for room in rooms for each in _modules_in(room)]
    if not _parts or _parts[2] != modules:
        # Only when a module was loaded meanwhile, as some are when they are first needed.
        forget()
        roots = [*modules, package.__dict__, boot.own(), *_borrowed()]
        # A forked child's duties lead to the sessions, whose requests come and go.
        found = _walk(roots, {*_foreign(), id(boot.own().fork)}, _borrowed())
        _parts[:] = found, _foreign().union(map(id, found)), modules
    own = _walk([walk.live, boot.own().fork, *roots], set(_parts[1]), ())
    own += _parts[0]
    own += _parts
    own += [own, *_frames(own)]
    once = {id(each): each for each in own}
    own[:] = filter(guest.gc.is_tracked, once.values())
    once.clear()
    return own


def _modules_in(room):
    return [each for each in room.__dict__.values() if type(each) is kinds.module]


def _walk(todo, seen, borrowed):
    own, borrowed_ids = [], set(map(id, borrowed))
    while todo:
        parents, children = [], []
        for each in todo:
            if id(each) in seen:
                continue
            seen.add(id(each))
            kind = type(each)
            if kind is kinds.generator:
                own.append(each)
            elif kind is kinds.code:
                # Tracked itself only where there is no GIL; its tuples are, until a collection looks at them.
                own.append(each)
                children += [each.co_consts, each.co_names, *_variables(each)]
            elif id(kind) in _holders:
                own += [each, each.objects]
            elif id(kind) in _PARTS or id(each) in borrowed_ids or _is_own(each, kind):
                own.append(each)
                if kind is boot.own():
                    # Every class keeps weak references to those that derive from it.
                    own += guest.weakrefs_of(each)
                if kind is not kinds.wrapper:
                    parents.append(each)
                    children.append(kind)
                    if kind is kinds.function:
                        children.append(each.__code__)
        # One call for all: where there is no GIL each stops every other thread, and waits for it.
        todo = guest.gc.get_referents(*parents) + children
    return own


def _variables(code):
    """Its other tuples, where it has them; since 3.11 they are made when they are asked for."""
    if guest.sys.version_info >= (3, 11):
        return ()
    return code.co_varnames, code.co_freevars, code.co_cellvars


def ids(*roots):
    """The ids of :func:`find`, as a set."""
    own = find(*roots)
    found = set(map(id, own))
    del own[:]
    return found


def _is_own(each, kind):
    if kind is kinds.module:
        name = guest.entry(each.__dict__, "__name__")
        return type(name) is str and (name + ".").startswith(PREFIX)
    own = boot.own()
    return each is own or kind is own or type(kind) is own


def _foreign():
    """Ids of what our namespaces refer to without owning it."""
    builtins = boot._names
    seen = set(map(id, builtins.values()))
    seen |= {id(builtins), id(boot._importlib), id(guest.sys.modules), id(guest.sys.__dict__)}
    return seen


def _borrowed():
    """Modules that were made for the agent, with the functions and types in them."""
    found, foreign = [], _foreign()
    for module in list(boot.own().left.values()):
        inside = [each for each in module.__dict__.values() if id(each) not in foreign]
        found += [each for each in inside if type(each) is kinds.builtin or type(each) is type]
        found.append(module)
    return found


def _frames(own):
    """Up to 3.10 a frame is an object from the start; later ones exist only if somebody asks."""
    if guest.sys.version_info >= (3, 11):
        return
    for each in own:
        if type(each) is kinds.generator and each.gi_frame is not None:
            yield each.gi_frame
    frame = guest.sys._getframe()
    while frame is not None:
        yield frame
        frame = frame.f_back
