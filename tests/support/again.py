"""Runs suites of tests, and those that failed once more, alone, when everything else is done.

    python -m tests.support.again -q -n 2 -- -q -n 3 -m torture tests/torture

Each ``--`` begins the arguments of one more run of pytest.  A test that passes the second time is *unsteady*: it is
shown with its first failure, and counted in the closing line.  Exit code 1 if a test failed twice, if more than three
are unsteady, or if pytest itself could not do its work.

As a plugin (``-p tests.support.again``) it writes down how each test ended, and runs only the tests it is given.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

#: If more tests than this need a second run, it is not an accident.
MOST_UNSTEADY = 3
#: Where a test has several outcomes (set up, call, tear down), the last of these counts.
_ORDER = ("passed", "skipped", "failed")


# --- the plugin ---------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record", type=Path, help="append how each test ended, as JSON lines")
    parser.addoption("--only", type=Path, help="run only the tests of this JSON list of node ids")


def pytest_configure(config: pytest.Config) -> None:
    # Workers send their reports to the first process, which writes them.
    if config.getoption("--record") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Recorder(config.getoption("--record")))


class _Recorder:
    def __init__(self, path: Path) -> None:
        self._path = path

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and report.outcome == "passed":
            return
        entry = {"test": report.nodeid, "outcome": report.outcome, "text": report.longreprtext}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    path = config.getoption("--only")
    if path is not None:
        wanted = set(json.loads(path.read_text(encoding="utf-8")))
        config.hook.pytest_deselected(items=[i for i in items if i.nodeid not in wanted])
        items[:] = [item for item in items if item.nodeid in wanted]


# --- the command --------------------------------------------------------------------------------------


@dataclass
class Suite:
    """One run of pytest: how each test ended, with the messages of those that failed."""

    args: list[str]
    outcomes: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    broken: bool = False

    @property
    def failed(self) -> list[str]:
        return [test for test, outcome in self.outcomes.items() if outcome == "failed"]

    def run(self, place: Path, *more: str) -> None:
        record = place / "record"
        record.unlink(missing_ok=True)
        command = [sys.executable, "-m", "pytest", "-p", "tests.support.again", *self.args]
        code = subprocess.run([*command, "--record", record, *more], check=False).returncode
        lines = record.read_text(encoding="utf-8").splitlines() if record.exists() else []
        for entry in map(json.loads, lines):
            test, outcome = entry["test"], entry["outcome"]
            self.outcomes[test] = max(outcome, self.outcomes.get(test, "passed"), key=_ORDER.index)
            if outcome == "failed":
                self.texts.setdefault(test, entry["text"])
        # 1 means failed tests.  If none failed, or the code is another, pytest itself has a problem.
        self.broken = code not in (0, 1) or (code == 1 and not self.failed)

    def again(self, place: Path) -> Suite:
        """The tests that failed, in a run of their own, one after the other."""
        only = place / "only"
        only.write_text(json.dumps(self.failed), encoding="utf-8")
        second = Suite(self.args)
        second.run(place, "-n", "0", "--only", str(only))
        return second


def main(argv: list[str]) -> int:
    begun = time.monotonic()
    suites = [Suite(args) for args in _split(argv)]
    failed: list[str] = []
    unsteady: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for suite in suites:
            suite.run(place)
        broken = any(suite.broken for suite in suites)
        for suite in suites:
            if suite.failed:
                print(f"\nonce more, alone: {len(suite.failed)} that failed", flush=True)
                second = suite.again(place)
                steady = [t for t in suite.failed if second.outcomes.get(t) != "passed"]
                failed += steady
                unsteady |= {t: suite.texts[t] for t in suite.failed if t not in steady}
    ended = [outcome for suite in suites for outcome in suite.outcomes.values()]
    return _close(ended, failed, unsteady, broken=broken, seconds=time.monotonic() - begun)


def _split(argv: list[str]) -> list[list[str]]:
    suites: list[list[str]] = [[]]
    for word in argv:
        if word == "--":
            suites.append([])
        else:
            suites[-1].append(word)
    return suites


def _close(
    ended: list[str], failed: list[str], unsteady: dict[str, str], *, broken: bool, seconds: float
) -> int:
    """Print the unsteady tests, and how many ended in each way; return the exit code."""
    if unsteady:
        print("\n=== unsteady: failed, and passed when run alone ===")
        for test, text in unsteady.items():
            print(f"\n{test}\n{text}")
    for test in failed:
        print(f"FAILED twice: {test}")
    if broken:
        print("pytest could not do all of its work: see above")
    too_many = len(unsteady) > MOST_UNSTEADY
    if too_many:
        print(f"more than {MOST_UNSTEADY} tests are unsteady: they count as failed")
    bad = len(failed) + (len(unsteady) if too_many else 0)
    good = ended.count("passed") + (0 if too_many else len(unsteady))
    print(
        f"\n{good} passed, {bad} failed, {ended.count('skipped')} skipped,"
        f" {len(unsteady)} unsteady in {seconds:.2f}s"
    )
    return 1 if bad or broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
