"""Runs the bundle: modules from text, in namespaces that ``sys.modules`` never hears of."""

#: Compiling takes eighty times the room of the text meanwhile: it is done piece by piece.
_PIECE = 2000
#: What the text of a piece begins with.  Its code is not made by ``compile``, which makes more than a hundred types for
#: syntax trees at its first call.  So it names itself, by the first thing that it does.
_FIRST = b"memtui_named();"
_NESTED = 0x10


def pieces(text):
    """The text of a module in pieces of some statements, each with as many empty lines in front as it is down."""
    piece, first, above = b"", _FIRST, 0
    for part in text.split(b"\n\n\n"):
        piece += part + b"\n\n\n"
        if len(piece) > _PIECE:
            yield first + piece
            above += piece.count(b"\n")
            # Its line is one of the empty ones.
            piece, first = b"", b"\n" * (above - 1) + _FIRST + b"\n"
    yield first + piece


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
    """The same code as if it were nested in a function, for the sake of the functions that it makes: see kept.py."""
    consts = [nested(each) if type(each) is type(code) else each for each in code.co_consts]
    return code.replace(co_flags=code.co_flags | _NESTED, co_consts=tuple(consts))


def bury(own, made):
    """Break up the classes in ``made``, a list, so that they go with the last reference to them: see classes.py."""
    own.mro = [object].copy
    while made:
        made[-1].__bases__ = made[-1].__bases__
        made.pop()
    del own.mro


def prepare(texts, stage0):  # noqa: PLR0915 (one namespace that all of it shares)
    """Two functions: one gives the module of a name in ``texts``, made at its first use, one ends all.

    A name is ``MODULE`` or ``ROOM.MODULE``, below ``memtui.agent``; a room knows all its modules by name, in
    ``__all__``.  ``stage0`` is the namespace of the payload, whose modules are one: ``entry.boot``.  The GIL is not
    given up in between: the interpreter hands it to whoever has waited for 5 ms anyway, and each time
    it is given away costs the wait for every other busy thread to have its turn.
    """
    table = {}
    sys, borrow = stage0["sys"], stage0["borrow"]
    module_type = type(sys)
    names = stage0["builtin_names"]()
    kept = stage0["kept"]()
    is_kept, modules = bool(kept), kept.setdefault("modules", {})

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
        if is_kept:
            found = kept[name] = [code_of(each, name, stage0) for each in found]
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
    names["memtui_named"] = list if is_kept else named
    boot = table["entry.boot"] = new("entry.boot")
    boot.__dict__.update(stage0)
    room_of("entry.boot").boot = boot
    classes = load("entry.kept" if is_kept else "entry.classes")
    build = classes.builder(names["__build_class__"], own, made, kept.setdefault("classes", {}))
    names["__build_class__"] = build

    def forget():
        # What is a cycle stays until the next collection, which may never come.  Namespaces are, with
        # their functions: cleared, they go at once.
        classes.empty(made)
        for module in [*table.values(), *rooms.values()]:
            module.__dict__.clear()
        names.clear()
        if not is_kept:
            modules.clear()
            bury(own, made)
        made.clear()
        table.clear()
        rooms.clear()

    return load, forget


def run(stage0, parts, door, connection):
    """Make the agent from ``parts`` and let it serve; returns when its last session has ended.

    They are this one's text, the name of a module, its text, and so on, each as pieces (bytes); the list is emptied.
    """
    _keep(stage0, b"".join(parts.pop(0)))
    texts = {}
    while parts:
        text = parts.pop()
        texts[b"".join(parts.pop()).decode()] = text
        del text
    load, forget = prepare(texts, stage0)
    try:
        _server(load, connection).serve(door, connection)
    finally:
        forget()
        if "__file__" not in globals():
            globals().clear()


def _keep(stage0, loader):
    kept = stage0["kept"]()
    if kept and "entry.loader" not in kept:
        kept["entry.loader"] = code_of(_FIRST + loader, "entry.loader", stage0)
        kept["entry.boot"] = code_of(_FIRST + kept["entry.boot"].encode(), "entry.boot", stage0)


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
