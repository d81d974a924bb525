"""The cooperative way in: a doorbell that the application itself hangs out.

Where the kernel forbids one process to look into another, the application can call
:func:`memtui.agent.listen`.  It costs one thread that sleeps in ``accept`` and one Unix socket that
only this user and root can reach.  A viewer rings, says where it waits, and from there on all is as
with the other methods: the agent's code comes from the viewer, so versions cannot disagree.
"""

import atexit
import os
import stat
import sys

from . import boot

#: Where the socket goes, the first place that can be written to.  The viewer looks in all of them.
PLACES = ("/tmp", "/dev/shm", "/run", "/var/tmp")  # noqa: S108 (a 0700 directory is made there)
#: A ring is a path, a NUL, a token and a newline.
_RING_LIMIT = 512
_RING_S = 2.0

_listener = None


def folder(place, uid):
    """The directory of user ``uid`` in ``place`` that holds the sockets, one a process, by PID."""
    return "%s/memtui-agents-%d" % (place, uid)


class Listener:
    """A socket that viewers ring at, and the thread that sleeps at it."""

    def __init__(self):
        self.pid = os.getpid()
        self._socket = boot.borrow("_socket")
        self._bell, self.path = self._hang_out()
        signal = boot.borrow("_signal", "pthread_sigmask")
        # The thread inherits the mask: no signal of the application is ever delivered to it.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            # The agent finds what hangs on this object, and shows none of it.
            self._run = self._attend
            start = boot.borrow("_thread", "start_new_thread").start_new_thread
            self._thread = start(self._run, ())
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _hang_out(self):
        tried = []
        for place in PLACES:
            path = "%s/%d" % (folder(place, os.geteuid()), self.pid)
            try:
                _private(os.path.dirname(path))
                _sweep(os.path.dirname(path))
                return self._bind(path), path
            except OSError as error:
                tried.append("%s (%s)" % (place, error.strerror or error))
        raise OSError("memtui finds no place for its socket: " + ", ".join(tried))

    def _bind(self, path):
        socket = self._socket
        bell = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        try:
            if os.path.lexists(path):
                os.unlink(path)
            bell.bind(path)
            os.chmod(path, 0o600)
            bell.listen(8)
        except BaseException:
            bell.close()
            raise
        return bell

    def _attend(self):
        bell = self._bell
        while bell is not None and self._bell is bell:
            try:
                number, _ = bell._accept()
            except OSError:
                return
            visitor = self._socket.socket(fileno=number)
            try:
                visitor.settimeout(_RING_S)
                if boot.trusted(visitor):
                    path, _, token = _line(visitor).decode().partition("\0")
                    boot.enter(path, token)
            except Exception:
                pass  # Whoever it was gets no answer and no harm is done.
            finally:
                visitor.close()
                del visitor

    def close(self, *, here=True):
        """Take the socket in.  ``here`` is false in a forked child, where the parent still listens."""
        bell, self._bell = self._bell, None
        if bell is None:
            return
        if here:
            try:
                os.unlink(self.path)
                bell.shutdown(self._socket.SHUT_RDWR)
            except OSError:
                pass
        bell.close()


def _private(directory):
    """Make ``directory`` for this user alone, or see that it is."""
    try:
        os.mkdir(directory, 0o700)
    except FileExistsError:
        pass
    found = os.lstat(directory)
    if found.st_uid != os.geteuid() or not stat.S_ISDIR(found.st_mode):
        raise PermissionError(1, "it is not a directory of this user", directory)
    if stat.S_IMODE(found.st_mode) != 0o700:
        os.chmod(directory, 0o700)


def _sweep(directory):
    """Remove the sockets of processes that were killed."""
    for name in os.listdir(directory):
        if name.isdigit() and not os.path.exists("/proc/" + name):
            try:
                os.unlink(directory + "/" + name)
            except OSError:
                pass


def _line(visitor):
    said = b""
    while not said.endswith(b"\n"):
        more = visitor.recv(_RING_LIMIT - len(said))
        if not more:
            raise EOFError
        said += more
    return said[:-1]


def _in_main_interpreter():
    """Whether this is the process's main interpreter; True where that cannot be found out."""
    tells = getattr(boot.borrow("_thread"), "_is_main_interpreter", None)
    if tells is not None:
        return tells()
    try:
        # Not every build has it, and the program does not see that it was loaded.
        interpreters = boot.borrow("_xxsubinterpreters")
    except (LookupError, ImportError):
        return True
    return interpreters.get_current() == interpreters.get_main()


def start():
    """Listen, if this process does not yet; the path of the socket."""
    global _listener
    if _listener is None:
        if not _in_main_interpreter():
            # Up to 3.13 the whole process ends if an interpreter ends in which a thread sleeps.
            raise RuntimeError("memtui listens in the main interpreter only: call listen() there")
        heard = _heard()
        if heard:
            return heard
        _listener = Listener()
        atexit.register(_stop)
        os.register_at_fork(after_in_child=_after_fork)
    return _listener.path


def _heard():
    """The socket at which this process listens already: ``memtui run`` started it, with a listener of its own."""
    socket = boot.borrow("_socket")
    for place in PLACES:
        path = "%s/%d" % (folder(place, os.geteuid()), os.getpid())
        caller = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        try:
            caller.connect(path)
            peer = caller.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
            if int.from_bytes(peer[:4], sys.byteorder) == os.getpid():
                return path
        except OSError:
            pass
        finally:
            caller.close()
    return None


def _stop():
    if _listener is not None and _listener.pid == os.getpid():
        _listener.close()


def _after_fork():
    """A forked worker listens at a socket of its own."""
    global _listener
    if _listener is not None:
        _listener.close(here=False)
        try:
            _listener = Listener()
        except Exception as error:
            _listener = None
            sys.stderr.write("memtui: this worker cannot be attached to: %s\n" % error)
