"""The first lines in the target: the interpreter's own functions and modules, whatever the application replaced.

They are sent in front of ``boot.py``, as one text with it and under the same rules.
"""

# Without any builtin name: the application may have given them to something else.
_frame = (0 for _ in ()).gi_frame
_names, _space = _frame.f_builtins, _frame.f_globals
del _frame
_importlib = _names["__spec__"].loader.find_spec.__globals__
sys = _importlib["sys"]
_imp = _importlib["_imp"]
_type, _object = ().__class__.__class__, ().__class__.__base__
_flags, _HEAP = _type.__dict__["__flags__"].__get__, 1 << 9
_name = _type.__dict__["__name__"].__get__
_dict, _list, _view = {}.__class__, [].__class__, _type(_type.__dict__)


def entry(mapping, key, default=None):
    """What ``key`` is in a dict that is not ours or in a type's view of its own, else ``default``.

    Not by ``get``: free-threaded 3.13 locks the dict for it, and if another thread has made it and
    nobody read it since, once more within.  Then it gives its processor away forty times before it
    sees that it waits for itself: a quarter of a second among threads that are busy.
    """
    try:
        if _type(mapping) is _dict or _type(mapping) is _view:
            return mapping[key] if key in mapping else default  # noqa: SIM401 (that is "get")
    except LookupError:
        return default  # taken out in between
    return _dict.get(mapping, key, default)


posix = entry(sys.modules, "posix")

#: Modules made by :func:`borrow` only, so that the agent knows them from the application's.
borrowed = {}
#: The metaclass of all classes of this agent, once there is one: see :func:`own`.
_own = []


def own():
    """The metaclass of all classes of this agent; ``left`` are its copies of C modules, by name.

    By it they are known, and can be broken up.  It cannot itself, nor can a copy with types in it: that is
    garbage when the agent has gone, until the next full collection.  An agent that comes before that uses it again:
    so it does not become more.  ``been`` is whether one has left before.  For ``bases`` and ``mro`` see classes.py,
    for ``kept`` kept.py.

    No name in it comes and goes: a dict in which they do takes new room now and then, on top of all that the agent
    has by then, and what is below that is not given back to the system.  So the bases are made here, too.
    """
    if not _own:
        for each in _type.__subclasses__(_type):
            if _name(each) == "memtui_agent":
                try:
                    _list.pop(_type.__getattribute__(each, "free"))
                except (AttributeError, IndexError, TypeError):
                    continue
                _own.append(each)
                # Not this one: another thread of ours may have found one at the same time.
                return _own[0]
        # A program that goes through all objects may ask each type for its module.
        known = {"__slots__": (), "__module__": "memtui.agent"}
        space = {"left": {}, "kept": {}, "bases": {}, "fork": (), "free": []}
        made = _type("memtui_agent", (_type,), {**known, **space, "mro": _type.mro, "been": False})
        for bases in (), (Exception,):
            made.bases[bases] = (made("memtui_base", bases, {**known}),)
        _own.append(made)
    return _own[0]


def static(name):
    """The static type of a name, as ``map``, which may have been replaced like any builtin."""
    kinds = _type.__subclasses__(_object)
    return {each.__name__: each for each in kinds if not _flags(each) & _HEAP}[name]


def _aside(name):
    left = own().left
    if name not in left:
        left[name] = _made(name)
    return left[name]


def _made(name):
    if name in sys.builtin_module_names:
        create, run, origin = _imp.create_builtin, _imp.exec_builtin, "built-in"
    else:
        create, run, origin = _imp.create_dynamic, _imp.exec_dynamic, _origin(name)
    spec = _importlib["ModuleSpec"](name, None, origin=origin)
    modules = sys.modules
    if _dict.__contains__(modules, name):
        # Up to 3.11 some modules would be reset in place by this, which undoes the patches.  So the
        # entry is taken out meanwhile, in one call into C: no other thread runs between the steps.
        partial, before = entry(modules, "_functools").partial, {}
        steps = [
            partial(_dict.update, before, modules),
            partial(_dict.pop, modules, name),
            partial(create, spec),
            partial(_dict.update, modules, before),
        ]
        module = [*static("map")(partial.__call__, steps)][2]
    else:
        module = create(spec)
        if entry(modules, name) is module:
            _dict.pop(modules, name, None)
    run(module)
    return module


def _origin(name):
    # The standard library's own folder of extension modules comes first: no path hook is asked.
    places = [place for place in _list.__iter__(sys.path) if _type(place) is str]
    places.sort(key=lambda place: "lib-dynload" not in place)
    for place in places:
        for suffix in _imp.extension_suffixes():
            path = place + "/" + name + suffix
            try:
                posix.stat(path)
                return path
            except (OSError, ValueError):
                pass
    raise LookupError(name)


#: The builtin functions and types that the agent uses by name, but for exceptions.
_WORDS = """__build_class__ abs all any delattr exec getattr globals hasattr id issubclass iter len max min
next repr round setattr sorted sum bool bytearray bytes classmethod complex dict enumerate filter float frozenset int
list map memoryview object property range set slice staticmethod str tuple type zip"""


def builtin_names():
    """The builtin names as CPython made them, a dict of our own: the application may have replaced some."""
    for word in _WORDS.split():
        found = entry(_names, word)
        if _type(found) is not _type(_imp.lock_held) and (
            _type(found) is not _type or _flags(found) & _HEAP
        ):
            return {**_names, **_aside("builtins").__dict__}
    return {**_names}


if "__file__" not in _space:
    # For the functions that follow ...
    __builtins__ = builtin_names()
#: ... which up to 3.9 have the builtins of their caller, if that is of the same namespace.
apart = _type(own)((lambda call, *arguments: call(*arguments)).__code__, {})


def borrow(name, *needed):
    """The C module ``name`` with the functions ``needed`` as CPython made them.

    What is loaded and not patched (gevent and eventlet replace functions) is used as it is.
    Otherwise a copy is made that leaves ``sys.modules`` as it was.
    """
    module = borrowed.get(name) or entry(sys.modules, name)
    if type(module) is type(sys) and all(
        type(entry(module.__dict__, each)) is type(len) for each in needed
    ):
        return module
    module = borrowed[name] = _aside(name)
    return module
