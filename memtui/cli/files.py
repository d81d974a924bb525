"""Where a document goes that is asked for with an option: a file, or stdout."""

from __future__ import annotations

import os
from pathlib import Path

from memtui.model.again import Again
from memtui.model.errors import UsageError
from memtui.model.paths import check_name

STDOUT = "-"


def destination(word: str, option: str, *, as_json: bool) -> Path | None:
    """The file that ``word`` names, None for stdout.

    Raises UsageError if it cannot be written (now rather than after half a minute of work), or if
    the JSON document goes to stdout as well.
    """
    if word == STDOUT:
        if as_json:
            raise UsageError(
                f"{option} - and --json cannot be combined",
                "with --json, stdout gets the JSON document and nothing else",
                hint="name a file, or leave --json out",
                again=Again(without=("--json",)),
            )
        return None
    path = Path(word)
    try:
        check_name(path)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written",
            error.strerror or "",
            hint=f"name another file with {option}",
        ) from error
    if not word or path.is_dir():
        raise UsageError(
            f"{word or option} cannot be written",
            "that is not the name of a file",
            hint=f"{option} FILE, or {option} - for stdout",
        )
    try:
        folder = path.resolve().parent
    except OSError as error:  # the current folder was deleted
        raise UsageError(
            f"{path} cannot be written", error.strerror or "", hint=f"{option} /path/of/a/file"
        ) from error
    special = path.exists() and not path.is_file()  # a pipe, /dev/stdout: it is not replaced
    if not special and not folder.is_dir():
        raise UsageError(
            f"{path} cannot be written", "there is no such folder", hint=f"mkdir -p {folder}"
        )
    writable = special or os.access(folder, os.W_OK | os.X_OK)
    if not writable or (path.exists() and not os.access(path, os.W_OK)):
        raise UsageError(
            f"{path} cannot be written",
            "permission denied",
            hint=f"name another file with {option}",
        )
    return path
