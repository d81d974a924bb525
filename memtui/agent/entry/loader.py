"""Runs the bundle: modules from text, in namespaces that ``sys.modules`` never hears of."""


def prepare(texts, stage0):
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
    rooms = {"": module_type("memtui.agent")}

    def room_of(name):
        room, _, _ = name.rpartition(".")
        if room not in rooms:
            rooms[room] = module_type("memtui.agent." + room)
            rooms[room].__all__ = []
            setattr(rooms[""], room, rooms[room])
        return rooms[room]

    def load(name):
        if name in rooms:
            return rooms[name]
        if name not in table:
            module = module_type("memtui.agent." + name)
            module.__dict__["__builtins__"] = names
            code = compile(texts[name], "<memtui.agent.%s>" % name, "exec", dont_inherit=True)
            table[name] = module
            try:
                exec(code, module.__dict__)
            except BaseException:
                del table[name]
                raise
            setattr(room_of(name), name.rpartition(".")[2], module)
        return table[name]

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
    names["__import__"] = import_
    boot = table["entry.boot"] = module_type("memtui.agent.entry.boot")
    boot.__dict__.update(stage0)
    room_of("entry.boot").boot = boot

    def forget():
        # What is a cycle stays until the next collection, which may never come.  Namespaces are, with
        # their functions: cleared, they go at once.  A class is one by itself, so it is emptied.
        for module in [*table.values(), *rooms.values()]:
            space = module.__dict__
            for each in list(space.values()):
                # But not the door, in which this thread has yet to leave.
                if module is not boot and _is_made_by(module, each):
                    _empty(each)
            space.clear()
        names.clear()
        table.clear()
        rooms.clear()

    return load, forget


def _is_made_by(module, each):
    return type(each) is type and each.__dict__.get("__module__") == module.__name__


def _empty(kind):
    for name in list(kind.__dict__):
        try:
            delattr(kind, name)
        except (AttributeError, TypeError):
            pass


def run(stage0, bundle, door, connection):
    """Make the agent from ``bundle`` and let it serve; returns when its last session has ended."""
    parts = bundle.split("\0")
    load, forget = prepare(dict(zip(parts[::2], parts[1::2])), stage0)
    try:
        _server(load, connection).serve(door, connection)
    finally:
        forget()
        if "__file__" not in globals():
            globals().clear()


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
