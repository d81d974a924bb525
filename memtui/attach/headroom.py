"""Whether the target has memory for the agent, checked from outside before anything is done.

The agent's own ``headroom.py`` compares the same figures for each request, but only once it runs.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from memtui.model.errors import NoHeadroom
from memtui.present.text import size_text

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The most that the agent takes, bytes: its modules, its thread, and the memory for compiling them.
NEEDED = 16 << 20
#: What else counts against a limit: the thread's stack, and for address space also the heap that glibc
#: reserves for a new thread.  glibc reserves all of it, uses little, and keeps it for the next thread.
_STACK, _ARENA = 8 << 20, 64 << 20
#: The hint if no thread can be started.
THREADS_HINT = "raise its limit of threads (prlimit --nproc, or pids.max of its cgroup)"
_CGROUPS = Path("/sys/fs/cgroup")
#: For each version of cgroups: the files with limits, the usage, and the cache that is reclaimed first.
_VERSION_1 = (("memory.limit_in_bytes",), "memory.usage_in_bytes", "total_inactive_file")
_VERSION_2 = (("memory.max", "memory.high"), "memory.current", "inactive_file")
_PAGE = os.sysconf("SC_PAGE_SIZE")
#: The soft limits that count, the field of ``statm`` with their usage, and prlimit's option for them.
_LIMITS = {"Max address space": (0, "as"), "Max data size": (5, "data")}


def check_room(pid: int) -> None:
    """Raise NoHeadroom if the agent may not fit into the target, or could kill it."""
    what = f"cannot attach to process {pid}"
    for free, where, option in _limits(pid):
        needed = NEEDED + _STACK + (_ARENA if option == "as" else 0)
        if free < needed:
            raise NoHeadroom(
                what,
                f"the agent may need {size_text(needed)}, and {size_text(free)} are left of "
                f"the process's {where}",
                hint=f"raise its limit: prlimit --pid {pid} --{option}=unlimited",
            )
    for free in _cgroups(pid):
        if free < NEEDED:
            raise NoHeadroom(
                what,
                f"the agent may need {size_text(NEEDED)}, and {size_text(free)} are left in the "
                "target's memory cgroup",
                hint="raise the limit of the target's cgroup or container",
            )


def _limits(pid: int) -> Iterator[tuple[int, str, str]]:
    """What is left of each limit, its name and prlimit's option for it."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        used = Path(f"/proc/{pid}/statm").read_text().split()
        for line in Path(f"/proc/{pid}/limits").read_text().splitlines():
            for name, (field, option) in _LIMITS.items():
                soft = line.removeprefix(name).split()[0] if line.startswith(name) else ""
                if soft.isdecimal():
                    yield int(soft) - int(used[field]) * _PAGE, name[4:], option


def _cgroups(pid: int) -> Iterator[int]:
    """What is left in its memory cgroup and the cgroups above, as far as they are visible here."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if "memory" in controllers.split(","):
                yield from _rooms(_CGROUPS / "memory", path, _VERSION_1)
            elif not controllers:
                yield from _rooms(_CGROUPS, path, _VERSION_2)


def _rooms(root: Path, path: str, version: tuple[tuple[str, ...], str, str]) -> Iterator[int]:
    limits, usage, cache = version
    folder = root / path.strip("/")
    for each in (folder, *folder.parents[: len(folder.parts) - len(root.parts)]):
        for name in limits:
            # "max" is not a number; version 1 writes a huge number of pages instead.
            with contextlib.suppress(OSError, ValueError):
                limit, used = int((each / name).read_text()), int((each / usage).read_text())
                yield limit - max(0, used - _field(each / "memory.stat", cache))


def _field(file: Path, name: str) -> int:
    for line in file.read_text().splitlines():
        if line.startswith(f"{name} "):
            return int(line.split()[1])
    return 0
