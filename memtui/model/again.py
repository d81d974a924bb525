"""The command that was typed, with a change: what a hint says to type."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHORT = {"--limit": "-n"}
#: The verb whose words may be those of a program.
_RUN = "run"
#: Its options that take the word behind them along.
_WITH_VALUE = frozenset({"--python", "--interval", "--method", "--timeout"})
#: For an option with a number we suggest three times what was typed, or this if nothing was.
_MORE = 3
_FIRST = 30


@dataclass(frozen=True, slots=True)
class Again:
    """How to change the command.

    ``pid`` replaces the command if that is not known (the dashboard may have come from the picker).
    ``add`` is an option and perhaps its value, and replaces the same option; ``without`` are flags
    to leave out; ``swap`` is a word and its replacement; ``more`` an option whose number is to be larger;
    ``under`` a command in front, as ``sudo``.
    """

    pid: int | None = None
    add: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    swap: tuple[str, str] | None = None
    more: str | None = None
    under: tuple[str, ...] = ()

    def command(self, typed: Sequence[str] = ()) -> str:
        """The command line for a shell, from the words after ``memtui``; "" if it is not known."""
        words = list(typed)
        if not words and self.pid is not None:
            words = [str(self.pid)]
        if not words:
            return ""
        place = _end_of_ours(words)
        words = [word for word in words[:place] if word not in self.without] + words[place:]
        if self.swap is not None:
            words = _swapped(words, *self.swap)
            if not words:
                return ""
        added = self.add
        if self.more is not None:
            added = (self.more, _larger(words[: _end_of_ours(words)], self.more))
        if added:
            place = _end_of_ours(words)
            ours, theirs = words[:place], words[place:]
            words = [*_without_option(ours, added), *added, *theirs]
        return shlex.join([*self.under, "memtui", *words])


def _end_of_ours(words: Sequence[str]) -> int:
    """Where the words of a program begin that is to be run; the end without one."""
    if _RUN not in words:
        return len(words)
    place = words.index(_RUN) + 1
    while place < len(words) and words[place].startswith("--") and words[place] != "--":
        place += 2 if words[place] in _WITH_VALUE else 1
    return min(place, len(words))


def _swapped(words: list[str], old: str, new: str) -> list[str]:
    """``new`` for the first ``old``, or for the name in ``old=value`` or ``old:value``; [] if there is none."""
    for place, word in enumerate(words):
        for mark in "=:":
            name, between, value = word.partition(mark)
            if name == old:
                return [*words[:place], new + between + value, *words[place + 1 :]]
    return []


def _without_option(words: list[str], added: tuple[str, ...]) -> list[str]:
    option, *value = added
    left = [word for word in words if not (value and word.startswith(f"{option}="))]
    for name in (option, _SHORT.get(option)):
        while name in left:
            place = left.index(name)
            del left[place : place + len(added)]
    return left


def _larger(words: Sequence[str], option: str) -> str:
    """Three times the number that ``option`` has now."""
    said = [word.partition("=")[2] for word in words if word.startswith(f"{option}=")]
    said += [value for word, value in pairwise(words) if word == option]
    try:
        return f"{float(said[-1]) * _MORE:g}"
    except (IndexError, ValueError):
        return str(_FIRST)
