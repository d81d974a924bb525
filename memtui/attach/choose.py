"""Which methods to try on a process, in which order, and which refusals are known beforehand."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from memtui.attach.access import not_permitted, obstacle
from memtui.attach.cooperative import listens
from memtui.attach.family import not_python
from memtui.attach.interpreter import check_version
from memtui.model.again import Again
from memtui.model.errors import MemtuiError, NotPermitted, Unsupported, UsageError

if TYPE_CHECKING:
    from memtui.attach.facts import Facts

#: Every name that ``--method`` knows, in the order of preference.
METHODS = ("remote-exec", "ptrace", "cooperative", "pyrasite")

_REMOTE_EXEC_SINCE = (3, 14)


def methods_for(facts: Facts, wanted: str | None = None) -> tuple[str, ...]:
    """The methods to try on the process, in order; only ``wanted`` if it is given.

    Raises UsageError, NotPython, NoSuchProcess, NotPermitted, AlreadyTraced, TargetStopped or
    Unsupported for an obstacle that is known before anything is tried.
    """
    if wanted is not None and wanted not in METHODS:
        raise UsageError(f"unknown method {wanted!r}", f"the methods are {', '.join(METHODS)}")
    if facts.pid == os.getpid():
        raise UsageError(f"process {facts.pid} is memtui itself", hint="memtui ps lists the others")
    refusal = refusal_of(facts) or _platform_refusal()
    if isinstance(refusal, NotPermitted | Unsupported) or refusal is None:
        # A process that invited memtui needs no permission from the kernel.
        invited = wanted is None and refusal is not None and listens(facts)
        if wanted == "cooperative" or invited:
            return ("cooperative",)
    if refusal is not None:
        raise refusal
    remote = facts.version is None or facts.version >= _REMOTE_EXEC_SINCE
    if wanted == "remote-exec" and not remote:
        raise Unsupported(
            f"remote-exec does not work on Python {facts.python}",
            "it needs Python 3.14 or later",
            hint="another method works",
            again=Again(pid=facts.pid, add=("--method", "ptrace")),
        )
    if wanted is not None:
        return (wanted,)
    return ("remote-exec", "ptrace") if remote else ("ptrace",)


def refusal_of(facts: Facts) -> MemtuiError | None:
    """Why memtui cannot attach, as far as it is known from outside; None if it seems possible."""
    problem = obstacle(facts)
    if facts.kernel_thread and not facts.ended:
        return not_python(facts)
    if isinstance(problem, NotPermitted) and not facts.readable and not facts.looks_like_python:
        return not_permitted(facts)
    if facts.readable and not facts.ended and not facts.interpreter:
        # That it is not Python matters more than the state it is in.
        return not_python(facts)
    try:
        check_version(facts.version)
    except Unsupported as error:
        return error
    return problem


def _platform_refusal() -> Unsupported | None:
    """Why uninvited attaching does not work on this platform; None if it does."""
    machine = os.uname().machine
    if sys.platform == "linux" and machine == "x86_64":
        return None
    where = f"{os.uname().sysname} on {machine}"
    return Unsupported(
        "this platform is not supported",
        f"memtui attaches on Linux x86-64, this is {where}",
        hint="start the program with: memtui run SCRIPT",
    )
