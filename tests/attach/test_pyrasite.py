"""The last resort: gdb, tried out on a process of our own before the target is touched."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from memtui.attach import attach, enter
from memtui.model.errors import AgentSilent, Unsupported
from tests.support.getting_in import HARD, blocked
from tests.support.target import PATIENCE_S
from tests.support.viewers import folders
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.target import Target


@pytest.fixture
def fake_gdb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Put a script in gdb's place; it notes its arguments in the file returned."""
    log = tmp_path / "gdb.log"

    def put(script: str) -> Path:
        gdb = tmp_path / "gdb"
        gdb.write_text(f'#!/bin/sh\necho "$@" >> {log}\n{script}\n')
        gdb.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        return log

    return put


async def test_gdb_that_cannot_write_registers(
    spawn: Callable[..., Target], fake_gdb: Callable[[str], Path]
) -> None:
    log = fake_gdb('echo "Couldn\'t write extended state status: Bad address." >&2; exit 1')
    target = spawn(sys.executable, HARD, "sleep")
    with pytest.raises(Unsupported, match="extended state status") as caught:
        await attach(target.pid, method="pyrasite", timeout=PATIENCE_S)
    assert caught.value.exit_code == 5
    assert "--method ptrace" in caught.value.hint
    assert f"-p {target.pid}" not in log.read_text(), "gdb was let loose on the target"
    assert "-p " in log.read_text(), "there was no dry run"
    assert target.process.poll() is None


async def test_no_gdb(spawn: Callable[..., Target], monkeypatch: pytest.MonkeyPatch) -> None:
    target = spawn(sys.executable, HARD, "sleep")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Unsupported, match="needs gdb"):
        await attach(target.pid, method="pyrasite")


async def test_gdb_that_hangs_in_the_target(
    spawn: Callable[..., Target],
    fake_gdb: Callable[[str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It works in the dry run and hangs in the target: it is ended with the attempt."""
    fake_gdb(
        f"if [ -e {tmp_path}/tried ]; then echo $$ > {tmp_path}/gdb.pid; exec sleep 60; fi\n"
        f"touch {tmp_path}/tried\n"
        # What pyrasite has gdb run names its script; running it here passes for the dry run.
        """exec python3 - "$*" <<'END'
import re, sys
exec(open(re.search(r"[^'\\"\\\\\\\\]*memtui-[^'\\"\\\\\\\\]*script.py", sys.argv[1])[0]).read())
END"""
    )
    target = spawn(sys.executable, HARD, "sleep")
    noted = tmp_path / "gdb.pid"

    def clock() -> float:
        """The deadline comes as soon as gdb hangs."""
        hangs = noted.exists() and noted.stat().st_size
        return time.perf_counter() + (2 * PATIENCE_S if hangs else 0)

    times = SimpleNamespace(perf_counter=clock, monotonic=time.monotonic)
    monkeypatch.setattr(enter, "time", times)
    with pytest.raises(AgentSilent, match="gdb is running"):
        await attach(target.pid, method="pyrasite", timeout=PATIENCE_S)
    gdb = Path("/proc", noted.read_text().strip())
    until(lambda: not gdb.exists())


async def test_gets_in_where_gdb_can(spawn: Callable[..., Target]) -> None:
    target = spawn(sys.executable, HARD, "sleep")
    until(lambda: blocked(target.pid))
    try:
        session = await attach(target.pid, method="pyrasite", timeout=PATIENCE_S)
    except Unsupported as refusal:
        pytest.skip(f"gdb fails its dry run here: {refusal.why}")
    assert session.attachment.method == "pyrasite"
    assert session.hello.pid == target.pid
    await session.close()
    assert target.process.poll() is None


@pytest.fixture(autouse=True)
def no_folders_left() -> Iterator[None]:
    yield
    assert not folders(os.getpid())
