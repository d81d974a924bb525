"""Targets that may do less than others: seccomp filters, no executable memory, small limits."""

from __future__ import annotations

import resource
import sys
from typing import TYPE_CHECKING

import pytest

from memtui.attach.maps import read_maps
from memtui.model.errors import NoHeadroom
from tests.support.getting_in import HARD, Mark, blocked, get_in
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.interpreters import Interpreter
    from tests.support.target import Target


def test_filter_that_kills_for_a_skipped_call(spawn: Callable[..., Target], tmp_path: Path) -> None:
    target = spawn(sys.executable, HARD, "filtered")
    until(lambda: blocked(target.pid))
    mark = Mark(tmp_path / "mark")
    for _ in range(3):
        assert get_in(target.pid, mark.source, mark.hit).tidied
    assert target.process.poll() is None, target.errors()


@pytest.mark.parametrize("kind", ["no_exec_busy", "no_exec_lock"])
def test_without_executable_memory(
    kind: str, interpreter: Interpreter, spawn: Callable[..., Target], tmp_path: Path
) -> None:
    """Only the pending call is left then."""
    target = spawn(interpreter, HARD, kind)
    if kind == "no_exec_lock":
        until(lambda: blocked(target.pid))
    mark = Mark(tmp_path / "mark")
    # Only after the first time is there all that the target maps for what it does.
    assert get_in(target.pid, mark.source, mark.hit).tidied
    before = len(_anonymous(target.pid))
    for _ in range(2):
        entry = get_in(target.pid, mark.source, mark.hit)
        assert entry.tidied
        assert entry.method._guest.code == 0
    assert len(_anonymous(target.pid)) <= before + 1  # the C library may have kept an arena
    assert target.process.poll() is None, target.errors()


def _anonymous(pid: int) -> list[object]:
    return [mapping for mapping in read_maps(f"/proc/{pid}") if not mapping.path]


def test_no_address_space_left(spawn: Callable[..., Target], tmp_path: Path) -> None:
    target = spawn(sys.executable, HARD, "sleep")
    until(lambda: blocked(target.pid))
    resource.prlimit(target.pid, resource.RLIMIT_AS, (1 << 20, 1 << 20))
    with pytest.raises(NoHeadroom, match="cannot map another MiB") as caught:
        get_in(target.pid, "", lambda: False)
    assert caught.value.exit_code == 6
    assert target.process.poll() is None
