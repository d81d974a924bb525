"""One object of the open page, with what it refers to."""

from .heap import pages
from .objects.refusal import Refusal


def on_page(session, address):
    """The object at ``address`` of what is open; :class:`Refusal` if it is not there (any more)."""
    return _page_with(session, address).objects[address]


def _page_with(session, address):
    for page in (session.page, session.shelf):
        if page is not None and address in page.objects:
            return page
    raise Refusal("stale", "0x%x is not on the open page" % address, "open the instances again")


def expand(session, _meter, address, depth, offset, limit):
    """Verb: the children of an object of the page, ``depth`` levels deep, in windows of ``limit``."""
    page = _page_with(session, address)
    value = page.objects[address]
    node = yield from pages.Writer(page).node(value, depth, offset, limit)
    return {"offset": offset, "node": node}


def release(session, _meter, globals):  # noqa: A002 (the protocol's name)
    """Verb: let go of the page's objects; with ``globals`` of those of a module's globals instead."""
    if globals:
        session.shelf = None
    else:
        session.page = None
    yield None
    return {}
