"""Processes that are not Python, and wait for one that they started."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SLEEPER = "import time; print('ready', flush=True); time.sleep(1000)"


@contextlib.contextmanager
def wrapped(*command: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process and its children, as soon as one of the children has printed a line."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"ready\n"
        yield process
    finally:
        os.killpg(process.pid, 9)
        process.communicate()


WRAPPERS = {
    "shell": ("/bin/sh", "-c", f'{sys.executable} -c "{SLEEPER}"; true'),
    "timeout": ("timeout", "--foreground", "1000", sys.executable, "-c", SLEEPER),
    "both": ("/bin/sh", "-c", f'timeout --foreground 1000 {sys.executable} -c "{SLEEPER}"; true'),
}
