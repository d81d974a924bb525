"""Targets of the fault tests: what they hold, and that they serve on."""

from __future__ import annotations

from pathlib import Path

from tests import interpreters

#: The oldest, one in between, and the newest that is here.
SOME = [i for i in interpreters.supported() if i.name in ("3.8", "3.11")]
SOME += [max(interpreters.supported(), key=lambda found: found.version)]
MANY = "class A: pass\nkept = [A() for _ in range(400000)]"
#: So many that no interpreter counts them before it first tells of its progress.
PLENTY = "class A: pass\nkept = [A() for _ in range(2000000)]"


def serves(target) -> None:
    assert target.execute("print('here')") == "here\n"
    assert not target.errors()


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
