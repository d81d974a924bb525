"""The command line as it was typed, for hints that say to type it with a change."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from memtui.model.again import Again

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memtui.model.errors import MemtuiError


def typed() -> tuple[str, ...]:
    """The words after ``memtui``; none outside of a command."""
    context = click.get_current_context(silent=True)
    return () if context is None else tuple(context.find_root().obj or ())


def command_with(*added: str) -> str:
    """The command that was typed, with an option (and its value) added or in the place of the same option."""
    return Again(add=added).command(typed()) or " ".join(added)


def hint_of(error: MemtuiError, words: Sequence[str]) -> str:
    """The error's hint as something to paste: the whole command, and its PID where the hint says PID."""
    hint = error.hint_for(words)
    pids = [word for word in words if word.isdecimal()]
    return re.sub(r"\bPID\b", pids[0], hint) if len(pids) == 1 else hint
