"""The object at an address, found among the objects that are there: no number is taken for an object."""

from ..entry import guest
from ..objects.refusal import Refusal
from . import large
from .walk import Walk

compress = guest.itertools.compress
#: How deep untracked containers are followed into each other.
_DEEP = 8


def at(session, meter, address):
    """A generator that gives the object at ``address``: of an open page, a tracked one, or what one refers to.

    Or what is in the tuples and dicts that the collector does not track, for all in them is plain.
    The agent's own objects are not found, nor what only they refer to.
    """
    for page in (session.page, session.shelf):
        if page is not None and address in page.objects:
            return page.objects[address]
    for find in (_among, _referred, _nested):
        walk = Walk(meter)
        yield walk
        if address in walk.ids:
            break
        for chunk in walk.slices():
            found = yield from find(chunk, address, walk.ids)
            # This frame may be in it, up to 3.10: no cycle may outlive the request.
            del chunk
            if found:
                return found[0]
            yield "instances", walk.done, walk.total, "0x%x" % address
    raise Refusal("no-such-object", address=address)


def _among(objects, address, ours):
    """[the object at ``address``] among ``objects``, or []."""
    return [each for each in _at(objects, address) if id(each) not in ours]
    yield  # a generator, like the others


def _referred(objects, address, ours):
    """The same among what ``objects`` refer to."""
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


def _nested(objects, address, ours):
    """The same in untracked containers that ``objects`` refer to, and in those that are in them."""
    objects = [each for each in objects if id(each) not in ours]
    huge = large.among(objects)
    if huge:
        ids = set(map(id, huge))
        objects = [each for each in objects if id(each) not in ids]
    found = _in_untracked(guest.gc.get_referents(*objects), address)
    if found:
        return found
    for each in huge:
        for some in large.slices(each):
            found = _in_untracked(some, address)
            if found:
                return found
            yield None
    return []


def _in_untracked(some, address):
    is_container = {id(tuple), id(dict)}.__contains__
    for _ in range(_DEEP):
        containers = compress(some, map(is_container, map(id, map(type, some))))
        some = [each for each in containers if not guest.gc.is_tracked(each)]
        if not some:
            break
        some = guest.gc.get_referents(*some)
        found = _at(some, address)
        if found:
            return found
    return []


def _at(objects, address):
    """[the object at ``address``] if it is among ``objects``."""
    if address not in map(id, objects):
        return []
    return [each for each in objects if id(each) == address][:1]
