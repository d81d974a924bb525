"""Stage 0: the first code in the target, sent as text and executed without binding a name anywhere.

It starts the agent's thread, or hands the caller over to the agent that is there, and returns.
The thread connects back, receives the other modules as text and runs them in namespaces of its own.
The viewer sends ``untouched.py`` and this file without docstrings and comments, as one text with no import
in between; it has to stay under 7.5 KB then.

Nothing here uses the import statement otherwise: ``builtins.__import__`` may be the application's.
"""

# Other modules of the agent take these from here too.
from .untouched import (  # noqa: F401
    _imp,
    _importlib,
    _list,
    _names,
    _own,
    _type,
    borrow,
    borrowed,
    builtin_names,
    entry,
    own,
    posix,
    static,
    sys,
)

#: What the kernel says of a peer whose user this user namespace does not know.
_OVERFLOW_UID = 65534
#: Bytes, which with their head of 33 just are no large block.
_PIECE = 479
#: C modules that all agents use.
_LASTING = "gc time itertools select _collections _operator _weakref"


def _door():
    return entry(sys.__dict__, "_memtui_agent")


def new_door():
    """Where viewers knock: ``sys._memtui_agent`` while an agent lives in this process.

    Plain data: a class would outlive the agent.  ``ring`` wakes the agent's thread, ``waiting`` are the calls of
    viewers, ``duties`` what a forked child does first thing.  ``held`` is what else only variables of the thread's
    functions would lead to, or the interpreter: so the agent finds all that it has.
    """
    return static("SimpleNamespace")(pid=posix.getpid(), waiting=[], duties=[], ring=None, held=[])


def _guard(door):
    """Have a forked child, which gets no agent's thread, do the door's duties.

    ``posix.register_at_fork`` has no counterpart (guest.py takes the callback out again), so it
    holds nothing but their list: where it has to stay, an empty list is all that does.  The next agent uses it again.
    """
    made = own()
    if not made.fork:

        def memtui_after_fork(duties=[]):  # noqa: B006
            while duties:
                duties.pop()()

        made.fork = (memtui_after_fork,)
        posix.register_at_fork(after_in_child=memtui_after_fork)
    door.duties = made.fork[0].__defaults__[0]
    door.duties.append(lambda: close(door))


def knock(door, *call):
    """Tell the agent behind ``door`` that a viewer waits: (path, token).  False: no agent lives here now.

    A payload that runs twice knocks twice; the second time nobody listens at that path any more.
    """
    try:
        if door.pid != posix.getpid():
            return False
        door.waiting.append(call)
        try:
            door.ring()
        except BaseException:
            pass  # There is no bell yet, or the agent has just taken it in.
        if _door() is not door:
            door.waiting.remove(call)
            return False
    except ValueError:
        pass  # The agent has let it in all the same.
    except NameError:
        return False  # It has left by now, and cleared these names.
    return True


def close(door):
    """Nobody finds this agent from now on."""
    if _door() is door:
        del sys._memtui_agent


def _live(door, gate):
    """The agent's thread, from its first line to its last; it begins when ``gate`` is released."""
    _room = None
    try:
        # Here and not around the start of the thread: unblocking in the interrupted thread would
        # run the application's signal handlers inside of our code.
        signal = borrow("_signal", "pthread_sigmask")
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        gate.acquire()
        # When a thread ends, 3.8 loads a library, and the process dies if there is no room.  This is released before.
        if sys.version_info < (3, 9) and not own().been:
            _room = [bytes(_PIECE) for _ in range(2048)]
        while door.waiting:
            path, token = door.waiting.pop(0)
            try:
                _answer(door, path, token)
            except BaseException as error:
                _excuse(path, error)
            if not door.waiting:
                close(door)
    except BaseException:
        pass
    close(door)
    door.duties.clear()
    door.held.clear()
    unlist()
    _forget()


def _answer(door, path, token):
    connection = connect(path, token, b"N", door.duties)
    space = {"memtui_named": _list}
    try:
        # What stays is made first: above what goes it would keep the room of that from the system.
        for name in _LASTING.split():
            borrow(name)
        length = int.from_bytes(_receive(connection, 4), "big")
        space["parts"] = _parts(connection, length)
        for piece in kept().get("entry.loader") or b"".join(space["parts"][0]).split(b"\f"):
            exec(piece, space)
        sys._memtui_agent = door
        space["run"](enter.__globals__, door, connection)
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
        more = connection.recv(length - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def kept():
    """What earlier agents left of their code where it is not freed; a new dict where it is: see kept.py."""
    text = entry(enter.__globals__, "text")
    if text is None or "t" not in sys.abiflags:
        return {}
    return own().kept.setdefault(text, {"entry.boot": text.split("\f")})


def _parts(connection, left):
    """What comes, cut at its NULs, each part a list of pieces; ``left`` says how much that is.

    A piece is a block of the interpreter's own allocator, which all threads use again.  Larger ones are the C
    library's: it keeps what a thread had for a later one, and after a very large one gives less back to the system.
    """
    parts = [[]]
    while left:
        some = _receive(connection, min(left, 1 << 16))
        left -= len(some)
        for number, part in enumerate(some.split(b"\0")):
            if number:
                parts.append([])
            parts[-1] += [part[at : at + _PIECE] for at in range(0, len(part), _PIECE)]
    return parts


def enter(path, token):
    """What the payload calls: let the agent of this process, old or new, connect to ``path``.

    Raises what keeps it from that, after leaving it to the viewer to read if that is possible.
    """
    door = _door()
    if door is not None and knock(door, path, token):
        _forget()
        return
    door = new_door()
    try:
        # First, for nothing is done yet: a thread that is deep in its own calls is not the one for this.
        _sink(20)
        # A viewer that has given up needs nothing prepared: this may run minutes later.  And
        # without a descriptor to spare no thread: in 3.8 the process would end with the thread.
        posix.close(posix.open(path[:-1], posix.O_CLOEXEC))
        threads = borrow("_thread", "start_new_thread", "allocate_lock")
        gate = threads.allocate_lock()
        gate.acquire()
        door.held.append((door, gate))
        threads.start_new_thread(_live, door.held[0])
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
                _guard(door)
            if knock(there, path, token):
                break
            close(there)
    except BaseException as error:
        _excuse(path, error)
    if borrow("_thread", "get_native_id").get_native_id() != door.pid:
        unlist()
    gate.release()
    # When a block of this size is freed, glibc gives back to the system what it can of the thread's heap.
    bytearray(1 << 17)


def _sink(depth):
    if depth:
        _sink(depth - 1)


def unlist():
    """Take this thread, which is about to end, from threading's list, where it stays up to 3.12.

    It gets there when the application's code asks in it which thread it is: the callbacks and
    finalizers of a collection that happens to begin there, say.
    """
    threading = entry(sys.modules, "threading")
    ident = borrow("_thread", "get_ident").get_ident()
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
    space = enter.__globals__
    for each in _own:
        for module in each.left.values():
            # In 3.12 the collector does not see that it refers to the module's type, and frees neither.
            module.__dict__.pop("CAPI", None)
        each.been = True
        each.free.append(each)
    _own.clear()
    rest = borrow("time", "sleep").sleep if "t" in sys.abiflags else None
    if "__file__" not in space:
        space.clear()
    bytearray(1 << 17)  # as above; names are gone
    if rest is not None:
        # At the end of a thread mimalloc gives back what was freed at least 10 ms before.
        rest(0.03)
