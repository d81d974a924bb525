"""Tests that failed are run once more: what that makes of a run."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.target import PATIENCE_S, ROOT

#: Fails the first time that it is run, and says so.
FLAKY = """
import pathlib, pytest
@pytest.mark.parametrize("number", range(%d))
def test_flaky(number):
    mark = pathlib.Path(__file__).with_name("mark%%d" %% number)
    seen = mark.exists()
    mark.touch()
    assert seen, "unlucky number %%d" %% number
"""
STEADY = "import pytest\ndef test_right(): pass\ndef test_left_out(): pytest.skip('not here')\n"
WRONG = "def test_wrong(): assert 1 == 2, 'as ever'\n"


@pytest.fixture
def run(tmp_path):
    """``run(name=source, …)``: (exit code, output) of suites of one file each, run side by side."""

    def run(**sources):
        (tmp_path / "pytest.ini").write_text(
            "[pytest]\naddopts = -p no:cacheprovider -p no:asyncio -p no:hypothesispytest\n"
        )
        words: list[str] = []
        for name, source in sources.items():
            (tmp_path / f"test_{name}.py").write_text(source)
            words += [*(["--"] if words else []), "-q", str(tmp_path / f"test_{name}.py")]
        command = [sys.executable, "-m", "tests.support.again", *words]
        ran = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )
        assert not ran.stderr
        return ran.returncode, ran.stdout

    return run


def closing(said):
    return said.splitlines()[-1].partition(" in ")[0]


def test_where_nothing_fails_nothing_is_run_again(run):
    code, said = run(steady=STEADY)
    assert (code, closing(said)) == (0, "1 passed, 0 failed, 1 skipped, 0 unsteady")
    assert "once more" not in said


def test_one_that_passes_alone_is_told_as_unsteady(run):
    code, said = run(flaky=FLAKY % 1, steady=STEADY)
    assert (code, closing(said)) == (0, "2 passed, 0 failed, 1 skipped, 1 unsteady")
    told = said[said.index("=== unsteady") :]
    assert "test_flaky.py::test_flaky[0]" in told
    assert "unlucky number 0" in told


def test_one_that_fails_twice_fails_the_run(run):
    code, said = run(wrong=WRONG, flaky=FLAKY % 1)
    assert (code, closing(said)) == (1, "1 passed, 1 failed, 0 skipped, 1 unsteady")
    assert "FAILED twice: " in said


def test_three_unsteady_are_borne_and_four_are_not(run):
    code, said = run(flaky=FLAKY % 3)
    assert (code, closing(said)) == (0, "3 passed, 0 failed, 0 skipped, 3 unsteady")
    code, said = run(other=(FLAKY % 4).replace("mark%", "other%"), steady=STEADY)
    assert (code, closing(said)) == (1, "1 passed, 4 failed, 1 skipped, 4 unsteady")
    assert "more than 3 tests are unsteady" in said


def test_one_that_fails_in_its_set_up_is_run_again_as_well(run):
    source = "import pytest\n@pytest.fixture\ndef broken(): raise OSError('no room')\ndef test_it(broken): pass\n"
    code, said = run(setup=source)
    assert (code, closing(said)) == (1, "0 passed, 1 failed, 0 skipped, 0 unsteady")


def test_what_pytest_cannot_read_fails_the_run(run):
    code, said = run(steady=STEADY, broken="import nothing_of_this_name\n")
    assert (code, closing(said)) == (1, "1 passed, 0 failed, 1 skipped, 0 unsteady")
    assert "pytest could not do all of its work" in said
