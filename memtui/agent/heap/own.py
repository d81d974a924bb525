"""Which objects of the heap are the agent's own: no answer shows or counts one of them.

They are known at any moment at which all generators of the agent wait: what its modules consist of is walked
once for all modules that are loaded (:mod:`reach`), what it works with is found by counting (:mod:`claim`), and what only
the interpreter refers to is recognized in the list of all objects (:mod:`hidden`).
"""

from ..entry import guest
from ..objects import kinds, listening, ours
from . import claim, hidden, reach

_FRAMES_ARE_OBJECTS = guest.sys.version_info < (3, 11)
#: What is known of the modules that are loaded, and what is looked for.
_known = []


def find(server):
    """A list of the agent's own tracked objects, itself among them; all generators of the agent must wait.

    It holds itself and, up to 3.10, the frames that run: empty it when done, or only a collection
    frees it and all in them.
    """
    spaces = _known[0]
    _known[1].settle()
    # No variable may hold one of them: it would be a reference that is not counted.
    roots = [server, server.door, *server.door.held[0], *server.door.held]
    roots += [*server.held(), *listening.roots(), *spaces.instances, *_known]
    roots = list({id(each): each for each in roots if id(each) not in spaces.ids}.values())
    if _FRAMES_ARE_OBJECTS:
        frame = guest.sys._getframe(1)
        while frame is not None:
            roots.append(frame)
            frame = frame.f_back
    found = claim.claim(roots, spaces.ids, spaces.changing, spaces.codes_by_id)
    found += spaces.objects
    found += _known[1].found
    found.append(found)
    return found


def prepare():
    """Do a part of what comes before :func:`find`; False where there was nothing to do."""
    package = __import__("", globals(), None, (), 2)
    rooms = [package, *_modules_in(package)]
    modules = [each for room in rooms for each in _modules_in(room)]
    if not _known or _known[0].modules != modules or _known[0].state != reach.state():
        # Only when a module was loaded meanwhile, as some are when they are first needed.
        before = _known[1] if _known else None
        if _known:
            _known[0].clear()
            del _known[:]
        _known.extend((reach.Namespaces(modules), before))
        return True
    wanted = _known[1]
    if wanted is None or (wanted.spaces, wanted.version) != (_known[0], ours.standing.version):
        _known[1] = hidden.Wanted(_known[0], wanted)
        return True
    return False


def wanted():
    """What is looked for in the list of all objects."""
    return _known[1]


def forget():
    """Let go of what was found: it holds itself, and with it all of the agent."""
    for each in filter(None, _known):
        each.clear()
    del _known[:]


def _modules_in(room):
    return [each for each in room.__dict__.values() if type(each) is kinds.module]
