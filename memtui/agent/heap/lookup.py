"""The object at an address, found among the objects that are there: no number is taken for an object."""

from ..entry import guest
from ..objects.refusal import Refusal
from . import large
from .walk import Walk


def at(session, meter, address, ours):
    """A generator that gives the object at ``address``: of an open page, a tracked one, or what one refers to.

    ``ours`` are ids of the agent's own objects, which are not found, nor what only they refer to.
    """
    for page in (session.page, session.shelf):
        if page is not None and address in page.objects:
            return page.objects[address]
    for inside in (False, True):
        walk = Walk(meter)
        for chunk in walk.slices():
            found = yield from _find(chunk, address, ours, inside)
            # This frame may be in it, up to 3.10: no cycle may outlive the request.
            del chunk
            if found:
                return found[0]
            yield "instances", walk.done, walk.total, "0x%x" % address
    raise Refusal("no-such-object", address=address)


def _find(objects, address, ours, inside):
    """[the object at ``address``] among ``objects``, or ``inside`` among what they refer to, or []."""
    if not inside:
        return [each for each in _at(objects, address) if id(each) not in ours]
    huge = large.among(objects)
    if huge:
        ids = set(map(id, huge))
        objects = [each for each in objects if id(each) not in ids]
    if address in map(id, guest.gc.get_referents(*objects)):
        for each in objects:
            found = [] if id(each) in ours else _at(guest.gc.get_referents(each), address)
            if found:
                return found
    for each in huge:
        for some in large.slices(each) if id(each) not in ours else ():
            found = _at(some, address)
            if found:
                return found
            yield None
    return []


def _at(objects, address):
    """[the object at ``address``] if it is among ``objects``."""
    if address not in map(id, objects):
        return []
    return [each for each in objects if id(each) == address][:1]
