"""Classes that go with the agent, and not with the next full collection, which may never come.

A class is a cycle by itself: its method resolution order begins with it.  But where its metaclass has an ``mro``
of its own, that is asked for the order, also when the class gets the bases again that it has.  So the
agent's classes have a metaclass, :func:`boot.own`, and at the end an order in which they are not.  The
descriptors in a class refer to it too: those of slots can be deleted, that of ``__dict__`` cannot.
Therefore each class of the agent has ``__slots__``.
"""


def builder(build, own, made, _kept):
    """``__build_class__`` for the agent's modules: ``build`` with the metaclass ``own``; ``made`` gets the class."""

    def build_class(body, name, *bases):
        kind = build(body, name, *based(own, bases), metaclass=own)
        made.append(kind)
        return kind

    return build_class


def based(own, bases):
    """Bases for a class with ``bases``: our own class with those.

    A class has a table of those that derive from it, and that of ``object`` would become larger with each agent's.
    """
    if bases not in own.bases:
        own.bases[bases] = (own("memtui_base", bases, {"__slots__": ()}),)
    return own.bases[bases]


def empty(made):
    """Take everything out of the classes in ``made``."""
    for kind in made:
        for name in list(kind.__dict__):
            try:
                delattr(kind, name)
            except (AttributeError, TypeError):
                pass
