"""A private directory in the target's file system, for the socket at which the agent calls back.

Root may be asked to look at the process of somebody who wishes root ill, and that somebody owns the
file system it is done in.  So everything here is done with the rights of the target's user, by
descriptors that were opened without following a symbolic link, and only where nobody but that user and
the owner of the target's root can put something else in the place of what was made.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import secrets
import shutil
import socket
import stat
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from memtui.model.errors import NotPermitted

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME = re.compile(r"memtui-(\d+)-[0-9a-f]{16}")
#: The kernel's limit for the path of a Unix socket, without the final NUL.
_SOCKET_PATH_LIMIT = 107
#: How often a directory is emptied in which something appears meanwhile.
_REMOVALS = 4
_STEP = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_libc = ctypes.CDLL(None, use_errno=True)
#: Asks for the id in use and changes nothing.
_NO_ID = ctypes.c_uint32(0xFFFFFFFF)


class Owner(NamedTuple):
    """The effective user and group of a process, as we number them."""

    uid: int
    gid: int


class Folder:
    """``place/memtui-<our pid>-<random>``, with mode 0700 and the target's user as its owner.

    ``path`` is where the target finds it.  Made by :func:`make_folder`.
    """

    def __init__(self, place: int, directory: str, name: str, owner: Owner) -> None:
        """Only for :func:`make_folder`: ``place`` is an open directory that is ours to close."""
        self.path = f"{directory.rstrip('/')}/{name}"
        self._name = name
        self._owner = owner
        self._place = place
        self._here = -1

    def make(self) -> None:
        """Make the directory; OSError where this is no place for it."""
        if len(os.fsencode(self.path)) + len("/s") > _SOCKET_PATH_LIMIT:
            raise OSError(0, "the path is too long for a socket")
        with acting_as(self._owner):
            os.mkdir(self._name, mode=0o700, dir_fd=self._place)
            self._here = os.open(
                self._name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=self._place
            )
        found = os.fstat(self._here)
        if found.st_uid != self._owner.uid or stat.S_IMODE(found.st_mode) & 0o077:
            raise OSError(0, "somebody put another directory there")

    def bind(self, listener: socket.socket) -> None:
        """Bind ``listener`` to ``s`` in the directory, with mode 0600."""
        # The socket's own mode is what the file gets, so that it never has another one.
        os.fchmod(listener.fileno(), 0o600)
        with acting_as(self._owner):
            listener.bind(f"/proc/self/fd/{self._here}/s")

    def write(self, name: str, text: str) -> str:
        """Put a file there that the target can read; its path there."""
        new = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with acting_as(self._owner):
            file = os.open(name, new, 0o600, dir_fd=self._here)
        with open(file, "w", encoding="utf-8") as writer:
            writer.write(text)
        return f"{self.path}/{name}"

    def said(self) -> str:
        """Where the link ``why`` leads, by which the target tells what it cannot do; empty without one."""
        try:
            return os.fsdecode(os.readlink(b"why", dir_fd=self._here))
        except OSError:
            return ""

    def stands(self) -> bool:
        """Whether the socket is still where it was bound."""
        try:
            os.stat("s", dir_fd=self._here, follow_symlinks=False)
        except OSError:
            return self._here < 0
        return True

    def remove(self) -> None:
        """Remove all of it; harmless when it is gone."""
        if self._here >= 0:
            os.close(self._here)
            self._here = -1
        if self._place >= 0:
            _remove(self._name, self._place, self._owner)
            os.close(self._place)
            self._place = -1


def make_folder(root: str, place: str, owner: Owner) -> Folder:
    """A new folder in the directory ``place`` of the file system whose root is ``root`` for us.

    Raises OSError where this is no place for it.  What viewers that were killed left there for the
    same user is removed.
    """
    opened = _open_place(root, place, owner)
    folder = Folder(opened, place, f"memtui-{os.getpid()}-{secrets.token_hex(8)}", owner)
    try:
        _sweep(opened, owner)
        folder.make()
    except BaseException:
        folder.remove()
        raise
    return folder


def _open_place(root: str, place: str, owner: Owner) -> int:
    """A descriptor of ``place``, reached without a symbolic link.

    A link would be followed from *our* root, and lead out of the target's.  In our own file system
    /tmp may well be one, and is ours to follow.
    """
    steps = (place if root else os.path.realpath(place)).strip("/")
    here = os.open(root or "/", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        trusted = {0, owner.uid, os.fstat(here).st_uid}
        for step in filter(None, steps.split("/")):
            with acting_as(owner):
                below = os.open(step, _STEP, dir_fd=here)
            os.close(here)
            here = below
            _check_keeper(here, trusted)
    except BaseException:
        os.close(here)
        raise
    return here


def _check_keeper(directory: int, trusted: set[int]) -> None:
    """Raise OSError where others than ``trusted`` can rename what is in ``directory``."""
    found = os.fstat(directory)
    shared = found.st_mode & 0o022 and not found.st_mode & stat.S_ISVTX
    if found.st_uid not in trusted or shared:
        raise OSError(0, "other users can change what is in it")


@contextlib.contextmanager
def acting_as(owner: Owner) -> Iterator[None]:
    """Touch files with the rights of ``owner`` instead of root's, in this thread.

    Nothing may be awaited meanwhile.  Raises NotPermitted for a root that may not do that.
    """
    if os.geteuid() == owner.uid:
        yield
        return
    user, group = _libc.setfsuid(_NO_ID), _libc.setfsgid(_NO_ID)
    # The group first: the user's rights do not reach to change it.
    _libc.setfsgid(owner.gid)
    _libc.setfsuid(owner.uid)
    try:
        if _libc.setfsuid(_NO_ID) != owner.uid or _libc.setfsgid(_NO_ID) != owner.gid:
            raise NotPermitted(
                f"cannot act as user {owner.uid}",
                "root here lacks the capabilities SETUID and SETGID",
                hint="start the container with --cap-add SETUID --cap-add SETGID, "
                "or run memtui on the host",
            )
        yield
    finally:
        _libc.setfsuid(user)
        _libc.setfsgid(group)


def _remove(name: str, place: int, owner: Owner) -> None:
    with contextlib.suppress(OSError), acting_as(owner):
        # A target that finds the socket gone says so by a link beside it, once, and that may be the
        # moment before the directory itself goes.
        for _ in range(_REMOVALS):
            shutil.rmtree(name, ignore_errors=True, dir_fd=place)
            os.stat(name, dir_fd=place, follow_symlinks=False)


def _sweep(place: int, owner: Owner) -> None:
    """Remove what viewers that were killed left for ``owner`` in the open directory ``place``."""
    with contextlib.suppress(OSError), acting_as(owner):
        # The descriptor itself was opened for paths only.
        listing = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=place)
        try:
            names = os.listdir(listing)
        finally:
            os.close(listing)
        for name in names:
            found = _NAME.fullmatch(name)
            if found and _is_stale(name, place, int(found[1]), owner):
                shutil.rmtree(name, ignore_errors=True, dir_fd=place)


def _is_stale(name: str, place: int, viewer: int, owner: Owner) -> bool:
    """Whether nobody listens there: a viewer of another PID namespace may live under that number.

    What is another user's is no business of this one's, not even of root's.
    """
    if Path(f"/proc/{viewer}").exists():
        return False
    with contextlib.suppress(OSError):
        here = os.open(name, _STEP, dir_fd=place)
        try:
            return os.fstat(here).st_uid == owner.uid and _is_deaf(here)
        finally:
            os.close(here)
    return False


def _is_deaf(directory: int) -> bool:
    try:
        if not stat.S_ISSOCK(os.lstat("s", dir_fd=directory).st_mode):
            return False
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.setblocking(False)
            probe.connect(f"/proc/self/fd/{directory}/s")
    except (ConnectionRefusedError, FileNotFoundError):
        return True
    except OSError:
        pass
    return False
