"""A process that is not Python but waits for one; an interpreter under another name; who started whom."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from memtui.attach import attach
from memtui.attach.discover import candidate_of, candidates, candidates_below, process_facts
from memtui.attach.facts import facts_of
from memtui.attach.family import ancestors_of, parent_of, python_below
from memtui.model.errors import NotPython
from tests.support.target import PATIENCE_S
from tests.support.waiting import until
from tests.support.wrapping import PYTHON, SLEEPER, WRAPPERS, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.interpreters import Interpreter


@pytest.mark.parametrize("command", WRAPPERS.values(), ids=WRAPPERS)
async def test_what_waits_for_python_names_it(command):
    with wrapped(*command) as wrapper:
        [child] = python_below(wrapper.pid)
        assert "time.sleep" in process_facts(child).cmdline
        for refused in (process_facts, None):
            with pytest.raises(NotPython) as caught:
                if refused is None:
                    await attach(wrapper.pid, timeout=PATIENCE_S)
                else:
                    refused(wrapper.pid)
            error = caught.value
            assert error.below == (child,)
            assert f"it started this Python process: {child} (" in error.why
            assert error.again is not None
            assert error.again.pid == child
            typed = ["summary", str(wrapper.pid), "--json"]
            assert error.hint_for(typed).endswith(f": memtui summary {child} --json")
        [found] = await candidates_below(wrapper.pid)
        assert (found.process.pid, found.attachable) == (child, True)


async def test_of_several_each_is_named():
    start = f'{PYTHON} -c "{SLEEPER}" >/dev/null &'
    with wrapped("/bin/sh", "-c", start * 5 + " echo ready; wait") as wrapper:
        until(lambda: len(python_below(wrapper.pid)) == 5)
        with pytest.raises(NotPython) as caught:
            process_facts(wrapper.pid)
        assert "it started these Python processes: " in caught.value.why
        assert "and 2 more" in caught.value.why


async def test_a_listed_process_knows_its_parents():
    with wrapped(*WRAPPERS["both"]) as wrapper:
        [child] = python_below(wrapper.pid)
        [found] = [each for each in await candidates() if each.process.pid == child]
    between, above = found.ancestors[:2]
    assert found.process.ppid == between
    assert (above, found.ancestors[2]) == (wrapper.pid, os.getpid())
    assert found.ancestors == (between, above, os.getpid(), *ancestors_of(os.getpid()))


def test_the_parent_of_what_is_gone_is_not_known():
    gone = subprocess.Popen(["true"])
    gone.wait()
    assert parent_of(gone.pid) is None
    assert ancestors_of(gone.pid) == ()


@pytest.fixture
def renamed(interpreter: Interpreter, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The interpreter as an executable with a name of its own, in a place whose name tells nothing."""
    place = tmp_path / "place"
    make = [interpreter.path, "-m", "venv", "--without-pip", "--copies", str(place)]
    if subprocess.run(make, capture_output=True, timeout=PATIENCE_S, check=False).returncode:
        pytest.skip("no venv module there")
    server = place / "bin" / "myserver"
    shutil.copy(Path(interpreter.path).resolve(), server)
    with wrapped(str(server), "-S", "-c", SLEEPER) as process:
        yield process


async def test_a_renamed_interpreter_is_found(interpreter, renamed):
    [found] = [each for each in await candidates() if each.process.pid == renamed.pid]
    assert found.attachable
    assert found.process.python == "{}.{}".format(*interpreter.version)
    session = await attach(renamed.pid, timeout=PATIENCE_S)
    await session.close()


def test_a_renamed_interpreter_that_was_deleted_has_its_version(interpreter, renamed):
    Path(f"/proc/{renamed.pid}/exe").readlink().unlink()
    found = candidate_of(renamed.pid)
    assert found is not None
    assert found.process.python == "{}.{}".format(*interpreter.version)
    assert facts_of(renamed.pid).interpreter
