"""Processes that are not Python, and wait for one that they started."""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SLEEPER = "import time; print('ready', flush=True); time.sleep(1000)"
PYTHON = shlex.quote(sys.executable)
"""As a shell takes it: the path of a checkout may hold blanks."""


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
    "shell": ("/bin/sh", "-c", f'{PYTHON} -c "{SLEEPER}"; true'),
    "timeout": ("timeout", "--foreground", "1000", sys.executable, "-c", SLEEPER),
    "both": ("/bin/sh", "-c", f'timeout --foreground 1000 {PYTHON} -c "{SLEEPER}"; true'),
}
