"""Names of files."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def check_name(path: Path) -> None:
    """Raise OSError if no file can have that name, or if we may not look for it there.

    From Python 3.14 on, the methods of Path only say that there is no such file.
    """
    with suppress(FileNotFoundError, NotADirectoryError):
        path.stat()
