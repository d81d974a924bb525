"""The private place where the agent calls back: a Unix socket in a 0700 directory the target can reach."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import os
import re
import secrets
import shutil
import socket
import stat
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from memtui.agent import wire
from memtui.attach.bundle import bundle
from memtui.model.errors import AgentSilent, MemtuiError, NoSuchProcess, NotPermitted, TargetGone

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from types import TracebackType

#: Where a target usually may look up a socket; tried in this order, inside its own mount namespace.
_PLACES = ("/tmp", "/dev/shm", "/run", "/var/tmp")  # noqa: S108 (a 0700 directory is made there)
_NAME = re.compile(r"memtui-(\d+)-[0-9a-f]{16}")
#: The kernel's limit for the path of a Unix socket, without the final NUL.
_SOCKET_PATH_LIMIT = 107
#: How long a stranger at the socket may keep us waiting for its 33 bytes, seconds.
_STRANGER_S = 2.0
_CREDENTIALS = struct.Struct("=iII")


class _Owner(NamedTuple):
    uid: int
    gid: int


class Rendezvous:
    """A listening socket that expects one agent.  Use it with ``async with``; it cleans up.

    ``path_in_target`` and ``token`` are what the payload needs.
    """

    def __init__(self, pid: int, root: str, directory: str, owner: _Owner) -> None:
        """Only for :func:`open_rendezvous`: ``root`` is where the target's ``/`` is for us."""
        self._pid = pid
        self._directory = Path(root + directory)
        self._owner = owner
        self._listener: socket.socket | None = None
        self.path_in_target = f"{directory}/s"
        self.token = secrets.token_hex(16)

    def _listen(self) -> None:
        """Make directory and socket; OSError where this is no place for it."""
        self._directory.mkdir(mode=0o700)
        try:
            listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
            self._listener = listener
            listener.setblocking(False)
            path = self._directory / "s"
            listener.bind(str(path))
            path.chmod(0o600)
            listener.listen(4)
            if os.geteuid() != self._owner.uid:
                os.chown(path, *self._owner)
                os.chown(self._directory, *self._owner)
        except BaseException:
            self.close()
            raise

    def leave(self, name: str, text: str) -> str:
        """Put a file beside the socket for the target to read; its path there.  Gone with the socket."""
        path = self._directory / name
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
        if os.geteuid() != self._owner.uid:
            os.chown(path, *self._owner)
        return f"{self.path_in_target.rpartition('/')[0]}/{name}"

    async def accept(
        self, timeout: float
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, bool]:
        """Wait for the agent, at most ``timeout`` seconds, and give it the bundle if it wants one.

        The last item tells whether it was there already (joined).  Whoever else connects is turned
        away.  Raises AgentSilent or TargetGone.  Directory and socket are gone afterwards.
        """
        try:
            async with asyncio.timeout(timeout):
                with _end_of(self._pid) as ended:
                    connection, mark = await _first(self._welcome(), ended, self._pid)
        except TimeoutError:
            why = f"no answer from the target within {timeout:g} s"
            raise AgentSilent("agent did not answer", why) from None
        finally:
            self.close()
        reader, writer = await asyncio.open_unix_connection(sock=connection)
        if mark == b"N":
            writer.write(wire.frame(bundle()))
        return reader, writer, mark == b"J"

    async def _welcome(self) -> tuple[socket.socket, bytes]:
        """The first connection that has the target's credentials and the token."""
        assert self._listener is not None
        loop = asyncio.get_running_loop()
        while True:
            connection, _ = await loop.sock_accept(self._listener)
            try:
                connection.setblocking(False)
                async with asyncio.timeout(_STRANGER_S):
                    mark = await self._mark(connection)
                if mark:
                    return connection, mark
            except (OSError, TimeoutError):
                pass
            except BaseException:
                connection.close()
                raise
            connection.close()

    async def _mark(self, connection: socket.socket) -> bytes:
        """``N`` or ``J`` of an agent that may come in, nothing of anybody else."""
        raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        pid, uid, _ = _CREDENTIALS.unpack(raw)
        if pid != self._pid or uid != self._owner.uid:
            return b""
        loop, said = asyncio.get_running_loop(), b""
        while len(said) < len(self.token) + 1:
            more = await loop.sock_recv(connection, len(self.token) + 1 - len(said))
            if not more:
                return b""
            said += more
        known = hmac.compare_digest(said[:-1], self.token.encode())
        return said[-1:] if known and said[-1:] in {b"N", b"J"} else b""

    def close(self) -> None:
        """Remove the socket and its directory; harmless when they are gone."""
        if self._listener is not None:
            self._listener.close()
        shutil.rmtree(self._directory, ignore_errors=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_rendezvous(pid: int) -> Rendezvous:
    """A rendezvous that process ``pid`` can reach, through its own mount namespace if it has one.

    Raises NoSuchProcess, NotPermitted, or MemtuiError when no directory serves.
    """
    owner = _owner(pid)
    root = _root(pid)
    tried = []
    for place in _places(pid):
        folder = Path(root + place)
        _sweep(folder)
        directory = f"{place.rstrip('/')}/memtui-{os.getpid()}-{secrets.token_hex(8)}"
        if len(os.fsencode(f"{root}{directory}/s")) > _SOCKET_PATH_LIMIT:
            continue
        rendezvous = Rendezvous(pid, root, directory, owner)
        try:
            rendezvous._listen()  # noqa: SLF001 (its other half)
        except OSError as error:
            tried.append(f"{place} ({error.strerror})")
        else:
            return rendezvous
    raise MemtuiError(
        "no reachable writable directory",
        f"the socket fits nowhere in the target's file system: {', '.join(tried)}",
        hint="mount a tmpfs at /tmp or /dev/shm of the target's container",
    )


def _owner(pid: int) -> _Owner:
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        raise NoSuchProcess(f"no process {pid}") from None
    fields = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    # Real, effective, saved, file system: the peer's credentials will be the effective ones.
    owner = _Owner(int(fields["Uid"].split()[1]), int(fields["Gid"].split()[1]))
    if os.geteuid() not in (0, owner.uid):
        why = f"it belongs to user {owner.uid}, you are {os.geteuid()}"
        raise NotPermitted(f"cannot reach process {pid}", why)
    return owner


def _root(pid: int) -> str:
    """Where the target's ``/`` is for us: nothing if it is ours."""
    try:
        same_mounts = _link(f"/proc/{pid}/ns/mnt") == _link("/proc/self/ns/mnt")
        same_root = _link(f"/proc/{pid}/root") == _link("/proc/self/root")
    except FileNotFoundError:
        raise NoSuchProcess(f"no process {pid}") from None
    except PermissionError:
        why = "the kernel does not let us look into its file system"
        raise NotPermitted(f"cannot reach process {pid}", why) from None
    return "" if same_mounts and same_root else f"/proc/{pid}/root"


def _link(path: str) -> str:
    return str(Path(path).readlink())


def _places(pid: int) -> list[str]:
    places = list(_PLACES)
    with contextlib.suppress(OSError):
        cwd = _link(f"/proc/{pid}/cwd")
        if cwd.startswith("/") and not cwd.endswith(" (deleted)"):
            places.append(cwd)
    return places


def _sweep(folder: Path) -> None:
    """Remove what viewers that were killed left in ``folder``."""
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            found = _NAME.fullmatch(entry.name)
            if (
                found
                and entry.is_dir(follow_symlinks=False)
                and _is_stale(entry.path, int(found[1]))
            ):
                shutil.rmtree(entry.path, ignore_errors=True)


def _is_stale(directory: str, viewer: int) -> bool:
    """Whether nobody listens there: a viewer of another PID namespace may live under that number."""
    if Path(f"/proc/{viewer}").exists():
        return False
    path = f"{directory}/s"
    try:
        if not stat.S_ISSOCK(os.lstat(path).st_mode):
            return False
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.setblocking(False)
            probe.connect(path)
    except (ConnectionRefusedError, FileNotFoundError):
        return True
    except OSError:
        pass
    return False


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
        # An old kernel or a seccomp filter: then the timeout has to tell.
        yield ended
        return
    loop.add_reader(watch, ended.set)
    try:
        yield ended
    finally:
        loop.remove_reader(watch)
        os.close(watch)


async def _first(
    coming: Coroutine[Any, Any, tuple[socket.socket, bytes]], ended: asyncio.Event, pid: int
) -> tuple[socket.socket, bytes]:
    """The result of ``coming``, unless the process ends before."""
    arrival, end = asyncio.ensure_future(coming), asyncio.ensure_future(ended.wait())
    try:
        await asyncio.wait((arrival, end), return_when=asyncio.FIRST_COMPLETED)
        if arrival.done():
            return arrival.result()
        raise TargetGone(f"process {pid} ended while memtui was getting in")
    finally:
        arrival.cancel()
        end.cancel()
