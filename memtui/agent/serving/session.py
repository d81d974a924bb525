"""One viewer: its requests, its answers, and what it keeps alive."""

from .. import wire
from ..entry import guest
from ..heap import walk
from ..heap.meter import Meter
from ..objects import names
from ..objects.refusal import Refusal, reason
from . import table
from .guarded import Guarded

#: Requests that may wait behind the one that runs; more are refused.
_QUEUE = 32
#: Bytes that may wait for a viewer that does not read; then it is not listened to either ...
_FULL = 1 << 20
#: ... and when it has taken nothing for so long, ns, it is hung up on.
_PATIENCE_NS = 60000000000
_PROGRESS_NS = 100000000


class PendingRequest:
    """One request on its way: ``task`` is the generator that does it, ``walk`` the list that it waits for."""

    __slots__ = (
        "_walks",
        "args",
        "cancelled",
        "deadline_ms",
        "id",
        "meter",
        "reported",
        "task",
        "verb",
        "walk",
    )

    def __init__(self, message):
        self.id = message.get("id")
        self.verb = message.get("verb")
        self.args = message.get("args", {})
        self.deadline_ms = message.get("deadline_ms")
        if type(self.id) is not int or self.id <= 0 or type(self.verb) is not str:
            raise wire.WireError("a request needs a positive id and a verb")
        if type(self.args) is not dict:
            raise wire.WireError("the args of a request must be a map")
        if self.deadline_ms is not None and type(self.deadline_ms) is not int:
            raise wire.WireError("deadline_ms must be a number")
        self.meter = Meter()
        self.task = self.walk = None
        self.reported = guest.time.perf_counter_ns()
        self.cancelled = False
        self._walks = None

    @property
    def walks(self):
        """Whether it goes through all objects.  Two at a time would find each other's lists among them."""
        if self._walks is None:
            self._walks = table.walks(self.verb)
        return self._walks


class ServedSession:
    """The conversation with one viewer, on a socket that never blocks.

    ``places`` has the row of each type name in this session's censuses; ``page`` holds the objects
    of the open page, ``shelf`` those of the globals that are shown.  ``undo`` are calls for the end of
    the session, however it ends.  ``watches`` are
    the watched functions by number.
    """

    __slots__ = (
        "_framer",
        "_outgoing",
        "_queue",
        "_taken",
        "connection",
        "ending",
        "greeted",
        "joined",
        "page",
        "places",
        "read_only",
        "server",
        "shelf",
        "undo",
        "watches",
    )

    def __init__(self, server, connection, joined):
        self.server = server
        self.joined = joined
        self.greeted = False
        self.read_only = False
        self.places = None
        self.page = None
        self.shelf = None
        self.undo = []
        self.watches = {}
        self.ending = False
        self.connection = Guarded(connection)
        self._framer = wire.Framer(wire.REQUEST_LIMIT)
        self._outgoing = bytearray()
        self._taken = 0
        self._queue = []

    @property
    def busy(self):
        """Whether a request can go on now."""
        return bool(self._queue) and (self.listening or self.walking)

    @property
    def walks(self):
        """Whether the request whose turn it is goes through all objects."""
        return bool(self._queue) and self._queue[0].walks

    @property
    def walking(self):
        """Whether it has begun to."""
        return self.walks and self._queue[0].task is not None

    @property
    def listening(self):
        """Whether requests are read now."""
        return len(self._outgoing) < _FULL

    @property
    def stuck(self):
        """Whether the viewer has taken nothing of what waits for it, for too long."""
        waited = guest.time.perf_counter_ns() - self._taken
        return bool(self._outgoing) and waited > _PATIENCE_NS

    @property
    def unsent(self):
        """Whether bytes wait to be sent."""
        return bool(self._outgoing)

    @property
    def over(self):
        """Whether everything was said."""
        return self.ending and not self._outgoing

    def receive(self):
        """Take what arrived; False at the end of the stream."""
        try:
            data = self.connection.recv(65536)
        except BlockingIOError:
            return True
        except OSError:
            return False
        if not data or self.ending:
            return bool(data)
        try:
            for payload in self._framer.feed(data):
                self._admit(wire.unpack(payload))
        except wire.WireError as error:
            self._say({"id": 0, "error": reason("garbled", error=str(error))})
            self.ending = True
        return True

    def _admit(self, message):
        if type(message) is not dict:
            raise wire.WireError("a request must be a map")
        request = PendingRequest(message)
        if request.verb == "cancel":
            self._answer(request, {"cancelled": self._cancel(request.args.get("id"))})
        elif request.verb == "stop":
            self._answer(request, {})
            self.ending = True
        elif len(self._queue) >= _QUEUE:
            self._refuse(request, Refusal("busy", waiting=_QUEUE))
        else:
            self._queue.append(request)

    def _cancel(self, wanted):
        for request in self._queue:
            if request.id == wanted:
                request.cancelled = True
                return True
        return False

    def step(self):
        """Do one slice of the request whose turn it is."""
        request = self._queue[0]
        try:
            if request.cancelled:
                raise Refusal("cancelled")
            if request.deadline_ms is not None and request.meter.age_ms > request.deadline_ms:
                raise Refusal("deadline", milliseconds=request.deadline_ms)
            if request.walk is not None:
                return
            if request.task is None:
                request.task = table.task_of(self, request.meter, request.verb, request.args)
            step = request.meter.step(request.task)
            if type(step) is walk.Walk:
                request.walk = step
            else:
                self._report(request, step)
            return
        except StopIteration as end:
            self._answer(request, end.value)
        except BaseException as error:
            self._fail(request, error)
        self._finish(request)

    def take_list(self):
        """Make the list of all objects that the request waits for; no generator of the agent runs now."""
        request = self._queue[0] if self._queue else None
        if request is None or request.walk is None:
            return
        try:
            if request.walk.prepare():
                return
            wanted, request.walk = request.walk, None
            wanted.take(self.server)
        except BaseException as error:
            self._fail(request, error)
            self._finish(request)

    def _fail(self, request, error):
        if type(error) is MemoryError:
            error = Refusal("no-memory")
        elif type(error) is not Refusal:
            error = Refusal("failed", error=_text(error))
        self._refuse(request, error)

    def _finish(self, request):
        if request in self._queue:
            self._queue.remove(request)
        if request.task is not None:
            request.task.close()
            request.task = None
        walk.let_go(request.meter)

    def _report(self, request, step):
        if step is not None:
            now = guest.time.perf_counter_ns()
            if now - request.reported >= _PROGRESS_NS:
                request.reported = now
                phase, done, total, *subject = step
                progress = {"phase": phase, "done": done, "total": total}
                if subject:
                    progress["of"] = subject[0]
                self._say({"id": request.id, "progress": progress})

    def _answer(self, request, result):
        self._say({"id": request.id, "ok": result, "cost": request.meter.as_dict()})

    def _refuse(self, request, refusal):
        cost = request.meter.as_dict()
        self._say({"id": request.id, "error": refusal.as_dict(), "cost": cost})

    def _say(self, message):
        payload = wire.pack(message)
        if len(payload) > wire.ANSWER_LIMIT:
            error = reason("answer-too-long", bytes=len(payload))
            payload = wire.pack({"id": message["id"], "error": error})
        if not self._outgoing:
            self._taken = guest.time.perf_counter_ns()
        self._outgoing += wire.frame(payload)
        self.send()

    def send(self):
        """Send what the viewer takes now; False when it is gone."""
        try:
            while self._outgoing:
                # Released before it is cut: the application may hold a view of ours for a moment, from
                # a gc.get_objects() of its own.
                with memoryview(self._outgoing) as all_of_it, all_of_it[: 1 << 18] as some:
                    sent = self.connection.send(some)
                del self._outgoing[:sent]
                self._taken = guest.time.perf_counter_ns()
        except BlockingIOError:
            return True
        except OSError:
            self._outgoing.clear()
            self.ending = True
            return False
        return True

    def close(self):
        """Undo everything that this session did."""
        for request in self._queue[:]:
            self._finish(request)
        while self.undo:
            try:
                self.undo.pop()()
            except BaseException:
                pass  # one that fails must not keep the others from being done
        self.page = self.shelf = None
        self.connection.close()


def _text(error):
    """What an exception says, unless that would run code of an object in it."""
    words = [each for each in error.args if type(each) is str]
    return "%s: %.300s" % (names.name_of(type(error)), " ".join(words))
