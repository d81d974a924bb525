"""What a free-threaded interpreter does not free is kept, and used again by the next agent.

There functions, classes, modules and code are not counted exactly.  Only the collector frees them, and in 3.13, once
a second thread was started, nothing does.  So each agent would leave some thousand objects more.
A function that is nested in another one is counted as everywhere; its code says whether it is.
"""

from .classes import based


def builder(build, own, made, classes):
    """``__build_class__`` that fills a class of ``classes`` again, by module and name, or adds it there."""

    def again(name, bases, space):
        key = space["__module__"], space["__qualname__"]
        if key not in classes:
            classes[key] = own(name, bases, space)
        else:
            for each, value in space.items():
                if each not in ("__slots__", "__module__", "__qualname__"):
                    setattr(classes[key], each, value)
        return classes[key]

    def build_class(body, name, *bases):
        kind = build(body, name, *based(own, bases), metaclass=again)
        made.append(kind)
        return kind

    return build_class


def empty(made):
    """Take out of the classes in ``made`` what is not of the class itself: its functions."""
    for kind in made:
        for name, value in list(kind.__dict__.items()):
            if type(value).__name__ in ("function", "property", "classmethod", "staticmethod"):
                delattr(kind, name)
