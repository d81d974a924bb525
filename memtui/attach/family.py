"""Which process started which, and the Python processes below one that is not Python itself.

A shell, ``timeout``, ``sudo`` and the loader of PyInstaller only wait for the Python process that
they started, so its PID is what was meant.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from memtui.attach.facts import command_of, facts_of
from memtui.model.again import Again
from memtui.model.errors import MemtuiError, NotPython
from memtui.model.process import command_text
from memtui.model.safe import safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memtui.attach.facts import Facts

#: Children that are named in one line, and characters of the command of one.
_NAMED = 3
_COMMAND_WIDTH = 60


def parent_of(pid: int) -> int | None:
    """The PID of the process's parent; 0 if there is none here, None if the process is gone."""
    try:
        # The name in parentheses may contain anything, parentheses too.
        return int(Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return None


def ancestors_of(pid: int) -> tuple[int, ...]:
    """The PIDs of its parent, the parent's parent and so on."""
    found: list[int] = []
    while (above := parent_of(found[-1] if found else pid)) and above not in found:
        found.append(above)
    return tuple(found)


def python_below(pid: int) -> list[int]:
    """The nearest Python processes among those that ``pid`` started, largest PID last."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdecimal() and (above := parent_of(int(name))):
            children.setdefault(above, []).append(int(name))
    return sorted(_nearest(pid, children))


def _nearest(pid: int, children: dict[int, list[int]]) -> Iterator[int]:
    # A child is younger than its parent, but a PID may be used again while we read: no circle.
    for child in children.pop(pid, ()):
        try:
            facts = facts_of(child)
        except MemtuiError:
            continue
        if facts.looks_like_python and not facts.ended:
            yield child
        else:
            yield from _nearest(child, children)


def not_python(facts: Facts) -> NotPython:
    """The error for a process without CPython; it names the Python processes that the process started."""
    what = f"process {facts.pid} ({facts.name}) is not Python"
    if facts.kernel_thread:
        return NotPython(what, "it is a kernel thread")
    if any("pypy" in mapping.path.rpartition("/")[2] for mapping in facts.mappings):
        return NotPython(what, "it runs PyPy, and memtui supports only CPython")
    below = python_below(facts.pid)
    if not below:
        return NotPython(what, "it has no CPython interpreter mapped")
    named = ", ".join(f"{pid} ({_command(pid)})" for pid in below[:_NAMED])
    more = f" and {len(below) - _NAMED} more" if len(below) > _NAMED else ""
    started = "this Python process" if len(below) == 1 else "these Python processes"
    return NotPython(
        what,
        f"it started {started}: {named}{more}",
        hint="give the PID of the Python process",
        again=Again(pid=below[0], swap=(str(facts.pid), str(below[0]))),
        below=tuple(below),
    )


def _command(pid: int) -> str:
    words = safe(command_text(command_of(pid)))
    return words if len(words) <= _COMMAND_WIDTH else words[: _COMMAND_WIDTH - 1] + "…"
