"""The Python processes on this machine, and whether memtui can attach to each."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from memtui.attach.choose import methods_for
from memtui.attach.embedded import is_in_executable
from memtui.attach.facts import facts_of, process_of
from memtui.attach.family import ancestors_of, not_python, python_below
from memtui.attach.headroom import check_room
from memtui.model.errors import MemtuiError, NoSuchProcess, Unsupported
from memtui.model.process import Candidate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from memtui.model.process import Process

#: Processes examined before the event loop gets its turn; this takes a few milliseconds.
_AT_ONCE = 8


async def candidates() -> list[Candidate]:
    """Every Python process but our own, the largest first.

    This touches no process: it reads ``/proc``, and asks the kernel whether we may open the memory.
    Processes that end meanwhile are left out.  So are other users' processes that hide their mappings
    and are not called python.
    """
    return await _of(psutil.pids())


async def candidates_below(pid: int) -> list[Candidate]:
    """The Python processes that a process which is not Python started."""
    return await _of(python_below(pid))


async def _of(pids: Iterable[int]) -> list[Candidate]:
    found = []
    for count, pid in enumerate(pids):
        if count % _AT_ONCE == 0:
            await asyncio.sleep(0)
        if pid == os.getpid():
            continue
        candidate = candidate_of(pid)
        if candidate is not None:
            found.append(candidate)
    return sorted(found, key=lambda one: (-(one.process.rss_bytes or 0), one.process.pid))


def candidate_of(pid: int) -> Candidate | None:
    """Process ``pid`` as a candidate; None if it is not Python, or gone."""
    if not _may_be_python(pid):
        return None
    try:
        facts = facts_of(pid)
    except MemtuiError:
        return None
    if facts.ended or not facts.looks_like_python:
        return None
    process, ancestors = process_of(facts), ancestors_of(pid)
    try:
        methods = methods_for(facts)
        check_room(pid)
    except MemtuiError as error:
        # An Unsupported is only clear with both halves of its sentence.
        why = str(error) if isinstance(error, Unsupported) else error.why or error.what
        return Candidate(process, False, None, why, error.hint, ancestors)
    return Candidate(process, True, methods[0], ancestors=ancestors)


def process_facts(pid: int) -> Process:
    """The fixed facts about a Python process, and its RSS now.  Raises NoSuchProcess or NotPython."""
    facts = facts_of(pid)
    if facts.ended:
        raise NoSuchProcess(f"no process {pid}", "it has ended and waits for its parent (zombie)")
    if not facts.looks_like_python:
        raise not_python(facts)
    return process_of(facts)


def _may_be_python(pid: int) -> bool:
    """A quick filter: most processes of a machine have no Python file mapped."""
    try:
        named = b"python" in Path(f"/proc/{pid}/maps").read_bytes()
        return named or _main_ended(pid) or is_in_executable(f"/proc/{pid}")
    except PermissionError:
        return True
    except OSError:
        return False


def _main_ended(pid: int) -> bool:
    """Whether other threads still run after the main thread ended; then it shows no mappings."""
    try:
        with os.scandir(f"/proc/{pid}/task") as tasks:
            return next(tasks, None) is not None and next(tasks, None) is not None
    except OSError:
        return False
