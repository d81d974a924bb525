"""What the operating system says of a process."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: What a word of a command line must not have, if it is to stand without quotes.
_DIVIDING = re.compile(r"[\s'\"]")


@dataclass(frozen=True, slots=True)
class Process:
    """The facts that do not change, and the RSS at the time of asking.

    ``argv`` are the words of the command line, as the kernel has them; ``ppid`` is the parent's PID; ``python`` is the version, as exact as it is known (``3.11`` from its files, ``3.11.7`` once the
    agent has greeted), None if it is unknown; sizes in bytes, times in seconds, ``started_at``
    seconds since the epoch.
    """

    pid: int
    name: str
    argv: tuple[str, ...]
    python: str | None
    user: str | None
    started_at: float | None
    uptime_s: float | None
    rss_bytes: int | None
    ppid: int | None = None

    @property
    def cmdline(self) -> str:
        """The command line with blanks between its words, whatever the words are."""
        return " ".join(self.argv)

    @property
    def command(self) -> str:
        """The command line to be read: words with blanks in them have quotes."""
        return command_text(self.argv)


def command_text(words: Iterable[str]) -> str:
    """``words`` as one line, where each can still be told from the next.

    A single word stays as it is: the title that a process has given itself, perhaps.
    """
    found = list(words)
    if len(found) == 1:
        return found[0]
    return " ".join(
        shlex.quote(word) if not word or _DIVIDING.search(word) else word for word in found
    )


@dataclass(frozen=True, slots=True)
class Vitals:
    """One look at a live process, at ``at`` seconds since the epoch; None is unknown.

    ``cpu_percent`` is of one core since the look before; ``fds`` counts open descriptors; ``status``
    is what psutil calls it: ``running``, ``sleeping``, ``stopped``, ``tracing-stop`` and others.
    """

    at: float
    rss_bytes: int | None
    uss_bytes: int | None
    cpu_percent: float | None
    threads: int | None
    fds: int | None
    status: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A Python process in the picker: whether and how it can be attached to.

    ``method`` names the first method that would be tried, or is None; then ``why_not`` says
    why in one line and ``hint`` what to type.  ``ancestors`` are the PIDs of its parent,
    the parent's parent and so on, Python or not.
    """

    process: Process
    attachable: bool
    method: str | None
    why_not: str | None = None
    hint: str | None = None
    ancestors: tuple[int, ...] = ()
