"""Stage 0: the first code in the target, sent as text and executed without binding a name anywhere.

It starts the agent's thread, or hands the caller over to the agent that is there, and returns.
The thread connects back, receives the other modules as text and runs them in namespaces of its own.
The viewer sends this file without its docstrings and comments; it has to stay under 7.5 KB then.

Nothing here uses the import statement: ``builtins.__import__`` may be the application's.
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

#: What the kernel says of a peer whose user this user namespace does not know.
_OVERFLOW_UID = 65534

#: Modules made by :func:`borrow` only, so that the agent can tell them from the application's.
borrowed = {}


def _map(*arguments):
    """``map``, which may have been replaced like any builtin."""
    kinds = _type.__subclasses__(_object)
    static = {each.__name__: each for each in kinds if not _flags(each) & _HEAP}
    return static["map"](*arguments)


def _aside(name):
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
        module = [*_map(partial.__call__, steps)][2]
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
_WORDS = """__build_class__ abs all any compile delattr exec getattr globals hasattr id issubclass iter len max min
next repr round setattr sorted sum bool bytearray bytes classmethod complex dict enumerate filter float frozenset int
list map memoryview object property range set staticmethod str tuple type zip"""


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
apart = _type(_map)((lambda call, *arguments: call(*arguments)).__code__, {})


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


def _door():
    return entry(sys.__dict__, "_memtui_agent")


class Door:
    """Where viewers knock: ``sys._memtui_agent`` while an agent lives in this process.

    A payload that runs twice knocks twice; the second time nobody listens at that path any more.
    """

    def __init__(self):
        self.pid = posix.getpid()
        self.waiting = []
        self.duties = []
        self.ring = None

    def guard(self):
        """Have a forked child, which gets no agent's thread, do its ``duties`` first thing.

        ``posix.register_at_fork`` has no counterpart (guest.py takes the callback out again), so it
        holds nothing but this list: where it has to stay, an empty list is all that does.
        """
        duties = self.duties
        duties.append(self.close)

        def memtui_after_fork():
            while duties:
                duties.pop()()

        self.after_fork = memtui_after_fork
        posix.register_at_fork(after_in_child=memtui_after_fork)

    def knock(self, *call):
        """Tell the agent that a viewer waits: (path, token).  False: no agent lives here now."""
        try:
            if self.pid != posix.getpid():
                return False
            self.waiting.append(call)
            try:
                self.ring()
            except BaseException:
                pass  # There is no bell yet, or the agent has just taken it in.
            if _door() is not self:
                self.waiting.remove(call)
                return False
        except ValueError:
            pass  # The agent has let it in all the same.
        except NameError:
            return False  # It has left by now, and cleared these names.
        return True

    def live(self, gate):
        """The agent's thread, from its first line to its last; it begins when ``gate`` is released."""
        try:
            # Here and not around the start of the thread: unblocking in the interrupted thread would
            # run the application's signal handlers inside of our code.
            signal = borrow("_signal", "pthread_sigmask")
            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
            gate.acquire()
            while self.waiting:
                call = self.waiting.pop(0)
                try:
                    self._answer(*call)
                except BaseException as error:
                    _excuse(call[0], error)
                if not self.waiting:
                    self.close()
        except BaseException:
            pass
        self.close()
        self.duties.clear()
        unlist()
        _forget()

    def close(self):
        """Nobody finds this agent from now on."""
        if _door() is self:
            del sys._memtui_agent

    def _answer(self, path, token):
        connection = connect(path, token, b"N", self.duties)
        space = {}
        try:
            length = int.from_bytes(_receive(connection, 4), "big")
            loader, _, texts = _receive(connection, length).decode().partition("\0")
            exec(loader, space)
            sys._memtui_agent = self
            space["run"](_space, texts, self, connection)
        finally:
            connection.close()
            space.clear()


def connect(path, token, mark, duties, patience=10):
    """A socket to the viewer that listens at ``path``, with our half of the handshake said.

    A child that is forked from now on closes it.  ``patience`` is the time for each step, seconds.
    """
    socket = borrow("_socket")
    kind = socket.SOCK_STREAM | socket.SOCK_CLOEXEC
    (connection,) = above_streams(lambda: (socket.socket(socket.AF_UNIX, kind),))
    duties.append(connection.close)
    try:
        connection.settimeout(patience)
        connection.connect(path)
        if not trusted(connection):
            raise OSError
        connection.sendall(token.encode() + mark)
    except BaseException:
        connection.close()
        raise
    return connection


def above_streams(make):
    """The sockets of ``make()``, numbered from 3 on.

    Where the application closed its standard streams, C code in it may write to their numbers yet.
    """
    made = [make()]
    while min(each.fileno() for each in made[-1]) < 3:
        made.append(make())
    for low in made[:-1]:
        for each in low:
            each.close()
    return made[-1]


def trusted(connection):
    """Whether root or the user of this process is at the other end."""
    socket = borrow("_socket")
    peer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    uid = int.from_bytes(peer[4:8], sys.byteorder)
    return uid in (0, posix.geteuid()) or (uid == _OVERFLOW_UID and _mapped())


def _mapped():
    """Whether this is a user namespace that does not know all users, the viewer's perhaps."""
    file = posix.open("/proc/self/uid_map", posix.O_RDONLY | posix.O_CLOEXEC)
    mapping = posix.read(file, 99).split()
    posix.close(file)
    return mapping[2:] != [b"4294967295"]


def _receive(connection, length):
    data = b""
    while len(data) < length:
        # What length says may be a lie: room is made for what comes.
        more = connection.recv(min(length - len(data), 1 << 18))
        if not more:
            raise EOFError
        data += more
    return data


def enter(path, token):
    """What the payload calls: let the agent of this process, old or new, connect to ``path``.

    Raises what keeps it from that; a viewer that can be told then knows.
    """
    door = _door()
    if door is not None and door.knock(path, token):
        _forget()
        return
    door = Door()
    try:
        # First, for nothing is done yet: a thread that is deep in its own calls is not the one for this.
        _sink(20)
        # A viewer that has given up needs nothing prepared: this may run minutes later.  And
        # without a descriptor to spare no thread: in 3.8 the process would end with the thread.
        posix.close(posix.open(path[:-1], posix.O_CLOEXEC))
        threads = borrow("_thread", "start_new_thread", "allocate_lock")
        gate = threads.allocate_lock()
        gate.acquire()
        threads.start_new_thread(door.live, (gate,))
    except BaseException as error:
        _excuse(path, error)
        _forget()
        raise
    # From here on it is the thread that forgets.  What cannot be undone is done once it is there.
    try:
        # Another payload may have come as far as this at the same time: one agent is enough.
        while True:
            there = sys.__dict__.setdefault("_memtui_agent", door)
            if there is door:
                door.guard()
            if there.knock(path, token):
                break
            there.close()
    except BaseException as error:
        _excuse(path, error)
    if borrow("_thread", "get_native_id").get_native_id() != door.pid:
        unlist()
    gate.release()


def _sink(depth):
    if depth:
        _sink(depth - 1)


def unlist():
    """Take this thread, which is about to end, from threading's list, where it stays up to 3.12.

    It gets there when the application's code asks in it which thread it is: the callbacks and
    finalizers of a collection that happens to begin there, say.
    """
    threading, ident = (
        entry(sys.modules, "threading"),
        borrow("_thread", "get_ident").get_ident(),
    )
    space = threading.__dict__ if _type(threading) is _type(sys) else {}
    active = entry(space, "_active")
    if _type(active) is dict and _type(entry(active, ident)) is entry(space, "_DummyThread"):
        active.pop(ident, None)


def _excuse(path, error):
    """Tell the viewer why there is no agent: by where a link leads, which takes no socket and no file."""
    if _type(error) is RecursionError:
        return  # Another thread may do.
    if path[:1] != "/" or path[-2:] != "/s":
        return  # No viewer's: whoever rang at a listener may have said anything.
    try:
        said = "%s: %.200s" % (_type(error).__name__, error)
        said = said.replace("\0", " ").encode("utf-8", "replace")
        posix.symlink(said, path[:-1].encode() + b"why")
    except BaseException:
        pass  # It has given up by now.


def _forget():
    # A namespace is a cycle with its functions: cleared, it goes at once and not with some later
    # collection.  Imported from a file it belongs to the importer.
    if "__file__" not in _space:
        for module in borrowed.values():
            # In 3.12 the collector does not see that it refers to the module's type, and frees neither.
            module.__dict__.pop("CAPI", None)
        _space.clear()
