"""Sockets that are used only as long as their numbers are still theirs.

An application may close descriptors that it did not open (a daemon closes all of them as it begins)
and get the numbers for files of its own.  Then a read would steal what is meant for the application, and
a close would close its file.
"""

from ..entry import guest

fstat = guest.posix.fstat


class Guarded:
    """What we use of a socket; OSError once its number is no longer ours."""

    __slots__ = ("_file", "_number", "socket")

    def __init__(self, socket):
        socket.setblocking(False)
        self.socket = socket
        self._number = socket.fileno()
        self._file = _file(self._number)

    @property
    def ours(self):
        """Whether the number is still that of our socket."""
        try:
            return _file(self._number) == self._file
        except OSError:
            return False

    def fileno(self):
        """Its number, for poll."""
        return self._number

    def recv(self, length):
        """At most ``length`` bytes; BlockingIOError if there are none."""
        self._check()
        return self.socket.recv(length)

    def send(self, data):
        """How many bytes of ``data`` were taken."""
        self._check()
        return self.socket.send(data)

    def close(self):
        """Close it, or forget a number that is not ours."""
        if self.ours:
            self.socket.close()
        else:
            self.socket.detach()

    def _check(self):
        if not self.ours:
            raise OSError(9, "closed by the application")


def _file(number):
    found = fstat(number)
    return found.st_dev, found.st_ino
