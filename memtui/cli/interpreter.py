"""``--interpreter``: which of a process's interpreters is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from memtui.model.errors import Unsupported, UsageError
from memtui.model.interpreters import ALL, MAIN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: The longest ID, in digits.
_DIGITS = 18


def interpreter_option(what: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add ``--interpreter``, whose help is ``what``: an ID, ``all``, or None if it is not given."""
    return click.option("--interpreter", callback=_read_interpreter, metavar="ID|all", help=what)


def _read_interpreter(
    ctx: click.Context, _param: click.Parameter, word: str | None
) -> int | str | None:
    if word is None or word == ALL:
        return word
    if word.isascii() and word.isdecimal() and len(word) < _DIGITS:
        return int(word)
    raise UsageError(
        f"{ctx.info_name}: {word} is not an interpreter",
        f"an interpreter has a number from {MAIN} (the main one) on; {ALL} is all of them",
        hint="memtui ps shows which a process has",
    )


def check_plain(verb: str, interpreter: int | str, given: Mapping[str, object]) -> None:
    """Raise UsageError if an option was ``given`` that a count from outside cannot have."""
    for option in (name for name, value in given.items() if value):
        raise UsageError(
            f"{verb}: {option} is for the main interpreter only",
            f"with --interpreter {interpreter} objects are counted from outside",
            hint=f"leave one of them out: {option} or --interpreter",
        )


def check_main(verb: str, pid: int | None, interpreter: int | str | None) -> None:
    """Raise Unsupported unless the main interpreter is meant, for a verb that looks into objects."""
    if interpreter in (None, MAIN):
        return
    raise Unsupported(
        f"{verb} shows the main interpreter only, which is 0",
        "objects of the others are counted from outside and not looked into: a thread of memtui's in "
        "one of them could end the process",
        hint=f"memtui summary {pid or 'PID'} --interpreter {interpreter} counts them, by type",
    )
