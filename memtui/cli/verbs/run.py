"""``memtui run``: a program with the cooperative agent in it, and the dashboard on it."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

import click

from memtui.cli.options import (
    Attaching,
    attaching_options,
    complete_file,
    examples,
    interval_option,
)
from memtui.cli.output import note
from memtui.model.errors import MemtuiError, UsageError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from types import FrameType

_LISTENS_WITHIN_S = 30.0
_LOOK_EVERY_S = 0.02
#: Signals that are meant for the program while memtui waits for it.
_PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)


@click.command(
    "run",
    short_help="start a program, with the dashboard on it",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    epilog=examples(
        "run app.py --port 8080",
        "run -m app.worker",
        "run -c 'import app; app.main()'",
        "run --no-dashboard app.py",
    ),
)
@click.option(
    "--python",
    metavar="PATH",
    shell_complete=complete_file,
    default=sys.executable,
    help="The interpreter that runs the program, 3.8 or later; the one of memtui if not given.",
)
@click.option(
    "--no-dashboard",
    is_flag=True,
    help="Become the program, on this terminal; open it from elsewhere with memtui PID.",
)
@click.option("-m", "kind", flag_value="-m", help="The first word is a module, as in python -m.")
@click.option("-c", "kind", flag_value="-c", help="The first word is code, as in python -c.")
@click.argument(
    "words",
    nargs=-1,
    required=True,
    type=click.UNPROCESSED,
    metavar="SCRIPT [ARG …]",
    shell_complete=complete_file,
)
@interval_option
@attaching_options
def command(  # noqa: PLR0913 (click hands in an option each)
    *,
    words: tuple[str, ...],
    kind: str | None,
    python: str,
    no_dashboard: bool,
    interval: float,
    attaching: Attaching,
) -> None:
    """Start a program that memtui can attach to without permission to trace it.

    SCRIPT is a file, a folder or a zip file with a __main__.py, or - for standard input. The program
    runs as python SCRIPT would run it.

    With a terminal the dashboard opens; what the program writes is kept, and shown once the
    dashboard is left, while the program goes on.  Without one memtui becomes the program.
    memtui's exit code is the program's.
    """
    argv = _argv(python, words if kind is None else (kind, *words))
    if no_dashboard or not (sys.stdin.isatty() and sys.stdout.isatty()):
        _become(argv)
    if kind is None and words[0] == "-":
        raise UsageError(
            "run: the dashboard reads the keys of this terminal",
            "so the program cannot read from it",
            hint="memtui run --no-dashboard -",
        )
    with tempfile.TemporaryFile(prefix="memtui-run-") as log:
        code = _watch(argv, log, interval, attaching)
    raise SystemExit(code)


def _argv(python: str, words: tuple[str, ...]) -> list[str]:
    from importlib.resources import files

    path = shutil.which(python)
    if path is None:
        raise UsageError(f"no interpreter {python}", hint="--python takes a path or a name on PATH")
    if path != sys.executable:
        _check_interpreter(path)
    if words[0] not in {"-", "-c", "-m"} and not os.path.exists(words[0]):  # noqa: PTH110 (a word of a command line)
        raise UsageError(f"no script {words[0]}", hint="memtui run -m MODULE runs a module")
    # It only executes Python again: without the environment and site, which are for the program.
    return [path, "-I", "-S", str(files("memtui.agent") / "__main__.py"), "--", *words]


def _check_interpreter(path: str) -> None:
    """Raise Unsupported for a version that the agent cannot run on, UsageError if it is not Python."""
    import subprocess

    from memtui.attach.interpreter import check_version

    asked = [path, "-c", "import sys; print('%d %d' % sys.version_info[:2])"]
    try:
        said = subprocess.run(
            asked,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_LISTENS_WITHIN_S,
            check=True,
        ).stdout.split()
        major, minor = map(int, said)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise UsageError(
            f"{path} is not a Python",
            "it did not print its version",
            hint="--python takes a CPython from 3.8 on",
        ) from error
    check_version((major, minor))


def _become(argv: list[str]) -> None:
    note(f"attach to it with: memtui {os.getpid()}")
    sys.stdout.flush()
    os.execv(argv[0], argv)  # noqa: S606 (it takes over our streams and our PID)


def _watch(argv: list[str], log: BinaryIO, interval: float, attaching: Attaching) -> int:
    """Run the program under the dashboard, then in the foreground until it ends; its exit code."""
    import subprocess

    from memtui.cli.verbs.dashboard import show

    # The terminal's keys belong to the dashboard, so the program has no terminal to read from, and
    # a session of its own: Ctrl-C in the dashboard is not for it.
    child = subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        if _listening(child):
            show(child.pid, interval, replace(attaching, method=attaching.method or "cooperative"))
        return _wait(child, log)
    except BaseException:
        child.terminate()
        child.wait()
        _copy(log, 0)
        raise


def _listening(child: subprocess.Popen[bytes]) -> bool:
    """Wait until the program can be attached to; False when it has ended already."""
    from memtui.attach.cooperative import listens
    from memtui.attach.facts import facts_of

    until = time.monotonic() + _LISTENS_WITHIN_S
    while child.poll() is None:
        with suppress(MemtuiError):
            if listens(facts_of(child.pid)):
                return True
        if time.monotonic() > until:
            raise MemtuiError(
                "the program does not listen",
                f"no agent within {_LISTENS_WITHIN_S:.0f} s",
                hint="--python has to name a CPython from 3.8 on",
            )
        time.sleep(_LOOK_EVERY_S)
    return False


def _wait(child: subprocess.Popen[bytes], log: BinaryIO) -> int:
    """Show what the program wrote and writes, and pass signals on, until it has ended."""
    shown = 0
    if child.poll() is None:
        note(f"the program goes on as process {child.pid}; Ctrl-C is for it now")
    with _passing_on(child):
        while child.poll() is None:
            shown = _copy(log, shown)
            time.sleep(_LOOK_EVERY_S)
    _copy(log, shown)
    # A program that a signal ended has a negative code; shells add 128 to its number.
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


@contextmanager
def _passing_on(child: subprocess.Popen[bytes]) -> Iterator[None]:
    def pass_on(number: int, _frame: FrameType | None) -> None:
        child.send_signal(number)

    before = {number: signal.signal(number, pass_on) for number in _PASSED_ON}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _copy(log: BinaryIO, shown: int) -> int:
    """Write what the program wrote from byte ``shown`` on to stdout; how many bytes that makes."""
    # By position: the program appends at the offset that both processes share.
    while data := os.pread(log.fileno(), 1 << 16, shown):
        sys.stdout.buffer.write(data)
        shown += len(data)
    sys.stdout.flush()
    return shown
