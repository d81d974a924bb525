"""The agent's loop: one thread, any number of viewers, one slice of work at a time."""

from ..entry import boot, guest
from ..heap import own, walk
from ..heap.pace import Pace
from ..objects.refusal import Refusal
from .guarded import Guarded
from .session import ServedSession

#: How long nothing is done while there are chores, ms.
_CHORE_MS = 100

select, socket = guest.select, guest.socket


class Server:
    """Serves the viewers' sessions until the last one has ended.

    ``chores`` are called ten times a second at least, each for as long as it answers True.
    """

    __slots__ = (
        "_bell",
        "_ear",
        "_fork_hook",
        "_pace",
        "_sessions",
        "_walker",
        "chores",
        "door",
        "version",
    )

    def __init__(self, door):
        self.version = None
        self.chores = []
        self.door = door
        self._sessions = []
        self._walker = None
        self._pace = Pace()
        self._hang_bell()
        self._fork_hook = guest.ForkHook(door)
        self._fork_hook.add(self._forget)

    def run(self, connection):
        """Serve the viewer at ``connection`` and all who join; returns when the last one has left."""
        self.door.ring = self._ring
        try:
            self._sessions.append(ServedSession(self, connection, joined=False))
            while self._sessions:
                # First, for whoever knocked before there was a bell to ring.
                self._let_in()
                self._listen()
                self._work()
                self._part()
                if not self._sessions:
                    self._look_out()
        finally:
            self._leave()

    def _look_out(self):
        """Close the door; whoever had knocked before is let in, and it is open again."""
        boot.close(self.door)
        self._let_in()
        if self._sessions:
            guest.sys.__dict__.setdefault("_memtui_agent", self.door)

    def _hang_bell(self):
        self._ear, self._bell = map(Guarded, boot.above_streams(socket.socketpair))

    def _ring(self):
        # Called by the thread that a joining viewer interrupted: it must not raise.
        try:
            self._bell.send(b"!")
        except BaseException:
            pass

    def _listen(self):
        """Wait for something to do; if there is work only look for more, now and then."""
        self.chores = [chore for chore in self.chores if chore()]
        if walk.broken_off or any(session.busy for session in self._sessions):
            # Whatever asks the system gives up the GIL, and gets it back when all others had their turn.
            self._pace.pause(lambda: self._look(0))
        else:
            waiting = self.chores or any(session.unsent for session in self._sessions)
            self._look(_CHORE_MS if waiting else None)

    def _look(self, patience):
        """Read from and write to the viewers that are ready, within ``patience`` (ms; None: for ever)."""
        if not (self._ear.ours and self._bell.ours):
            self._silence()
            self._hang_bell()
        poll = select.poll()
        poll.register(self._ear, select.POLLIN)
        by_number = {}
        for session in self._sessions[:]:
            if not session.connection.ours:
                self._drop(session)
                continue
            by_number[session.connection.fileno()] = session
            wanted = select.POLLIN if session.listening else 0
            wanted |= select.POLLOUT if session.unsent else 0
            poll.register(session.connection, wanted)
        for number, events in poll.poll(patience if self._sessions else 0):
            session = by_number.get(number)
            if session is None:
                self._hear()
            elif not self._attend(session, events):
                self._drop(session)

    def _hear(self):
        try:
            self._ear.recv(4096)
        except OSError:
            pass  # It was closed behind our back; the next round notices.

    def _silence(self):
        self._ear.close()
        self._bell.close()

    @staticmethod
    def _attend(session, events):
        try:
            if events & select.POLLOUT and not session.send():
                return False
            if events & (select.POLLIN | select.POLLHUP | select.POLLERR):
                return session.receive()
        except MemoryError:
            return False  # Not even enough to say so.
        return not events & select.POLLNVAL

    def _let_in(self):
        """Connect to the viewers that knocked while the agent was here."""
        while self.door.waiting:
            path, token = self.door.waiting.pop(0)
            try:
                connection = boot.connect(path, token, b"J", self.door.duties)
            except Exception:
                self.door.duties.pop()
                continue  # It gave up waiting, or was no viewer.
            self._sessions.append(ServedSession(self, connection, joined=True))
            # From here on it is closed with the sessions.
            self.door.duties.pop()

    def _work(self):
        for session in self._sessions[:]:
            # One walk at a time; it is the turn of the next session's when it is done.
            if not session.busy or (session.walks and self._walker not in (None, session)):
                continue
            try:
                session.step()
            except MemoryError:
                self._drop(session)
            if session.walking:
                self._walker = session
            elif self._walker is session:
                self._walker = None
        if self._walker is not None:
            # Here no variable of ours leads to a list: what this loop has hangs on the server.
            self._walker.take_list()
            if not self._walker.walking:
                self._walker = None
        if walk.broken_off:
            walk.drop_some()

    def held(self):
        """What functions that run have in their variables, too: sockets, and arguments of watched calls."""
        guarded = [self._ear, self._bell, *[each.connection for each in self._sessions]]
        found = [each.socket for each in guarded]
        for session in self._sessions:
            for watch in session.watches.values():
                found += watch.held()
        return found

    def _part(self):
        for session in self._sessions[:]:
            if session.over or session.stuck:
                self._drop(session)

    def _drop(self, session):
        self._sessions.remove(session)
        if self._walker is session:
            self._walker = None
        session.close()

    def _leave(self):
        """Take back everything that the agent did to the process."""
        boot.close(self.door)
        self.door.ring = None
        for session in self._sessions[:]:
            self._drop(session)
        # First, for the callback is in it, and would be found there.
        own.forget()
        self._unhook()
        while walk.broken_off:
            walk.drop_some()
            self._pace.pause()
        self._silence()

    def _unhook(self):
        slices = walk.gentle_slices()
        try:
            self._fork_hook.remove(slices)
        except (Refusal, MemoryError):
            pass  # No room to look for the callback: it stays, and does nothing.
        finally:
            slices.close()

    def in_child(self, duty):
        """Have a forked child of the application, which has no agent, call ``duty``."""
        self._fork_hook.add(duty)

    def _forget(self):
        """In a forked child, which has no agent: nothing of it may stay open or referred to."""
        boot.close(self.door)
        walk.forget_all()
        for session in self._sessions:
            session.page = session.shelf = None
            session.connection.close()
        self._silence()


def serve(door, connection):
    """Be the agent behind ``door`` for the viewer at ``connection`` and those who join it."""
    Server(door).run(connection)
