"""The command line as it was typed, for hints that say to type it with a change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from memtui.model.again import Again

if TYPE_CHECKING:
    from memtui.model.errors import MemtuiError


@dataclass(slots=True)
class CommandLine:
    """The words after ``memtui``, and the PID among them once it was read."""

    words: tuple[str, ...]
    pid: int | None = None


def _current() -> CommandLine:
    """The present one; without words outside of a command."""
    context = click.get_current_context(silent=True)
    line = None if context is None else context.find_root().obj
    return line if isinstance(line, CommandLine) else CommandLine(())


def remember_pid(pid: int) -> None:
    """The command is about process ``pid``."""
    _current().pid = pid


def command_with(*added: str) -> str:
    """The command that was typed, with an option (and its value) added or in the place of the same option."""
    return Again(add=added).command(_current().words) or " ".join(added)


def hint_of(error: MemtuiError, line: CommandLine) -> str:
    """The error's hint as something to paste: the whole command, and its PID where the hint says PID."""
    if line.pid is not None:
        error.name_process(line.pid)
    return error.hint_for(line.words)
