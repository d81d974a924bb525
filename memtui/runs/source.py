"""Lines of the target's source, read by the viewer: they cost the target nothing."""

from __future__ import annotations

import ctypes
import os
import stat
from functools import lru_cache
from pathlib import Path

from memtui.model.safe import safe

#: Larger files are not read, bytes.
_LARGEST = 8 << 20

_LINE_LIMIT = 200

_OPENAT2 = 437
_RESOLVE_NO_MAGICLINKS, _RESOLVE_IN_ROOT = 0x02, 0x10
_libc = ctypes.CDLL(None, use_errno=True)


class _OpenHow(ctypes.Structure):
    _fields_ = (
        ("flags", ctypes.c_uint64),
        ("mode", ctypes.c_uint64),
        ("resolve", ctypes.c_uint64),
    )


class Sources:
    """The files of process ``pid`` as it sees them, also in a container."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._lines_of = lru_cache(maxsize=64)(self._read)

    def line(self, file: str, number: int) -> str | None:
        """Line ``number`` (from 1) of ``file`` without its indentation; None if it cannot be read.

        The file may be newer than the code that the process runs.  A relative name is resolved in
        the working directory of the process.
        """
        if number < 1 or not file or file.startswith("<"):
            return None
        lines = self._lines_of(file)
        if number > len(lines):
            return None
        text = lines[number - 1].decode("utf-8", "backslashreplace").strip()
        return safe(text, _LINE_LIMIT)

    def _read(self, file: str) -> list[bytes]:
        try:
            found = self._open(file)
        except (OSError, ValueError):
            return []
        try:
            status = os.fstat(found)
            if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
                return []
            with open(found, "rb", closefd=False) as stream:
                return stream.read(_LARGEST).splitlines()
        except OSError:
            return []
        finally:
            os.close(found)

    def _open(self, file: str) -> int:
        path = os.path.normpath(file)
        if not path.startswith("/"):
            path = str(Path(f"/proc/{self._pid}/cwd").readlink() / path)
        root = os.open(f"/proc/{self._pid}/root", os.O_PATH | os.O_DIRECTORY)
        try:
            return _open_below(root, path)
        finally:
            os.close(root)


def _open_below(root: int, path: str) -> int:
    """Open ``path`` as if ``root`` were /, so that a link in a container cannot reach a host file.

    Kernels before 5.6 cannot do that; nothing is read there.
    """
    # Without O_NONBLOCK, opening a pipe would wait for a writer.
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
    how = _OpenHow(flags, 0, _RESOLVE_IN_ROOT | _RESOLVE_NO_MAGICLINKS)
    name = os.fsencode(path)
    if b"\0" in name:
        raise ValueError("a NUL in a path")
    found = int(_libc.syscall(_OPENAT2, root, name, ctypes.byref(how), ctypes.sizeof(how)))
    if found < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return found
