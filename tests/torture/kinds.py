"""The kinds of targets: what each is, how it is started, and how an attach to it must end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.interpreters import Interpreter

ANSWERS, REFUSES, EITHER = "answers", "refuses", "either"
GONE = frozenset({"TargetGone", "NoSuchProcess"})
SILENT = frozenset({"AgentSilent"})


@dataclass(frozen=True)
class Kind:
    """One kind.

    ``script`` and ``argument`` start it; ``packages`` (from PyPI) and ``modules`` (of the
    standard library, which some builds lack) must be importable, ``built`` compiled.
    ``must``: attaches to it answer, refuse, or either; ``refusals`` are the errors that are the
    right answer then; the versions in ``refused_by`` must always refuse.  ``poke`` is how the torture proves that it still serves: a byte on
    ``stdin``, an ``http`` request, or nothing if it keeps working by itself.  ``fresh`` targets
    serve one attach each; ``most`` limits the attaches of a cell; ``timeout`` is the time given
    to an attach, ``talk`` the time for the conversation that follows (the collector's state, and once
    a census), ``settle`` the time to leave nothing behind, all in seconds.
    A kind that ``needs_gil`` does not work without one, even if nobody attaches.  ``moving`` names what a target changes by itself (``tasks``, ``fds``, ``looks``).
    """

    name: str
    says: str
    script: str
    argument: str = ""
    must: str = ANSWERS
    refusals: frozenset[str] = frozenset()
    refused_by: frozenset[str] = frozenset()
    poke: str = ""
    packages: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    built: str = ""
    fresh: bool = False
    most: int = 1000
    timeout: float = 10.0
    talk: float = 20.0
    settle: float = 10.0
    moving: frozenset[str] = frozenset()
    beats: bool = True
    needs_gil: bool = False
    since: tuple[int, int] = (3, 8)
    signals: bool = False

    def must_under(self, version: str) -> str:
        """What ``must`` is under an interpreter of this version ("3.12.1")."""
        return REFUSES if version.rpartition(".")[0] in self.refused_by else self.must

    @property
    def slow(self) -> bool:
        """Whether one attach to it may take a minute."""
        return self.settle > 10

    def lacks(self, interpreter: Interpreter, importable: frozenset[str], built: str) -> str:
        """Why this kind cannot be run under ``interpreter``; empty if it can."""
        if interpreter.version[:2] < self.since:
            return "needs Python {}.{}".format(*self.since)
        if self.needs_gil and interpreter.free_threaded:
            return "it does not work by itself free-threaded"
        absent = [name for name in self.packages + self.modules if name not in importable]
        if absent:
            return f"{', '.join(absent)} cannot be imported here"
        if self.built and not built:
            return {
                "embedded": "no shared libpython with headers to compile against",
                "vectors": "no C compiler",
            }[self.built]
        return ""


def _blocked(name: str, says: str, argument: str = "", poke: str = "stdin") -> Kind:
    return Kind(name, says, "blocked.py", argument or name, poke=poke)


def _busy(name: str, says: str, argument: str = "") -> Kind:
    return Kind(name, says, "busy.py", argument or name)


KINDS: tuple[Kind, ...] = (
    _busy("busy", "pure Python in one thread"),
    _busy("floats", "a float loop, its result compared"),
    _busy("malloc", "three threads in malloc"),
    _busy("contend", "seven threads that contend for the GIL"),
    _busy("regex", "a pattern with much backtracking"),
    _busy("sort", "sorted() of 100,000 floats"),
    Kind("zlib", "three threads in zlib, without the GIL", "busy.py", "zlib", modules=("zlib",)),
    _busy("gc", "gc.collect() in a loop over 300,000 lists"),
    _busy("exceptions", "exceptions through fifty frames"),
    _blocked("sleep", "time.sleep(), its length checked", poke=""),
    _blocked("accept", "socket.accept()"),
    _blocked("recv", "socket.recv(), every byte counted"),
    _blocked("join", "Thread.join()"),
    _blocked("event_busy", "Event.wait() beside two busy threads"),
    _blocked("epoll", "asyncio with a timer and a reader"),
    _blocked("poll", "poll()"),
    _blocked("select", "select()", "selecting"),
    _blocked("lock", "Lock.acquire()"),
    _blocked("lock_timed", "Lock.acquire(timeout), its length checked", poke=""),
    _blocked("stdin", "read() of a pipe, every byte counted"),
    _blocked("queue", "Queue.get(), every item counted"),
    _blocked("wait", "waitpid(), the child's status checked"),
    Kind("alarm", "SIGALRM every ms, busy", "storms.py", "alarm"),
    Kind("alarm_sleep", "SIGALRM every ms in a sleep", "storms.py", "alarm_sleep"),
    Kind("profile", "SIGPROF every ms of processor time", "storms.py", "profile"),
    Kind(
        "child",
        "SIGCHLD from a fork loop",
        "storms.py",
        "child",
    ),
    Kind(
        "counted",
        "queued real-time signals during the attach, every one counted",
        "storms.py",
        "counted",
        signals=True,
    ),
    Kind(
        "vectors",
        "AVX, x87, red zone in flight, compared bit by bit",
        "native.py",
        "vectors",
        built="vectors",
        modules=("ctypes",),
    ),
    Kind(
        "vectors_held",
        "the same, keeping the GIL for 150 ms",
        "native.py",
        "vectors_held",
        built="vectors",
        modules=("ctypes",),
    ),
    Kind("numpy", "numpy sums, compared", "native.py", "arrays", packages=("numpy",)),
    Kind(
        "long_calls",
        "C calls of 1 s that keep the GIL",
        "busy.py",
        "long_calls",
        # Any of the threads may get the GIL next, so a minute may pass without our turn.  Then memtui
        # must have waited, and must say what it waited for.
        must=EITHER,
        refusals=SILENT,
        most=2,
        # Each turn of the GIL costs a call, and a call that has to share its processor several seconds.
        timeout=60.0,
        talk=60.0,
        settle=60.0,
    ),
    Kind(
        "longer_calls",
        "C calls of 7 s that keep the GIL, 2 s of patience",
        "busy.py",
        "longer_calls",
        must=EITHER,
        refusals=SILENT,
        most=2,
        timeout=2.0,
        settle=60.0,
    ),
    Kind("threads", "2,000 threads", "shapes.py", "threads"),
    Kind(
        "main_waits",
        "the main thread at its end, waiting for the others",
        "shapes.py",
        "main_waits",
        # From there on it starts no thread.
        refusals=frozenset({"Unsupported"}),
        refused_by=frozenset({"3.12"}),
    ),
    Kind(
        "main_ended",
        "the main thread ended, others run",
        "shapes.py",
        "main_ended",
        modules=("ctypes",),
    ),
    Kind("settrace", "sys.settrace and threading.settrace active", "shapes.py", "settrace"),
    Kind("coverage", "coverage.py active", "shapes.py", "coverage", packages=("coverage",)),
    Kind("fork_loop", "forks all the time", "shapes.py", "fork_loop"),
    Kind(
        "exec_loop",
        "replaces itself by exec every 0.5 s",
        "shapes.py",
        "exec_loop",
        must=EITHER,
        refusals=GONE | SILENT,
        moving=frozenset({"looks", "tasks", "fds", "code"}),
        beats=False,
    ),
    Kind(
        "ends",
        "ends while we attach",
        "shapes.py",
        "ends",
        must=EITHER,
        refusals=GONE,
        fresh=True,
        beats=False,
    ),
    Kind("fds_few", "three descriptors left", "shapes.py", "fds_few"),
    Kind(
        "fds_none",
        "no descriptor left",
        "shapes.py",
        "fds_none",
        must=REFUSES,
        refusals=SILENT | {"NoHeadroom"},
        most=3,
        timeout=2.0,
    ),
    Kind("fds_many", "200,000 descriptors, or as many as it may", "shapes.py", "fds_many"),
    Kind("subinterpreter", "a subinterpreter busy in a thread", "shapes.py", "subinterpreter"),
    Kind(
        "subinterpreter_main",
        "the main thread in a subinterpreter, 0.5 s a turn",
        "shapes.py",
        "subinterpreter_main",
        settle=60.0,  # up to 3.11 it depends on luck when a thread gets the GIL there
    ),
    Kind(
        "subinterpreter_ends",
        "subinterpreters made, used and ended in a thread",
        "shapes.py",
        "subinterpreter_ends",
    ),
    Kind(
        "embedded", "C program with libpython, first thread", "embedded", "main", built="embedded"
    ),
    Kind(
        "embedded_thread",
        "C program, Python in its second thread",
        "embedded",
        "thread",
        built="embedded",
    ),
    Kind("embedded_fork", "C program, forked worker", "embedded", "fork", built="embedded"),
    Kind(
        "http",
        "http.server with threads, under requests",
        "servers.py",
        "http",
        poke="http",
        moving=frozenset({"tasks", "fds", "looks"}),
    ),
    Kind("pool_fork", "multiprocessing pool worker, fork", "servers.py", "pool_fork"),
    Kind("pool_spawn", "multiprocessing pool worker, spawn", "servers.py", "pool_spawn"),
    Kind("gevent", "gevent, everything patched", "servers.py", "gevent", packages=("gevent",)),
    Kind(
        "eventlet",
        "eventlet, everything patched",
        "servers.py",
        "eventlet",
        packages=("eventlet",),
        # Its hub never switches to the thread that would answer.
        needs_gil=True,
    ),
    Kind("uvloop", "uvloop with an echo", "servers.py", "uvloop", packages=("uvloop",)),
    Kind(
        "gunicorn_sync",
        "gunicorn sync worker, under requests",
        "servers.py",
        "gunicorn_sync",
        poke="http",
        packages=("gunicorn",),
        moving=frozenset({"fds"}),
    ),
    Kind(
        "gunicorn_gthread",
        "gunicorn gthread worker, under requests",
        "servers.py",
        "gunicorn_gthread",
        poke="http",
        packages=("gunicorn",),
        moving=frozenset({"tasks", "fds", "looks"}),
    ),
    Kind(
        "uvicorn",
        "uvicorn, under requests",
        "servers.py",
        "uvicorn",
        poke="http",
        packages=("uvicorn",),
        moving=frozenset({"fds"}),
    ),
    Kind(
        "celery",
        "celery prefork worker, broker in memory",
        "servers.py",
        "celery",
        packages=("celery",),
        moving=frozenset({"fds"}),
    ),
    Kind("ipykernel", "a Jupyter kernel", "servers.py", "ipykernel", packages=("ipykernel",)),
)

BY_NAME = {kind.name: kind for kind in KINDS}
