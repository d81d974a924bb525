"""Runs the bundle: modules from text, in namespaces that ``sys.modules`` never hears of."""

#: What the text of a piece begins with.  Its code is not made by ``compile``, which makes more than a hundred types for
#: syntax trees at its first call.  So it names itself, by the first thing that it does.
_FIRST = b"memtui_named();"


def pieces(text):
    """What form feeds cut a module into, each with as many empty lines in front as it is down."""
    above, first = 0, _FIRST
    for piece in text.split(b"\f"):
        yield first + piece
        above += piece.count(b"\n")
        # Its line is one of the empty ones.
        first = b"\n" * (above - 1) + _FIRST + b"\n"


def bury(own, made):
    """Break up the classes in ``made``, a list, so that they go with the last reference to them: see classes.py."""
    own.mro = [object].copy
    while made:
        made[-1].__bases__ = made[-1].__bases__
        made.pop()
    own.mro = type.mro


def prepare(texts, stage0, keeper):  # noqa: PLR0915 (one namespace that all of it shares)
    """Two functions: one gives the module of a name in ``texts``, made at its first use, one ends all.

    A name is ``MODULE`` or ``ROOM.MODULE``, below ``memtui.agent``; a room knows all its modules by name, in
    ``__all__``.  ``stage0`` is the namespace of the payload, whose modules are one: ``entry.boot``; ``keeper`` is that
    of kept.py, or empty.  The GIL is not given up in between: the interpreter hands it to whoever has waited for 5 ms anyway, and each time
    it is given away costs the wait for every other busy thread to have its turn.
    """
    table = {}
    sys, borrow = stage0["sys"], stage0["borrow"]
    module_type = type(sys)
    names = stage0["builtin_names"]()
    kept = stage0["kept"]()
    modules = kept.setdefault("modules", {})

    def new(name):
        name = ("memtui.agent." + name).rstrip(".")
        module = modules[name] = modules.get(name) or module_type(name)
        module_type.__init__(module, name)
        return module

    rooms = {"": new("")}

    def room_of(name):
        room, _, _ = name.rpartition(".")
        if room not in rooms:
            rooms[room] = new(room)
            rooms[room].__all__ = []
            setattr(rooms[""], room, rooms[room])
        return rooms[room]

    def load(name):
        if name in rooms:
            return rooms[name]
        if name not in table:
            module = table[name] = new(name)
            module.__dict__["__builtins__"] = names
            try:
                for code in codes(name):
                    exec(code, module.__dict__)
            except BaseException:
                del table[name]
                raise
            texts[name].clear()
            setattr(room_of(name), name.rpartition(".")[2], module)
        return table[name]

    def named():
        frame = sys._getframe(1)
        stage0["_imp"]._fix_co_filename(frame.f_code, "<%s>" % frame.f_globals["__name__"])

    def codes(name):
        if name in kept:
            return kept[name]
        found = list(pieces(b"".join(texts[name])))
        if keeper:
            found = kept[name] = [keeper["code_of"](each, name, stage0) for each in found]
        return found

    def import_(name, space=None, _locals=None, wanted=(), level=0):
        if not level:
            return sys if name == "sys" else borrow(name)
        above = space["__name__"].split(".")[2:-level]
        name = ".".join(above + [name] * bool(name))
        found = load(name)
        if found is rooms.get(name):
            for each in wanted:
                load("%s.%s" % (name, each) if name else each)
        return found

    for name in texts:
        if "." in name:
            room_of(name).__all__.append(name.rpartition(".")[2])
    made, own = [], stage0["own"]()
    names["__import__"] = import_
    names["memtui_named"] = list if keeper else named
    boot = table["entry.boot"] = new("entry.boot")
    boot.__dict__.update(stage0)
    room_of("entry.boot").boot = boot
    classes = load("entry.classes")
    build, empty = classes.build, classes.empty
    if keeper:
        build, empty = keeper["building"](kept.setdefault("classes", {})), keeper["empty"]
    plain, below = names["__build_class__"], kept.setdefault("bases", {})

    def build_class(body, name, *bases):
        if bases not in below:
            below[bases] = classes.base(own, bases)
            made.append(below[bases])
        made.append(build(plain, own, body, name, below[bases]))
        return made[-1]

    names["__build_class__"] = build_class

    def forget():
        # What is a cycle stays until the next collection, which may never come.  Namespaces are, with
        # their functions: cleared, they go at once.
        empty(made)
        for module in [*table.values(), *rooms.values()]:
            module.__dict__.clear()
        names.clear()
        if not keeper:
            modules.clear()
            below.clear()
            bury(own, made)
        for each in (made, keeper, table, rooms):
            each.clear()

    return load, forget


def run(stage0, door, connection):
    """Make the agent from ``parts`` and let it serve; returns when its last session has ended."""
    load, forget = _made(stage0, globals().pop("parts"))
    door.held += [load, forget]
    try:
        _server(load, connection).serve(door, connection)
    finally:
        forget()
        if "__file__" not in globals():
            globals().clear()


def _made(stage0, parts):
    """What :func:`prepare` makes.

    ``parts`` are this one's text, the name of a module, its text, and so on, each as pieces (bytes).  No variable
    holds any of it while the agent serves: it would count as the process's.
    """
    loader, *parts = parts
    texts = {b"".join(name).decode(): text for name, text in zip(parts[::2], parts[1::2])}
    return prepare(texts, stage0, _keeper(texts, loader, stage0))


def _keeper(texts, loader, stage0):
    kept, space = stage0["kept"](), {"memtui_named": list}
    if not kept:
        return {}
    text = b"".join(texts["entry.kept"])
    for piece in kept.get("entry.kept") or text.split(b"\f"):
        exec(piece, space)
    space["keep"](kept, b"".join(loader), text, stage0)
    return space


def _server(load, connection):
    try:
        return load("serving.server")
    except BaseException as error:
        # Something in this interpreter is not as we know it; say so instead of hanging up.
        wire = load("wire")
        said = "%s: %.300s" % (type(error).__name__, error)
        failure = {"code": "no-start", "facts": {"error": said}}
        connection.sendall(wire.frame(wire.pack({"id": 0, "error": failure})))
        raise
