"""``memtui report``, run as a person would, on programs that leak something known."""

from __future__ import annotations

import json
import os
import signal

import pytest

from memtui.cli.verbs.demo import shop
from tests.support.commands import Paced, memtui

# What the kind of a holder may be, as scripts know it.
HOLDERS = {
    "module-global",
    "class-attribute",
    "function-attribute",
    "default-argument",
    "closure",
    "frame-local",
    "thread-local",
    "task",
    "generator",
    "lru-cache",
    "logging",
    "weakref-callback",
    "collector",
    "c-held",
    "unknown",
}
LEAK = """
import gc

class Session:
    def __init__(self, number):
        self.number = number
        self.pages = ["/p/%d" % number]

class Store:
    def __init__(self):
        self.sessions = {}

STORE = Store()
HEALTHY = [Session(n) for n in range(2000)]

def leak():
    for number in range(len(STORE.sessions), len(STORE.sessions) + 20):
        STORE.sessions["secret-%d" % number] = Session(number)
"""


@pytest.fixture
def leaking(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(LEAK)
    return target


def reported(target, *args, rounds=6, leak="leak()"):
    """What ``memtui report`` says of a target that leaks in each of its rounds."""
    args = ("--for", 0.2 * rounds, "--rounds", rounds, *args)
    with Paced("report", target.pid, *args) as viewer:
        viewer.pauses(rounds, lambda: target.execute(leak))
        ran = viewer.end()
    assert ran.code == 0, ran
    return ran


@pytest.mark.circle("python")
def test_it_names_what_grows_and_who_holds_it(leaking, tmp_path):
    path = tmp_path / "incident.md"
    told = json.loads(reported(leaking, "-o", path, "--json").stdout)
    assert told["kind"] == "report"
    assert told["path"] == str(path)
    assert told["verdict"] == "leak"
    found = told["findings"][0]
    assert found["type"] == "__main__.Session"
    assert found["holder"]["name"] == "__main__.STORE.sessions"
    # High where both were counted at about the same time, which a busy machine may not allow.
    assert found["confidence"] in {"high", "medium"}
    assert 1000 < told["after"]["objects"] < 1_000_000
    text = path.read_text()
    assert "`__main__.STORE.sessions`" in text
    assert "secret" not in text
    assert [each.name for each in tmp_path.iterdir()] == ["incident.md"]
    assert leaking.execute("print(len(STORE.sessions), gc.garbage)") == "120 []\n"


def test_a_page_for_a_browser(leaking, tmp_path):
    path = tmp_path / "incident.html"
    ran = reported(leaking, "-o", path, rounds=3)
    assert ran.stdout == ""
    assert "written to" in ran.stderr
    page = path.read_text()
    assert page.startswith("<!DOCTYPE html>")
    assert page.count("<svg ") == 2


def test_markdown_on_stdout_and_nothing_collected_when_read_only(leaking):
    collections = "print(gc.get_stats()[2]['collections'])"
    before = leaking.execute(collections)
    ran = memtui("report", leaking.pid, "--for", 1, "--read-only")
    assert ran.code == 0, ran
    assert ran.stdout.startswith("# Memory report: ")
    assert "Unknown: there was no collection in this run." in ran.stdout
    assert leaking.execute(collections) == before


def test_without_a_collection_when_told_so(leaking):
    collections = "print(gc.get_stats()[2]['collections'])"
    before = leaking.execute(collections)
    ran = memtui("report", leaking.pid, "--for", 1, "--no-collect", "--json")
    assert json.loads(ran.stdout)["collection"] is None
    assert leaking.execute(collections) == before


def test_keys_are_told_only_when_asked_for(leaking):
    leaking.execute("STORE.sessions['secret-list'] = []")
    leak = "STORE.sessions['secret-list'].extend({} for _ in range(20))"
    hidden = reported(leaking, "--json", rounds=3, leak=leak)
    assert "secret" not in hidden.stdout
    shown = reported(leaking, "--json", "--no-redact", rounds=3, leak=leak)
    assert "secret-list" in shown.stdout


@pytest.mark.parametrize("place", ["-", "/dev/fd/1"])
def test_it_goes_to_stdout_when_told_so(leaking, tmp_path, monkeypatch, place):
    here = os.getcwd()
    monkeypatch.chdir(tmp_path)
    ran = memtui("report", leaking.pid, "--for", 1, "-o", place, PYTHONPATH=here)
    assert ran.code == 0, ran
    assert ran.stdout.startswith("# Memory report: ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("args", [["report", 1, "-o"], ["instances", 1, "dict", "--dot"]])
def test_two_documents_on_one_stdout_are_refused(args):
    assert "--json cannot be combined" in memtui(*args, "-", "--json").refused(2)


@pytest.mark.parametrize("args", [["report", 1, "-o"], ["instances", 1, "dict", "--dot"]])
@pytest.mark.parametrize("place", ["", "/", "."])
def test_what_is_no_file_is_refused_before_attaching(args, place):
    assert "cannot be written" in memtui(*args, place).refused(2)


@pytest.mark.parametrize(
    "args", [("report", os.getpid(), "-o"), ("instances", os.getpid(), "dict", "--dot")]
)
def test_a_name_that_no_file_can_have_is_refused_before_attaching(args):
    assert "File name too long" in memtui(*args, "x" * 300).refused(2)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_refused_first(tmp_path):
    tmp_path.chmod(0o500)
    ran = memtui("report", os.getpid(), "-o", tmp_path / "a.md")
    assert "permission denied" in ran.refused(2)


def test_a_folder_that_is_not_there_is_refused_before_attaching(tmp_path):
    # This very process could not even be attached to: that it says so would be another line.
    ran = memtui("report", os.getpid(), "-o", tmp_path / "no" / "a.md")
    assert "there is no such folder" in ran.refused(2)
    ran = memtui("instances", os.getpid(), "dict", "--dot", tmp_path / "no" / "a.dot")
    assert "there is no such folder" in ran.refused(2)


@pytest.fixture
def waiting(leaking, tmp_path):
    """``memtui report`` in one of its pauses."""
    with Paced("report", leaking.pid, "--for", 100_000, "-o", tmp_path / "a.md") as viewer:
        viewer.wait_for_pause()
        viewer.go_on()
        yield viewer


def test_an_interrupted_report_leaves_no_file(waiting, tmp_path):
    waiting.process.send_signal(signal.SIGINT)
    ran = waiting.end()
    assert ran.code == 130
    assert "Traceback" not in ran.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_target_that_ends_meanwhile_leaves_what_was_measured(waiting, leaking, tmp_path):
    leaking.stop()
    ran = waiting.end()
    assert ran.code == 1
    assert f"memtui: process {leaking.pid} ended: the report has what was measured" in ran.stderr
    text = (tmp_path / "a.md").read_text()
    assert f"Cut short: process {leaking.pid} ended." in text
    assert "**Verdict: unknown.**" in text
    assert "One count was made: what grows this run cannot tell." in text
    assert "no type grew" not in text.lower()
    assert "dashboard" not in ran.stderr


def test_a_target_that_becomes_another_program_is_told(waiting, leaking, tmp_path):
    source = b"import os; os.execv('/bin/sleep', ['sleep', '60'])"
    leaking.stdin.write(b"%d\n%s" % (len(source), source))
    leaking.stdin.flush()
    ran = waiting.end()
    assert ran.code == 1
    assert f"memtui: process {leaking.pid} replaced itself by another program" in ran.stderr
    assert "replaced itself by another program" in (tmp_path / "a.md").read_text()


def test_the_shop_has_both_of_its_leaks_named():
    with shop() as pid:
        ran = memtui("report", pid, "--for", 8, "--json")
    assert ran.code == 0, ran
    told = json.loads(ran.stdout)
    kinds = {each["name"]: each["kind"] for each in told["containers"]}
    assert kinds["shop.SESSIONS"] == "module-global"
    assert set(kinds.values()) <= HOLDERS
    holders = {each["type"]: (each["holder"] or {}).get("name") for each in told["findings"]}
    assert holders["shop.Session"] == "shop.SESSIONS"
    assert holders["method"] == "shop.BUS._listeners[…]"
