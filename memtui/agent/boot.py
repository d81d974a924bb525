"""Stage 0: the first code in the target, sent as text and executed without binding a name anywhere.

It starts the agent's thread, or hands the caller over to the agent that is there, and returns.
The thread connects back, receives the other modules as text and runs them in namespaces of its own.
The viewer sends this file without its docstrings and comments; it has to stay under 5 KB then.

Nothing here uses the import statement: ``builtins.__import__`` may be the application's.
"""

_builtins = __build_class__.__self__
_importlib = _builtins.__spec__.loader.find_spec.__globals__
sys = _importlib["sys"]
_imp = _importlib["_imp"]
posix = sys.modules["posix"]

#: What the kernel says of a peer whose user this user namespace does not know.
_OVERFLOW_UID = 65534

#: Modules made by :func:`borrow` only, so that the agent can tell them from the application's.
borrowed = {}


def borrow(name, *needed):
    """The C module ``name`` with the functions ``needed`` as CPython made them.

    What is loaded and not patched (gevent and eventlet replace functions) is used as it is.
    Otherwise a copy is made that leaves ``sys.modules`` as it was.
    """
    module = borrowed.get(name) or sys.modules.get(name)
    if type(module) is type(sys) and all(
        type(module.__dict__.get(each)) is type(len) for each in needed
    ):
        return module
    module = borrowed[name] = _aside(name)
    return module


def _aside(name):
    if name in sys.builtin_module_names:
        create, run, origin = _imp.create_builtin, _imp.exec_builtin, "built-in"
    else:
        create, run, origin = _imp.create_dynamic, _imp.exec_dynamic, _origin(name)
    spec = _importlib["ModuleSpec"](name, None, origin=origin)
    modules = sys.modules
    if name in modules:
        # Up to 3.11 some modules would be reset in place by this, which undoes the patches.  So the
        # entry is taken out meanwhile, in one call into C: no other thread runs between the steps.
        partial, before = modules["_functools"].partial, {}
        steps = [
            partial(before.update, modules),
            partial(modules.pop, name),
            partial(create, spec),
            partial(modules.update, before),
        ]
        module = list(map(partial.__call__, steps))[2]
    else:
        module = create(spec)
        if modules.get(name) is module:
            modules.pop(name, None)
    run(module)
    return module


def _origin(name):
    # The standard library's own folder of extension modules comes first: no path hook is asked.
    places = [place for place in sys.path if type(place) is str]
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


def _door():
    return getattr(sys, "_memtui_agent", None)


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
        if self.pid == posix.getpid():
            self.waiting.append(call)
            if self.ring:
                self.ring()
            if _door() is self or call not in self.waiting:
                return True
            self.waiting.remove(call)
        return False

    def live(self, gate):
        """The agent's thread, from its first line to its last; it begins when ``gate`` is released."""
        try:
            # Here and not around the start of the thread: unblocking in the interrupted thread would
            # run the application's signal handlers inside of our code.
            signal = borrow("_signal", "pthread_sigmask")
            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
            gate.acquire()
            while self.waiting:
                try:
                    self._answer(*self.waiting.pop(0))
                except BaseException:
                    pass
                if not self.waiting:
                    self.close()
        except BaseException:
            pass
        self.close()
        self.duties.clear()
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
            space["run"](globals(), texts, self, connection)
        finally:
            connection.close()
            space.clear()


def connect(path, token, mark, duties, patience=10):
    """A socket to the viewer that listens at ``path``, with our half of the handshake said.

    A child that is forked from now on closes it.  ``patience`` is the time for each step, seconds.
    """
    socket = borrow("_socket")
    kind = socket.SOCK_STREAM | socket.SOCK_CLOEXEC
    connection = socket.socket(socket.AF_UNIX, kind)
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
    """What the payload calls: let the agent of this process, old or new, connect to ``path``."""
    door = _door()
    if door is not None and door.knock(path, token):
        _forget()
        return
    door = Door()
    try:
        # A viewer that has given up needs nothing prepared: this may run minutes later.  And
        # without a descriptor to spare no thread: in 3.8 the process would end with the thread.
        posix.close(posix.open(path[:-1], posix.O_CLOEXEC))
        threads = borrow("_thread", "start_new_thread", "allocate_lock")
        gate = threads.allocate_lock()
        gate.acquire()
        threads.start_new_thread(door.live, (gate,))
    except BaseException as error:
        _excuse(path, token, error)
        _forget()
        return
    # From here on it is the thread that forgets.  What cannot be undone is done once it is there.
    try:
        sys._memtui_agent = door
        door.guard()
        door.knock(path, token)
    except BaseException as error:
        _excuse(path, token, error)
    gate.release()


def _excuse(path, token, error):
    """Tell the viewer why there is no agent, without waiting for anything: this is not our thread."""
    try:
        connection = connect(path, token, b"F", [], 0)
        said = "%s: %.200s" % (type(error).__name__, error)
        connection.sendall(said.encode("utf-8", "replace"))
        connection.close()
    except BaseException:
        pass


def _forget():
    # A namespace is a cycle with its functions: cleared, it goes at once and not with some later
    # collection.  Imported from a file it belongs to the importer.
    if "__file__" not in globals():
        globals().clear()
