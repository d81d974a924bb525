"""One object of the open page, with what it refers to."""

from ..heap.pages import Writer, page_with

VERB = {
    "args": {
        "address": ("natural",),
        "depth": (("number", 1, 6), 1),
        "offset": ("natural", 0),
        "limit": (("number", 1, 200), 200),
    },
    "walks": False,
    "changes": False,
}


def expand(session, _meter, address, depth, offset, limit):
    """Verb: the children of an object of the page, ``depth`` levels deep, in windows of ``limit``."""
    page = page_with(session, address)
    value = page.objects[address]
    node = yield from Writer(page).node(value, depth, offset, limit)
    return {"offset": offset, "node": node}
