"""What of ours the program's own objects refer to, and what is shown in its place.

There is the door, ``sys._memtui_agent``, a callback for forks, and while a function is watched up to 3.11 what stands in its place.  What was
put there may have been copied meanwhile, and stay longer than the watch.
"""

from ..entry import boot, guest
from . import kinds, listening
from .reading import MISSING

_MARK = "<memtui.agent."
_weakref = type(guest.weakrefs_of(boot.own())[0])


class Standing:
    """What the program has in the place of something, by id: (it, what it stands for).

    An instance, for what it holds is not ours: the search for our own objects ends at those.
    """

    __slots__ = ("_found", "version")

    def __init__(self):
        self._found = {}
        self.version = 0

    def put(self, placed, raw):
        """From here on ``placed`` is shown as ``raw``."""
        self._found[id(placed)] = (placed, raw)
        self.version += 1

    def take(self, placed):
        """Nothing stands for ``placed`` any more."""
        self._found.pop(id(placed), None)

    def codes(self):
        """All that stands for something."""
        return [placed for placed, _ in self._found.values()]

    def of(self, value):
        """What ``value`` stands for: itself mostly."""
        return self._found.get(id(value), (None, value))[1]


standing = Standing()


def is_of_ours(code):
    """Whether a code object says that it is of a module of ours."""
    return code.co_filename.startswith(_MARK)


def shown(value):
    """What is shown of ``value``: itself mostly, or what it stands for, or MISSING if that is nothing."""
    value = standing.of(value)
    kind = type(value)
    if kind is kinds.function:
        if is_of_ours(value.__code__):
            return value.__dict__.get("__wrapped__", MISSING)
        space = value.__globals__
        if space is boot.enter.__globals__ or listening.is_space(space):
            return MISSING
    own = boot.own()
    if kind is _weakref:
        # In the dict of those that derive from a class of the program.
        meant = value()
        hidden = type(meant) is own or meant is own or listening.is_class(meant)
        return MISSING if hidden else value
    if kind is kinds.module and listening.is_room(value):
        return MISSING
    if type(kind) is own or kind is own or value is door():
        return MISSING
    return value


def pairs(found):
    """The pairs of a name and a value in ``found`` as they are shown."""
    seen = [(name, shown(value)) for name, value in found]
    return [(name, value) for name, value in seen if value is not MISSING]


def door():
    """Where viewers knock, or None."""
    return guest.entry(guest.sys.__dict__, "_memtui_agent")
