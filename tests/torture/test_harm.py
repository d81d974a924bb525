"""The torture finds harm: harmful attaches replace memtui's, and each is reported."""

import asyncio
import contextlib
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from memtui.model.errors import AgentSilent
from tests.support import interpreters
from tests.support.serving import state_of
from tests.support.traces import until
from tests.torture import cell, report, runner
from tests.torture.kinds import BY_NAME, KINDS
from tests.torture.setup import TARGETS, Setup

HERE = interpreters.Interpreter("here", sys.executable, sys.version_info[:3])
SETUP = Setup("here", "X.Y.Z", sys.executable, "", (), "", "")


class FakeSession:
    def __init__(self, pid):
        self.attachment = SimpleNamespace(method="fake", longest_stop_ms=1.25)
        self.hello = SimpleNamespace(pid=pid)

    async def ask(self, verb, *_args, **_options):
        return {
            "collector": SimpleNamespace(generations=[0, 0, 0]),
            "census": SimpleNamespace(objects=5000),
        }[verb]

    async def close(self):
        pass


def result_of(monkeypatch, act, kind="select", attaches=2):
    """The result of one cell in which an attach does ``act(pid)``."""

    async def attach(pid, *, method, timeout):
        await act(pid)
        return FakeSession(pid)

    monkeypatch.setattr(cell, "attach", attach)
    monkeypatch.setattr(cell, "ALONE", 0.05)
    said: list[str] = []
    running = cell.Cell(BY_NAME[kind], SETUP, "", said.append)
    asyncio.run(running.run(attaches))
    assert [line for line in said if line.startswith("group")]
    return running.result


async def nothing(_pid):
    pass


def test_an_attach_without_harm_is_no_finding(monkeypatch):
    result = result_of(monkeypatch, nothing, attaches=4)
    assert (result["attempts"], result["answers"]) == (4, 4)
    assert not runner.failed(result)
    assert result["gap_alone_ms"] > 0
    assert result["gap_ms"] > 0


def test_a_target_that_is_killed_is_a_death(monkeypatch):
    async def kill(pid):
        os.kill(pid, signal.SIGSEGV)
        while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX":
            await asyncio.sleep(0.01)

    result = result_of(monkeypatch, kill, attaches=1)
    assert result["deaths"] == 1
    assert runner.failed(result)


def test_a_target_that_is_left_stopped_is_a_failure(monkeypatch):
    async def stop(pid):
        os.kill(pid, signal.SIGSTOP)
        # A thread that has not stopped yet may still answer.
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        await until(lambda: all(state_of(int(thread.name)) == "T" for thread in threads))
        # From here on it will not answer, however long one waits.
        monkeypatch.setattr(cell, "LOOKS_WITHIN", 0.5)
        monkeypatch.setattr(cell, "SERVES_WITHIN", 0.5)

    result = result_of(monkeypatch, stop, attaches=1)
    assert any("does not report its state" in text for text in result["failures"])
    assert any("keep working" in text for text in result["failures"])
    assert runner.failed(result)


def test_a_directory_that_stays_is_a_leftover(monkeypatch, tmp_path):
    monkeypatch.setattr("tests.torture.target.PLACES", (str(tmp_path),))

    kept = replace(BY_NAME["select"], settle=0.3)
    monkeypatch.setitem(BY_NAME, "select", kept)

    async def leave(_pid):
        (tmp_path / f"memtui-{os.getpid()}-0").mkdir()

    result = result_of(monkeypatch, leave, attaches=1)
    assert any("files" in text for text in result["leftovers"])


def test_a_byte_too_many_is_noticed(monkeypatch):
    async def add(pid):
        # The next byte that the target reads is not the one that it expects.
        into = os.open(f"/proc/{pid}/fd/0", os.O_WRONLY)
        os.write(into, b"\xee")
        os.close(into)

    result = result_of(monkeypatch, add, kind="stdin", attaches=1)
    assert any("wrong" in text for text in result["failures"])


def test_a_refusal_is_right_only_where_it_is_expected(monkeypatch):
    async def refuse(_pid):
        raise AgentSilent("process 1 does not answer")

    result = result_of(monkeypatch, refuse, attaches=1)
    assert "AgentSilent" in result["failures"][0]
    assert not result["refusals"]


def test_every_kind_can_be_started():
    for kind in KINDS:
        if kind.script.endswith(".py"):
            assert (TARGETS / kind.script).exists()
            assert f"def {kind.argument}(" in (TARGETS / kind.script).read_text() or (
                kind.name in {"zlib", "gc"}
            )
    assert len(BY_NAME) == len(KINDS)


def test_what_is_missing_is_said():
    assert BY_NAME["gevent"].lacks(HERE, frozenset(), "") == "gevent cannot be imported here"
    assert "libpython" in BY_NAME["embedded"].lacks(HERE, frozenset(), "")
    assert BY_NAME["busy"].lacks(HERE, frozenset(), "") == ""


@pytest.mark.parametrize(("share", "expected"), [(0.5, 2), (0.99, 4), (1.0, 4)])
def test_percentile(share, expected):
    assert report.percentile([1, 2, 3, 4], share) == expected


def test_the_table_replaces_the_one_before(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
    ran = {
        "kind": "busy",
        "interpreter": "3.8",
        "version": "3.8.18",
        "method": "",
        "attempts": 2,
        "answers": 1,
        "first_ms": [20.0, 40.0],
        "failures": ["it hung"],
    }
    skipped = {**ran, "kind": "gevent", "not_run": "no gevent"}
    with contextlib.suppress(OSError):
        report.write(page, [ran, skipped], "bench", 3.0)
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "old" not in text
    assert "20 / 40 / 40" in text
    assert "**1/2, 1 bad**" in text
    assert "- gevent under 3.8: no gevent" in text
