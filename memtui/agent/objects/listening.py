"""What the process has of a listener: that is of memtui too, but no part of the agent, and there before it.

It was started by :func:`memtui.agent.listen`, or by ``memtui run``, which takes its modules out of ``sys.modules``.
"""

from ..entry import guest
from . import kinds, names

_HOME = "memtui.agent.entry.listener"
#: The packages it was imported through.
_PACKAGES = ("memtui", "memtui.agent", "memtui.agent.entry")
_FRAMES_ARE_OBJECTS = guest.sys.version_info < (3, 11)

#: The namespace of its module, as soon as it was found.
_space = []
_searched = []


def listener():
    """The listener of this process, or None."""
    if not _searched:
        _searched.append(True)
        _search()
    module = guest.entry(guest.sys.modules, _HOME)
    if type(module) is kinds.module:
        _space[:] = [module.__dict__]
    found = guest.entry(_space[0], "_listener") if _space else None
    return found if names.name_of(type(found)) == _HOME + ".Listener" else None


def _search():
    """Look for a listener whose module is in ``sys.modules`` no more; once, for it is there before any agent."""
    for kind in type.__subclasses__(object):
        if names.qualname_of(kind) == "Listener" and names.module_of(kind) == _HOME:
            _space[:] = [names.dict_of(kind)["close"].__globals__]


def parts():
    """(namespaces, modules, classes, callbacks) that are the listener's, and [(name, copy of a C module)]."""
    found = listener()
    if found is None:
        return [], [], [], [], []
    space, modules = _space[0], list(_rooms())
    made = [each for each in type.__subclasses__(type) if each.__name__ == "memtui_agent"]
    copies = [pair for each in made for pair in each.left.items()]
    untouched = space["boot"].borrow.__globals__
    spaces = [space, untouched, untouched["apart"].__globals__]
    spaces += [module.__dict__ for module in modules]
    return spaces, modules, [type(found), *made], [space["_after_fork"], space["_stop"]], copies


def _rooms():
    """Its modules, as far as there are any still."""
    yield _space[0]["boot"]
    for name in (*_PACKAGES, _HOME, "memtui.agent.entry.untouched"):
        module = guest.entry(guest.sys.modules, name)
        if type(module) is kinds.module:
            yield module


def is_room(module):
    """Whether a module is the listener's."""
    name = guest.entry(module.__dict__, "__name__")
    if type(name) is not str or not (name + ".").startswith("memtui.") or listener() is None:
        return False
    return any(each is module for each in _rooms())


def is_space(space):
    """Whether a namespace is that of the listener's module."""
    return listener() is not None and space is _space[0]


def is_class(kind):
    """Whether a class is of the listener's, or the metaclass for those that its copies of C modules hang on."""
    if listener() is None or not names.is_type(kind):
        return False
    called = names.qualname_of(kind), names.qualname_of(type(kind))
    return kind is _space[0]["Listener"] or "memtui_agent" in called


def roots():
    """What of it runs: the socket and, up to 3.10, the frame of its thread."""
    found = listener()
    if found is None:
        return []
    running = [found, found._bell, found._run]
    if _FRAMES_ARE_OBJECTS:
        running += _frame_of(found._thread)
    return running


def _frame_of(ident):
    """[the frame of a thread]; in one call into C, for no other frame may be held meanwhile."""
    asked = guest.itertools.islice(iter(guest.sys._current_frames, None), 1)
    return [each for each in map(guest.operator.itemgetter(ident), asked) if each is not None]


def thread():
    """The identifier of the listener's thread, or None."""
    found = listener()
    return None if found is None else found._thread
