"""Where the agent calls back: a Unix socket in a private 0700 directory that the target can reach."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hmac
import os
import secrets
import socket
import struct
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Self

from memtui.agent import wire
from memtui.attach.bundle import bundle
from memtui.attach.folder import Folder, Owner, make_folder
from memtui.attach.headroom import THREADS_HINT
from memtui.model.errors import (
    AgentSilent,
    MemtuiError,
    NoHeadroom,
    NoSuchProcess,
    NotPermitted,
    TargetGone,
    Unsupported,
)
from memtui.model.safe import safe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

#: Directories that a target can usually reach; tried in this order, inside its own mount namespace.
_PLACES = ("/tmp", "/dev/shm", "/run", "/var/tmp")  # noqa: S108 (a 0700 directory is made there)
#: How often to check that the socket still exists, seconds.
_LOOK_S = 0.2
#: The buffer to ask for, bytes; the kernel gives what it allows, usually twice as much.
_BUNDLE_ROOM = 1 << 20
#: The most characters of a target's reason for a failure.
_EXCUSE = 300
_CREDENTIALS = struct.Struct("=iII")


class Rendezvous:
    """A listening socket that expects one agent.  Use it with ``async with``; it cleans up.

    ``path_in_target`` and ``token`` are what the payload needs.
    """

    def __init__(self, pid: int, folder: Folder, owner: Owner) -> None:
        """Only for :func:`open_rendezvous`: listens in ``folder``; OSError if it cannot."""
        self._pid = pid
        self._owner = owner
        self._folder = folder
        self.path_in_target = f"{folder.path}/s"
        self.token = secrets.token_hex(16)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        try:
            self._listener.setblocking(False)
            folder.bind(self._listener)
            self._listener.listen(4)
        except BaseException:
            self.close()
            raise

    def leave(self, name: str, text: str) -> str:
        """Write a file beside the socket for the target; returns its path there.  Removed with the socket."""
        return self._folder.write(name, text)

    async def accept(
        self, timeout: float
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, bool]:
        """Wait for the agent, at most ``timeout`` seconds, and send it the bundle if it wants one.

        The last item is True if the agent was already there (joined).  Anybody else who connects is
        turned away.  Raises AgentSilent (also if somebody removed the socket), TargetGone, or
        Unsupported if the target cannot start an agent.  Afterwards directory and socket are gone.
        """
        try:
            async with asyncio.timeout(timeout):
                with _end_of(self._pid) as ended:
                    connection, mark = await self._first(ended)
        except TimeoutError:
            why = f"no answer from the target within {timeout:g} s"
            raise AgentSilent("agent did not answer", why) from None
        finally:
            # Here, because the task that waits for a connection is cancelled only later.
            asyncio.get_running_loop().remove_reader(self._listener)
            self.close()
        try:
            # Send the bundle in one piece, so that a killed viewer leaves no agent with half of it, and
            # the agent waits only once.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUNDLE_ROOM)
            reader, writer = await asyncio.open_unix_connection(sock=connection)
        except BaseException:
            connection.close()
            raise
        if mark == b"N":
            writer.write(wire.frame(bundle()))
        return reader, writer, mark == b"J"

    async def _welcome(self) -> tuple[socket.socket, bytes]:
        """The first connection that has the target's credentials and the token."""
        while True:
            connection = await self._caller()
            try:
                connection.setblocking(False)
                # Wait for the target itself, for as long as it takes: whenever it releases the GIL, also
                # between connecting and sending, another thread may take the GIL and keep it.
                if self._is_target(connection) and (mark := await self._mark(connection)):
                    return connection, mark
            except OSError:
                pass
            except BaseException:
                connection.close()
                raise
            connection.close()

    async def _caller(self) -> socket.socket:
        """The next connection.

        Not ``loop.sock_accept``: if it is cancelled at the moment a connection arrives, it accepts and
        loses that connection.
        """
        loop, knocked = asyncio.get_running_loop(), asyncio.Event()

        def hear() -> None:
            loop.remove_reader(self._listener)
            knocked.set()

        while True:
            with contextlib.suppress(BlockingIOError, ConnectionAbortedError):
                return self._listener.accept()[0]
            knocked.clear()
            loop.add_reader(self._listener, hear)
            await knocked.wait()

    def _is_target(self, connection: socket.socket) -> bool:
        raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        pid, uid, _ = _CREDENTIALS.unpack(raw)
        return (pid, uid) == (self._pid, self._owner.uid)

    async def _mark(self, connection: socket.socket) -> bytes:
        """The ``N`` or ``J`` of an agent that knows the token; empty for anybody else."""
        loop, said = asyncio.get_running_loop(), b""
        while len(said) < len(self.token) + 1:
            more = await loop.sock_recv(connection, len(self.token) + 1 - len(said))
            if not more:
                return b""
            said += more
        known = hmac.compare_digest(said[:-1], self.token.encode())
        return said[-1:] if known and said[-1:] in {b"N", b"J"} else b""

    async def _first(self, ended: asyncio.Event) -> tuple[socket.socket, bytes]:
        """The result of :meth:`_welcome`, unless the process ends or the socket is removed first."""
        arrival = asyncio.ensure_future(self._welcome())
        others = asyncio.ensure_future(ended.wait()), asyncio.ensure_future(self._watch())
        try:
            await asyncio.wait((arrival, *others), return_when=asyncio.FIRST_COMPLETED)
            if arrival.done():
                return arrival.result()
            if ended.is_set():
                raise TargetGone(f"process {self._pid} ended while memtui was getting in")
            return await others[1]
        except asyncio.CancelledError:
            if arrival.done() and not arrival.exception():
                arrival.result()[0].close()
            raise
        finally:
            for task in (arrival, *others):
                task.cancel()

    async def _watch(self) -> NoReturn:
        """Raise the error that the target reports, or AgentSilent once the socket is gone.

        A program that cleans up /tmp may remove it.
        """
        while self._folder.stands():
            if why := self._folder.said():
                raise _excuse(self._pid, why)
            await asyncio.sleep(_LOOK_S)
        raise AgentSilent(
            f"process {self._pid} cannot call back",
            f"the socket for it, {self.path_in_target}, was removed",
            hint="try again; another program cleans up that directory",
        )

    def close(self) -> None:
        """Remove the socket and its directory; may be called twice."""
        self._listener.close()
        self._folder.remove()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _excuse(pid: int, said: str) -> MemtuiError:
    """The error for a target whose first lines of memtui failed with ``said``."""
    why = safe(said[:_EXCUSE])
    what = f"process {pid} cannot start the agent's thread"
    if "shutdown" in why:
        hint = "its main thread has ended; attach to a process like it before that happens"
        return Unsupported(what, f"its interpreter is shutting down ({why})", hint=hint)
    if "start new thread" in why:
        return NoHeadroom(what, why, hint=THREADS_HINT)
    if f"[Errno {errno.EMFILE}]" in why:
        hint = f"raise its limit of open files (prlimit --pid {pid} --nofile=MORE)"
        return NoHeadroom(what, "it cannot open another file", hint=hint)
    if why.startswith("LookupError"):
        library = why.rpartition(" ")[2]
        hint = "check that its standard library still exists and that its user can read it"
        return Unsupported(what, f"it has no module {library} and cannot load it", hint=hint)
    return Unsupported(what, why, hint="try another process that runs the same program")


def open_rendezvous(pid: int, proc: str | None = None) -> Rendezvous:
    """A rendezvous that process ``pid`` can reach, inside its own mount namespace if it has one.

    ``proc`` is the ``/proc`` folder of a living thread, because the main thread may have ended.
    Raises NoSuchProcess, NotPermitted, or MemtuiError if no directory is usable.
    """
    proc = proc or f"/proc/{pid}"
    owner = _owner(pid)
    root = _root(pid, proc)
    tried = []
    for place in _places(proc):
        try:
            return Rendezvous(pid, make_folder(root, place, owner), owner)
        except OSError as error:
            tried.append(f"{place} ({error.strerror})")
    raise MemtuiError(
        "no reachable writable directory",
        f"no place for the socket in the target's file system: {', '.join(tried)}",
        hint="mount a tmpfs at /tmp or /dev/shm of the target's container",
    )


def _owner(pid: int) -> Owner:
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        raise NoSuchProcess(f"no process {pid}") from None
    fields = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    # The order is real, effective, saved, file system; the peer's credentials are the effective ones.
    owner = Owner(int(fields["Uid"].split()[1]), int(fields["Gid"].split()[1]))
    if os.geteuid() not in (0, owner.uid):
        why = f"it belongs to user {owner.uid}, you are {os.geteuid()}"
        raise NotPermitted(f"cannot reach process {pid}", why)
    return owner


def _root(pid: int, proc: str) -> str:
    """The target's ``/`` as a path of ours; empty if it is our own."""
    try:
        same_mounts = _link(f"{proc}/ns/mnt") == _link("/proc/self/ns/mnt")
        same_root = _link(f"{proc}/root") == _link("/proc/self/root")
    except FileNotFoundError:
        raise NoSuchProcess(f"no process {pid}") from None
    except PermissionError:
        why = "the kernel does not let memtui read its file system"
        raise NotPermitted(f"cannot reach process {pid}", why) from None
    return "" if same_mounts and same_root else f"{proc}/root"


def _link(path: str) -> str:
    return str(Path(path).readlink())


def _places(proc: str) -> list[str]:
    places = list(_PLACES)
    with contextlib.suppress(OSError):
        cwd = _link(f"{proc}/cwd")
        if cwd.startswith("/") and not cwd.endswith(" (deleted)"):
            places.append(cwd)
    return places


@contextlib.contextmanager
def _end_of(pid: int) -> Iterator[asyncio.Event]:
    """An event that is set when process ``pid`` ends."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    try:
        watch = os.pidfd_open(pid)
    except ProcessLookupError:
        ended.set()
        yield ended
        return
    except OSError:
        # An old kernel or a seccomp filter: then only the timeout ends the wait.
        yield ended
        return
    loop.add_reader(watch, ended.set)
    try:
        yield ended
    finally:
        loop.remove_reader(watch)
        os.close(watch)
