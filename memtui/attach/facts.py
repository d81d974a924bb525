"""Facts about a process that need no contact with it: they come from ``/proc`` alone."""

from __future__ import annotations

import contextlib
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from memtui.attach.embedded import in_executable, version_in
from memtui.attach.maps import read_maps
from memtui.model.errors import NoSuchProcess
from memtui.model.process import Process
from memtui.model.safe import TEXT_LIMIT, safe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from memtui.attach.maps import Mapping

_PYTHON_FILE = re.compile(
    r"(?:lib)?python(?:(\d)(?:\.(\d+))?)?([a-z]*)(?:\.so[.\d]*)?(?: \(deleted\))?$"
)
_LIBRARY_FOLDER = re.compile(r"/python(\d)\.(\d+)(t?)/")
_LIBC_FILE = re.compile(r"(?:libc|ld-musl-[\w-]+|libpthread)[-.][\d.]*so[.\d]*(?: \(deleted\))?$")
#: A bit in the flags of ``/proc/PID/stat``.
_PF_KTHREAD = 0x00200000
_PYTHON_COMMAND = re.compile(r"python(\d)?(?:\.(\d+))?(t?)d?$")

#: Mappings by file, in the order of their addresses.
Files = tuple[tuple["Mapping", ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """The facts about a process at one moment.

    ``proc`` is the ``/proc`` folder of a living thread, because the main thread may have ended before
    the others.  ``state`` is the letter of ps(1) (``T`` stopped, ``t`` traced, ``Z`` ended); ``uids`` are
    the real, effective and saved user; ``readable`` says whether the kernel shows us the mappings.
    ``python`` is ``X.Y``, if the process's files show it.  ``interpreter`` has the mappings of the file
    with the interpreter; it is empty if none was found.
    """

    pid: int
    name: str
    proc: str
    state: str
    tracer: int
    uids: tuple[int, int, int]
    shadow_stack: bool
    kernel_thread: bool
    readable: bool
    mappings: tuple[Mapping, ...]
    interpreter: tuple[Mapping, ...]
    libc: Files
    python: str | None
    looks_like_python: bool

    @property
    def version(self) -> tuple[int, int] | None:
        """``python`` as numbers."""
        if self.python is None:
            return None
        major, minor = self.python.split(".")[:2]
        return int(major), int(minor)

    @property
    def ended(self) -> bool:
        """Whether it has ended, or is ending and has already released its memory."""
        emptied = self.readable and not self.mappings and not self.kernel_thread
        return emptied or self.state in ("Z", "X")

    @property
    def stopped(self) -> bool:
        return self.state == "T"


def facts_of(pid: int) -> Facts:
    """Read the facts about process ``pid``.  Raises NoSuchProcess, but not for a zombie.

    If no file with an interpreter's name is mapped, this reads a few pages of the process's memory, to
    find an interpreter in an executable with another name.
    """
    try:
        status = _status(f"/proc/{pid}")
        proc = f"/proc/{pid}"
        if int(status["Tgid"]) != pid:
            raise NoSuchProcess(f"no process {pid}", f"it is a thread of {int(status['Tgid'])}")
        if status["State"][0] in "ZX":
            proc = _living_thread(pid) or proc
            status = _status(proc)
        return _facts(pid, proc, status)
    except (FileNotFoundError, ProcessLookupError, KeyError):
        raise NoSuchProcess(f"no process {pid}") from None


def _facts(pid: int, proc: str, status: dict[str, str]) -> Facts:
    mappings, readable = _mappings(proc)
    files = _by_file(mappings)
    interpreter, found = _interpreter(files)
    if mappings and not interpreter:
        interpreter = in_executable(proc, mappings)
    if interpreter and found is None:
        found = version_in(proc, interpreter) or _version_by_library(files)
    command = command_of(pid)
    by_name = _PYTHON_COMMAND.match(_base(command[0])) if command else None
    if found is None and not readable and by_name and by_name[2]:
        found = f"{by_name[1]}.{by_name[2]}"
    uids = status["Uid"].split()
    return Facts(
        pid=pid,
        name=safe(status["Name"]),
        proc=proc,
        state=status["State"][0],
        tracer=int(status["TracerPid"]),
        uids=(int(uids[0]), int(uids[1]), int(uids[2])),
        shadow_stack="shstk" in status.get("x86_Thread_features", ""),
        kernel_thread=_is_kernel_thread(proc),
        readable=readable,
        mappings=mappings,
        interpreter=interpreter,
        libc=_named(_LIBC_FILE, files),
        python=found,
        looks_like_python=bool(interpreter) or by_name is not None,
    )


def process_of(facts: Facts) -> Process:
    """What the operating system knows about the process, for the header, the picker and documents."""
    user = started = uptime = rss = parent = None
    with contextlib.suppress(psutil.Error):
        handle = psutil.Process(facts.pid)
        with handle.oneshot():
            started = handle.create_time()
            uptime = max(0.0, time.time() - started)
            user = safe(handle.username())
            rss = handle.memory_info().rss
            parent = handle.ppid()
    return Process(
        pid=facts.pid,
        name=facts.name,
        argv=_shown(command_of(facts.pid)),
        python=facts.python,
        user=user,
        started_at=started,
        uptime_s=uptime,
        rss_bytes=rss,
        ppid=parent,
    )


def thread_ids(pid: int) -> list[int]:
    """The kernel's ids of the process's threads, main thread first; empty when it is gone."""
    try:
        return sorted(int(name) for name in os.listdir(f"/proc/{pid}/task"))
    except OSError:
        return []


def inner_id(pid: int, tid: int | None = None) -> int:
    """A thread's id in the process's own PID namespace; without ``tid`` that of the main thread.

    0 when the thread is gone.
    """
    try:
        status = _status(f"/proc/{pid}/task/{tid or pid}")
    except OSError:
        return 0
    return int(status.get("NSpid", str(tid or pid)).split()[-1])


def descriptors_allowed(pid: int) -> int | None:
    """How many file descriptors the process may have; None if no limit is known."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/limits").read_text().splitlines():
            if line.startswith("Max open files"):
                soft = line.split()[3]
                return int(soft) if soft.isdecimal() else None
    return None


def _status(proc: str) -> dict[str, str]:
    text = Path(proc, "status").read_bytes().decode("utf-8", "replace")
    pairs = (line.partition(":") for line in text.split("\n"))
    return {key: value.strip() for key, _, value in pairs if value}


def _is_kernel_thread(proc: str) -> bool:
    return bool(int(Path(proc, "stat").read_bytes().rpartition(b")")[2].split()[6]) & _PF_KTHREAD)


def _living_thread(pid: int) -> str | None:
    """A thread that still runs after the main thread ended."""
    for tid in thread_ids(pid):
        proc = f"/proc/{pid}/task/{tid}"
        with contextlib.suppress(OSError, KeyError):
            if _status(proc)["State"][0] not in "ZX":
                return proc
    return None


def command_of(pid: int) -> list[str]:
    """The process's command line; empty if it has none, or is gone."""
    try:
        data = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return []
    data = data.rstrip(b"\0")
    return [part.decode("utf-8", "replace") for part in data.split(b"\0")] if data else []


def _shown(command: Iterable[str]) -> tuple[str, ...]:
    """The words of a command line as safe text, together as long as one text may be."""
    words: list[str] = []
    room = TEXT_LIMIT
    for word in command:
        if room <= 0:
            break
        words.append(safe(word, room))
        room -= len(words[-1]) + 1
    return tuple(words)


def _mappings(proc: str) -> tuple[tuple[Mapping, ...], bool]:
    try:
        return tuple(read_maps(proc)), True
    except PermissionError:
        return (), False


def _interpreter(files: Files) -> tuple[tuple[Mapping, ...], str | None]:
    """The file with the interpreter, and its version.  A libpython is preferred to an executable.

    A ``python`` that is linked against libpython contains no interpreter itself.
    """
    unversioned: tuple[Mapping, ...] = ()
    for file in sorted(_named(_PYTHON_FILE, files), key=lambda f: "/libpython" not in f[0].path):
        found = _PYTHON_FILE.match(_base(file[0].path))
        if found is None or not any(mapping.executable for mapping in file):
            continue
        if found[2]:
            return file, f"{found[1]}.{found[2]}"
        unversioned = unversioned or file
    return unversioned, None


def _version_by_library(files: Files) -> str | None:
    """The version from the loaded extension modules, for when no file name shows it."""
    for file in files:
        found = _LIBRARY_FOLDER.search(file[0].path)
        if found:
            return f"{found[1]}.{found[2]}"
    return None


def _by_file(mappings: Iterable[Mapping]) -> Files:
    by_file: dict[tuple[str, int, str], list[Mapping]] = {}
    for mapping in mappings:
        if mapping.path.startswith("/"):
            by_file.setdefault(mapping.file, []).append(mapping)
    return tuple(tuple(group) for group in by_file.values())


def _named(pattern: re.Pattern[str], files: Files) -> Files:
    return tuple(file for file in files if pattern.match(_base(file[0].path)))


def _base(path: str) -> str:
    return path.rpartition("/")[2]
