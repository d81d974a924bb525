"""A private directory in the target's file system, for the socket that the agent connects to.

Root may attach to the process of a user who wants to harm root, and that user owns the file system
where this happens.  So everything here runs with the rights of the target's user, through descriptors
opened without following a symbolic link, and only in places where nobody but that user and the owner
of the target's root can replace what was made.
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
#: How often to empty a directory if new files keep appearing in it.
_REMOVALS = 4
_STEP = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_libc = ctypes.CDLL(None, use_errno=True)
#: With this value setfsuid and setfsgid return the current id and change nothing.
_NO_ID = ctypes.c_uint32(0xFFFFFFFF)


class Owner(NamedTuple):
    """The effective user and group of a process, as ids in our namespace."""

    uid: int
    gid: int


class Folder:
    """``place/memtui-<our pid>-<random>``, with mode 0700 and owned by the target's user.

    ``path`` is its path in the target.  :func:`make_folder` makes it.
    """

    def __init__(self, place: int, directory: str, name: str, owner: Owner) -> None:
        """Only for :func:`make_folder`: ``place`` is an open directory; the folder will close it."""
        self.path = f"{directory.rstrip('/')}/{name}"
        self._name = name
        self._owner = owner
        self._place = place
        self._here = -1

    def make(self) -> None:
        """Make the directory; OSError if that is not possible here."""
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
        # Set the mode on the socket before binding, so that the file never has another mode.
        os.fchmod(listener.fileno(), 0o600)
        with acting_as(self._owner):
            listener.bind(f"/proc/self/fd/{self._here}/s")

    def write(self, name: str, text: str) -> str:
        """Write a file that the target can read; returns its path in the target."""
        new = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with acting_as(self._owner):
            file = os.open(name, new, 0o600, dir_fd=self._here)
        with open(file, "w", encoding="utf-8") as writer:
            writer.write(text)
        return f"{self.path}/{name}"

    def said(self) -> str:
        """What the target says it cannot do: the destination of its link ``why``; empty without one."""
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
    """A new folder in the directory ``place`` of the file system that we see at ``root``.

    Raises OSError if that is not possible there.  Removes what killed viewers left there for the same
    user.
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
    """A descriptor of ``place``, opened without following a symbolic link.

    The kernel would follow a link from *our* root, out of the target's.  In our own file system that
    is no danger, and /tmp may be a link.
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
    """Raise OSError if anybody but ``trusted`` can rename files in ``directory``."""
    found = os.fstat(directory)
    shared = found.st_mode & 0o022 and not found.st_mode & stat.S_ISVTX
    if found.st_uid not in trusted or shared:
        raise OSError(0, "other users can change what is in it")


@contextlib.contextmanager
def acting_as(owner: Owner) -> Iterator[None]:
    """Access files with the rights of ``owner`` instead of root's, in this thread.

    Do not await anything inside.  Raises NotPermitted if root here must not do that.
    """
    if os.geteuid() == owner.uid:
        yield
        return
    user, group = _libc.setfsuid(_NO_ID), _libc.setfsgid(_NO_ID)
    # The group first: with the user's rights it could not be changed any more.
    _libc.setfsgid(owner.gid)
    _libc.setfsuid(owner.uid)
    try:
        if _libc.setfsuid(_NO_ID) != owner.uid or _libc.setfsgid(_NO_ID) != owner.gid:
            raise NotPermitted(
                f"cannot act as user {owner.uid}",
                "root has no SETUID and SETGID capabilities here",
                hint="start the container with --cap-add SETUID --cap-add SETGID, "
                "or run memtui on the host",
            )
        yield
    finally:
        _libc.setfsuid(user)
        _libc.setfsgid(group)


def _remove(name: str, place: int, owner: Owner) -> None:
    with contextlib.suppress(OSError), acting_as(owner):
        # A target that finds the socket gone puts a link beside it, once.  That may happen just before
        # the directory itself is removed.
        for _ in range(_REMOVALS):
            shutil.rmtree(name, ignore_errors=True, dir_fd=place)
            os.stat(name, dir_fd=place, follow_symlinks=False)


def _sweep(place: int, owner: Owner) -> None:
    """Remove what killed viewers left for ``owner`` in the open directory ``place``."""
    with contextlib.suppress(OSError), acting_as(owner):
        # ``place`` itself was opened with O_PATH and cannot be listed.
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
    """Whether nobody listens there any more.

    The viewer may live in another PID namespace, so its number alone proves nothing.  Folders of another
    user are not touched, not even by root.
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
