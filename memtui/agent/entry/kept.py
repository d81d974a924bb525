"""What a free-threaded interpreter does not free is kept, and used again by the next agent.

There functions, classes, modules and code are not counted exactly.  Only the collector frees them, and in 3.13, once
a second thread was started, nothing does.  So each agent would leave some thousand objects more.
A function that is nested in another one is counted as everywhere; its code says whether it is.
"""

_NESTED = 0x10


def keep(kept, loader, this, stage0):
    """Have ``kept`` hold the code of the texts that run before any module: the payload, the loader, and ``this``."""
    if "entry.loader" not in kept:
        # Text so far, in the same pieces: a viewer that comes meanwhile runs it once more.
        boot = "\f".join(kept["entry.boot"]).encode()
        for module, text in (("boot", boot), ("kept", this), ("loader", loader)):
            name = "entry." + module
            pieces = text.split(b"\f")
            kept[name] = [code_of(b"memtui_named()\n" + each, name, stage0) for each in pieces]


def code_of(text, name, stage0):
    """The code of a text that begins with a call of ``memtui_named``."""
    caught = []

    def memtui_named():
        caught.append(stage0["sys"]._getframe(1).f_code)
        raise EOFError

    try:
        exec(text, {"memtui_named": memtui_named})
    except EOFError:
        pass
    stage0["_imp"]._fix_co_filename(caught[0], "<memtui.agent.%s>" % name)
    return nested(caught[0])


def nested(code):
    """The same code as if it were nested in a function, for the sake of the functions that it makes."""
    consts = [nested(each) if type(each) is type(code) else each for each in code.co_consts]
    return code.replace(co_flags=code.co_flags | _NESTED, co_consts=tuple(consts))


def building(classes):
    """``classes.build`` that fills a class of ``classes`` again, by module and name, or adds it there."""

    def build(plain, own, body, name, *bases):
        def again(name, bases, space):
            key = space["__module__"], space["__qualname__"]
            if key not in classes:
                classes[key] = own(name, bases, space)
            else:
                for each, value in space.items():
                    if each not in ("__slots__", "__module__", "__qualname__"):
                        setattr(classes[key], each, value)
            return classes[key]

        return plain(body, name, *bases, metaclass=again)

    return build


def empty(made):
    """Take out of the classes in ``made`` what is not of the class itself: its functions."""
    for kind in made:
        for name, value in list(kind.__dict__.items()):
            if type(value).__name__ in ("function", "property", "classmethod", "staticmethod"):
                delattr(kind, name)
