"""Completion in the shells themselves, each on a terminal, as somebody would press tab there."""

from __future__ import annotations

import os
import pty
import shlex
import shutil
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.support.commands import MEMTUI
from tests.support.target import ROOT
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: How each is started without anybody's settings, and told of the script.
SHELLS = {
    "bash": (["--norc", "--noprofile", "-i"], 'eval "$(memtui completion bash)"'),
    "zsh": (["-f", "-i"], 'autoload -U compinit; compinit -u -D; eval "$(memtui completion zsh)"'),
    "fish": (["--no-config", "-i"], "memtui completion fish | source"),
}


#: Answers the shell as memtui does; what is typed whole it only repeats: a shell may draw a line in pieces.
PROGRAM = """#!/bin/sh
test "$1" = completion -o -n "$_MEMTUI_COMPLETE" && exec %s -m memtui "$@"
echo "asked for: $*."
"""
#: fish only runs where the terminal is its own.
OWN_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""


class Shell:
    """A shell on a terminal; ``said`` is what it has written."""

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal
        self.said = b""

    def type(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def shows(self, *texts: str) -> None:
        """Wait until each of ``texts`` was written since the last time; then forget what was."""
        until(lambda: self._read() and all(text.encode() in self.said for text in texts))
        self.said = b""

    def _read(self) -> bool:
        try:
            while data := os.read(self._terminal, 65536):
                self.said += data
                if b"\x1b[c" in data or b"\x1b[0c" in data:
                    # fish waits for what kind of terminal it is.
                    os.write(self._terminal, b"\x1b[?62c")
        except BlockingIOError:
            pass
        return True


@contextmanager
def shell_with_completion(name: str, folder: Path) -> Iterator[Shell]:
    program = folder / "memtui"
    program.write_text(PROGRAM % shlex.quote(MEMTUI[0]))
    program.chmod(0o755)
    words, setup = SHELLS[name]
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", OWN_TERMINAL, name, *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        cwd=folder,
        env={
            "PATH": f"{folder}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "HOME": str(folder),
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
        },
    ) as process:
        os.close(theirs)
        os.set_blocking(ours, False)
        shell = Shell(ours)
        try:
            # The command as it is typed has not these words in it.
            shell.type(f"{setup}; echo is-rea''dy\r")
            shell.shows("is-ready")
            yield shell
        finally:
            process.kill()
            os.close(ours)


@pytest.mark.parametrize("name", [each for each in SHELLS if shutil.which(each)])
def test_tab_completes_commands_options_pids_and_files(name, tmp_path, spawn, interpreter):
    target = spawn(interpreter)
    (tmp_path / "incident-of-today.md").touch()
    with shell_with_completion(name, tmp_path) as shell:
        shell.type(f"memtui summ\t--read-o\t{target.pid}\t\r")
        shell.shows(f"asked for: summary --read-only {target.pid}.")
        shell.type("memtui report 1 -o inci\t\r")
        shell.shows("asked for: report 1 -o incident-of-today.md.")
        # Where all begin with the same digit the first is spent on that.
        shell.type("memtui instances \t\t\t")
        shell.shows(str(target.pid))
