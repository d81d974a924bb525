"""Classes that go with the agent, and not with the next full collection, which may never come.

A class is a cycle by itself: its method resolution order begins with it.  But where its metaclass has an ``mro``
of its own, that is asked for the order, also when the class gets the bases again that it has.  So the
agent's classes have a metaclass, :func:`boot.own`, and at the end an order in which they are not.  The
descriptors in a class refer to it too: those of slots can be deleted, that of ``__dict__`` cannot.
Therefore each class of the agent has ``__slots__``.

A class also has a table of those that derive from it.  That of ``object`` is the application's, and would grow with
each agent.  So the agent's classes, which have no bases or ``Exception``, derive from one that goes with them, and
that from one of ``own().bases``, which stays.
"""


def base(own, bases):
    """What this agent's classes with ``bases`` derive from."""
    return own("memtui_base", own.bases[bases], {"__slots__": ()})


def build(plain, own, body, name, *bases):
    """A class with the metaclass ``own``; ``plain`` is the interpreter's ``__build_class__``."""
    return plain(body, name, *bases, metaclass=own)


def empty(made):
    """Take everything out of the classes in ``made``."""
    for kind in made:
        for name in list(kind.__dict__):
            try:
                delattr(kind, name)
            except (AttributeError, TypeError):
                pass
