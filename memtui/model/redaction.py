"""Text without the program's own values: its command line, and the edges between objects."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from memtui.model.process import Process

_SEQUENCES = frozenset({"list", "tuple", "collections.deque"})


def shown_edge(edge: str, parent: str, *, redact: bool) -> str:
    """The edge that leads out of an object of type ``parent``.

    Keys of dicts are values of the program: ``redact`` hides them.
    """
    hidden = redact and edge.startswith("[") and parent not in _SEQUENCES
    return "[…]" if hidden else edge


def redacted_argv(words: tuple[str, ...]) -> tuple[str, ...]:
    """The command line as far as it names the program: the interpreter, its options, the script.

    What follows the script or module, and the code of ``-c``, is left out.
    """
    for place, word in enumerate(words[1:], 1):
        if words[place - 1] in {"-X", "-W"}:
            continue
        if word == "-c":
            return (*words[: place + 1], "…")
        if word == "-m":
            kept = words[: place + 2]
        elif word.startswith("-"):
            continue
        else:
            kept = words[: place + 1]
        return kept if len(kept) == len(words) else (*kept, "…")
    return words


def redacted_process(process: Process) -> Process:
    """``process`` without the arguments of its command line."""
    return replace(process, argv=redacted_argv(process.argv))
