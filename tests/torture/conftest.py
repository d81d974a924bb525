"""Options of the attach torture, and the table of its cells."""

from __future__ import annotations

import json
import shlex
import time
from pathlib import Path
from typing import Any

import pytest

from tests.torture import report
from tests.torture.kinds import BY_NAME


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("torture", "the attach torture (tests/torture, -m torture)")
    group.addoption(
        "--full", action="store_true", help="every interpreter, packages installed, 20 attaches"
    )
    group.addoption("--kinds", help="names, separated by commas; see tests/torture/kinds.py")
    group.addoption("--interpreters", help="names as 3.8, 3.13t, debian, separated by commas")
    group.addoption("--attaches", type=int, help="attaches a cell")
    group.addoption(
        "--methods",
        help="auto, ptrace, remote-exec …, separated by commas; auto, and in a full run ptrace from 3.14 on, if not given",
    )
    group.addoption(
        "--cells", type=Path, help="file of JSON lines that finished cells are appended to"
    )
    group.addoption(
        "--resume", action="store_true", help="keep the cells in that file that did not fail"
    )
    group.addoption(
        "--table", type=Path, help="Markdown file to put the table into, instead of showing it"
    )


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and config.option.markexpr == "torture":
        config.pluginmanager.register(Table(config))


class Table:
    """Gathers the cells of a run and shows them in one table."""

    def __init__(self, config: pytest.Config) -> None:
        self._config, self._begun = config, time.monotonic()
        self._results: list[report.Result] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call":
            return
        told: list[tuple[str, Any]] = report.user_properties
        cells = [value for name, value in told if name == "cell"]
        kept = [value for name, value in told if name == "kept"]
        self._results += cells + kept
        if file := self._config.getoption("--cells"):
            with file.open("a") as stream:
                stream.writelines(json.dumps(cell) + "\n" for cell in cells)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """A run without any cell is not a success."""
        if session.exitstatus == pytest.ExitCode.OK and all("not_run" in r for r in self._results):
            session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self._results:
            return
        # In the order of the plan, not in the order in which workers finish.
        order = {kind: number for number, kind in enumerate(BY_NAME)}
        self._results.sort(
            key=lambda r: (
                r["interpreter"] == "musl",
                _version(r),
                r["interpreter"],
                r["method"],
                order[r["kind"]],
            )
        )
        command = "python -m pytest " + shlex.join(_shown(self._config.invocation_params.args))
        minutes = (time.monotonic() - self._begun) / 60
        if file := self._config.getoption("--table"):
            report.write(file, self._results, command, minutes)
            terminalreporter.write_line(f"the table is in {file}")
        else:
            terminalreporter.section("attach torture")
            terminalreporter.write_line(report.markdown(self._results, command, minutes))


def _version(result: report.Result) -> tuple[int, ...]:
    return tuple(int(word) for word in result["version"].split("."))


def _shown(args: tuple[str | Path, ...]) -> list[str]:
    """The options without files, because their paths should not be published."""
    return [str(arg) for arg in args if not str(arg).startswith("/")]
