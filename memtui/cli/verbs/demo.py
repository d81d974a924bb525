"""``memtui demo``: the bundled shop as a child of ours, and the dashboard on it."""

from __future__ import annotations

import os
import select
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from memtui.cli.options import (
    Attaching,
    attaching_options,
    complete_file,
    examples,
    interval_option,
)
from memtui.model.errors import MemtuiError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

_OPENS_WITHIN_S = 30.0
_CLOSES_WITHIN_S = 2.0


@click.command(
    "demo",
    short_help="the dashboard on a bundled leaking shop",
    epilog=examples(
        "demo",
        "demo --python python3.8",
    ),
)
@click.option(
    "--python",
    metavar="PATH",
    shell_complete=complete_file,
    default=sys.executable,
    help="The interpreter that runs the shop, 3.8 or later; the one of memtui if not given.",
)
@interval_option
@attaching_options
def command(*, python: str, interval: float, attaching: Attaching) -> None:
    """Start a small shop that leaks, open the dashboard on it, stop it at the end."""
    from memtui.cli.verbs.dashboard import check_terminal, show

    check_terminal("python -m memtui.demo.shop, which says its PID, and memtui summary PID --json")
    with shop(python) as pid:
        show(pid, interval, attaching)


@contextmanager
def shop(python: str = sys.executable) -> Iterator[int]:
    """Run the shop for as long as the block lasts; its PID.

    It is a child of this process, which is what Yama's ``ptrace_scope`` 1 asks for, and it
    ends itself should this process be killed.
    """
    import subprocess
    from importlib.resources import as_file, files

    with as_file(files("memtui.demo") / "shop.py") as path:
        try:
            child = subprocess.Popen(
                [python, str(path), "--parent", str(os.getpid())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        except OSError as error:
            raise _did_not_open(error.strerror or str(error)) from error
        try:
            _wait_until_open(child)
            yield child.pid
        finally:
            _close(child)


def _wait_until_open(child: subprocess.Popen[bytes]) -> None:
    """Wait for the line that the shop prints once it serves; raise MemtuiError without it."""
    assert child.stdout is not None
    said, until = b"", time.monotonic() + _OPENS_WITHIN_S
    while b"shop open" not in said:
        ready, _, _ = select.select([child.stdout], [], [], max(0.0, until - time.monotonic()))
        if not ready:
            raise _did_not_open(f"it said nothing for {_OPENS_WITHIN_S:.0f} s")
        data = os.read(child.stdout.fileno(), 4096)
        if not data:
            lines = said.decode(errors="replace").strip().splitlines()
            raise _did_not_open(lines[-1] if lines else "it ended at once")
        said += data


def _close(child: subprocess.Popen[bytes]) -> None:
    import subprocess

    child.terminate()
    try:
        child.wait(_CLOSES_WITHIN_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    assert child.stdout is not None
    child.stdout.close()


def _did_not_open(why: str) -> MemtuiError:
    return MemtuiError(
        "the demo shop did not start", why, hint="--python names another interpreter to run it with"
    )
