"""stdin, stdout and stderr as memtui needs them, however the caller left them."""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING

from memtui.model.errors import MemtuiError

if TYPE_CHECKING:
    from typing import Literal, TextIO

# What writing fails with, as opposed to opening a file, which has a name.
_WRITING = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF}


def prepare() -> None:
    """Open those that the caller closed, so that no file that is opened later takes their numbers.

    A closed stdin reads as empty, and what is written to a closed stderr is lost.  Writing to a
    closed stdout fails, because nobody can have received the answer.
    """
    if sys.stdin is None:
        sys.stdin = _opened(0, os.O_RDONLY, "r")
    if sys.stdout is None:
        sys.stdout = _opened(1, os.O_RDONLY, "w")
    if sys.stderr is None:
        sys.stderr = _opened(2, os.O_WRONLY, "w")
    if hasattr(sys.stdout, "reconfigure"):
        # A C locale has no ellipsis and no minus sign: better a question mark than a failure.
        sys.stdout.reconfigure(errors="replace")


def tell(*lines: str) -> None:
    """Write ``lines`` to stderr; if that fails, the answer on stdout must still come out."""
    try:
        sys.stderr.writelines(line + "\n" for line in lines)
        sys.stderr.flush()
    except OSError:
        drop(sys.stderr)


def drop(stream: TextIO) -> None:
    """Throw away what is still buffered, so that it does not fail a second time at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def system_refusal(error: OSError) -> MemtuiError:
    """The error to report when the system fails in a way that nobody expected."""
    why = error.strerror or str(error)
    if error.errno in _WRITING and error.filename is None:
        return MemtuiError("the answer cannot be written", why, hint="repair what stdout leads to")
    if error.filename is not None:
        why = f"{error.filename}: {why}"
    return MemtuiError("the system refused", why, hint="repair that, then try again")


def _opened(number: int, flags: int, mode: Literal["r", "w"]) -> TextIO:
    opened = os.open(os.devnull, flags)
    if opened != number:
        os.dup2(opened, number)
        os.close(opened)
    return open(number, mode, encoding="utf-8", errors="replace", closefd=False)
