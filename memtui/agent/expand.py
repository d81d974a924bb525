"""One object of the open page, with what it refers to."""

from . import nodes
from .refusal import Refusal


def on_page(session, address):
    """The object at ``address`` of the open page; :class:`Refusal` if it is not there (any more)."""
    found = () if session.page is None else session.page.objects
    if address not in found:
        raise Refusal("stale", "0x%x is not on the open page" % address, "open the instances again")
    return found[address]


def expand(session, _meter, address, depth, offset, limit):
    """Verb: the children of an object of the page, ``depth`` levels deep, in windows of ``limit``."""
    value = on_page(session, address)
    node = yield from nodes.Writer(session.page).node(value, depth, offset, limit)
    return {"offset": offset, "node": node}


def release(session, _meter):
    """Verb: let go of the page's objects."""
    session.page = None
    yield None
    return {}
