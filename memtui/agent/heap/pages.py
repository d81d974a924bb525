"""Objects as the viewer gets them: nodes, expanded as deep as asked, within a budget."""

from .. import wire
from ..objects import attributes, bounds, edges, names, ours, preview, sizes
from ..objects.refusal import Refusal

#: Most children that a node shows at once.
WIDTH = 200
#: Most nodes that one request makes; what does not fit can be asked for.
BUDGET = 2000
#: Most objects that a page holds; the first expansions are let go of beyond that.
_HELD = 50000


class OpenPage:
    """The objects the viewer can see and ask about, by address; they live as long as the page."""

    __slots__ = ("objects",)

    def __init__(self):
        self.objects = {}

    def keep(self, value):
        """Hold ``value``; returns its address."""
        address = id(value)
        self.objects[address] = value
        if len(self.objects) > _HELD:
            del self.objects[next(iter(self.objects))]
        return address


def page_with(session, address):
    """The open page that has the object at ``address``; a refusal if none has it (any more)."""
    for page in (session.page, session.shelf):
        if page is not None and address in page.objects:
            return page
    raise Refusal("stale", address=address)


class Writer:
    """Makes the nodes of one request; each is a generator that gives the node, packed, at its end.

    It yields None now and then, so that others can run.
    """

    __slots__ = ("_left", "_page", "_path", "_reader")

    def __init__(self, page, reader=None, budget=BUDGET):
        self._page = page
        self._reader = reader or attributes.Reader()
        self._left = budget
        self._path = []

    def nodes(self, values, depth):
        """Each of ``values`` as a node with ``depth`` levels below it, packed; empties the list."""
        packed, counts = [], edges.counts(values)
        while values:
            packed.append((yield from self._node(values.pop(0), counts.pop(0), depth)))
        return packed

    def node(self, value, depth, offset=0, limit=WIDTH):
        """The node of ``value`` with ``depth`` levels below it; on the first, a window of children."""
        (many,) = edges.counts([value])
        return (yield from self._node(value, many, depth, offset, limit))

    def _node(self, value, many, depth, offset=0, limit=WIDTH):
        text, truncated = preview.of(value)
        children, hidden = [], 0
        if depth and many and not any(each is value for each in self._path) and self._left > 0:
            self._path.append(value)
            children, hidden = yield from self._children(value, depth, offset, limit)
            self._path.pop()
        else:
            hidden = many
        return wire.Packed(
            wire.pack(
                {
                    "type": names.name_of(type(value)),
                    "address": self._page.keep(value),
                    "size": sizes.size_of(value),
                    "preview": text,
                    "length": edges.length_of(value),
                    "bound": bounds.of(value),
                    "truncated": truncated,
                    "redacted": False,
                    "expandable": many > 0,
                    "referrers": None,
                    "children": children,
                    "hidden": hidden,
                }
            )
        )

    def _children(self, value, depth, offset, limit):
        pairs, rest = edges.of(value, offset, limit, self._reader)
        pairs = ours.pairs(pairs)
        children = []
        for (edge, child), many in zip(pairs, edges.counts([child for _, child in pairs])):
            if self._left <= 0:
                rest += 1
                continue
            self._left -= 1
            children.append([edge, (yield from self._node(child, many, depth - 1))])
            if not self._left % _PACE:
                yield None
        return children, rest


_PACE = 20


def unreadable(problem):
    """The NODE of a value that is not known, with the reason."""
    node = synthetic("unreadable", [])
    node["preview"] = problem
    return node


def synthetic(kind, children):
    """A NODE of something that is no object of the application."""
    return {
        "type": kind,
        "address": 0,
        "size": 0,
        "preview": "",
        "length": None,
        "truncated": False,
        "redacted": False,
        "expandable": bool(children),
        "referrers": None,
        "children": children,
        "hidden": 0,
    }
