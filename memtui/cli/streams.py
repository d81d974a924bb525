"""stdin, stdout and stderr as memtui needs them, whatever the caller made of them."""

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
    """Have all three: where the caller closed one, no file that is opened later may take its number.

    What is read from a closed stdin is nothing, and what is told on a closed stderr is lost.
    Writing to a closed stdout fails, as an answer that nobody can have got.
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
    """Write ``lines`` to stderr; that nobody can hear them must not cost the answer on stdout."""
    try:
        sys.stderr.writelines(line + "\n" for line in lines)
        sys.stderr.flush()
    except OSError:
        drop(sys.stderr)


def drop(stream: TextIO) -> None:
    """Let what is still buffered go nowhere, instead of failing a second time at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def system_refusal(error: OSError) -> MemtuiError:
    """What to say of an error of the system that nobody expected."""
    why = error.strerror or str(error)
    if error.errno in _WRITING and error.filename is None:
        return MemtuiError("the answer cannot be written", why, hint="mend where stdout leads to")
    if error.filename is not None:
        why = f"{error.filename}: {why}"
    return MemtuiError("the system refused", why, hint="mend that, then try again")


def _opened(number: int, flags: int, mode: Literal["r", "w"]) -> TextIO:
    opened = os.open(os.devnull, flags)
    if opened != number:
        os.dup2(opened, number)
        os.close(opened)
    return open(number, mode, encoding="utf-8", errors="replace", closefd=False)
