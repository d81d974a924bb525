"""``memtui report``, run as a person would, on programs that leak something known."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from memtui.demo import shop
from tests.cli.running import MEMTUI, memtui

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
import threading, gc

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
    number = 0
    while not STOP.wait(0.01):
        STORE.sessions["secret-%d" % number] = Session(number)
        number += 1

STOP = threading.Event()
threading.Thread(target=leak, daemon=True).start()
"""


@pytest.fixture
def leaking(some_interpreter, spawn):
    target = spawn(some_interpreter)
    target.execute(LEAK)
    return target


@pytest.fixture
def leaking_here(spawn):
    target = spawn(sys.executable)
    target.execute(LEAK)
    return target


def test_it_names_what_grows_and_who_holds_it(leaking, tmp_path):
    path = tmp_path / "incident.md"
    ran = memtui("report", leaking.pid, "--for", 4, "-o", path, "--json")
    assert ran.code == 0, ran
    told = json.loads(ran.stdout)
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
    leaking.execute("assert not gc.garbage and len(STORE.sessions) > 10")


def test_a_page_for_a_browser(leaking_here, tmp_path):
    path = tmp_path / "incident.html"
    ran = memtui("report", leaking_here.pid, "--for", 1.5, "--rounds", 3, "-o", path)
    assert (ran.code, ran.stdout) == (0, "")
    assert "written to" in ran.stderr
    page = path.read_text()
    assert page.startswith("<!DOCTYPE html>")
    assert page.count("<svg ") == 2


def test_markdown_on_stdout_and_nothing_collected_when_read_only(leaking_here):
    collections = "print(gc.get_stats()[2]['collections'])"
    before = leaking_here.execute(collections)
    ran = memtui("report", leaking_here.pid, "--for", 1, "--read-only")
    assert ran.code == 0, ran
    assert ran.stdout.startswith("# Memory report: ")
    assert "Unknown: there was no collection in this run." in ran.stdout
    assert leaking_here.execute(collections) == before


def test_without_a_collection_when_told_so(leaking_here):
    collections = "print(gc.get_stats()[2]['collections'])"
    before = leaking_here.execute(collections)
    ran = memtui("report", leaking_here.pid, "--for", 1, "--no-collect", "--json")
    assert json.loads(ran.stdout)["collection"] is None
    assert leaking_here.execute(collections) == before


def test_keys_are_told_only_when_asked_for(leaking_here):
    leaking_here.execute("STORE.sessions['secret-list'] = []")
    grow = "threading.Thread(target=lambda: [STOP.wait(0.01) or STORE.sessions['secret-list'].append({}) for _ in range(9999)], daemon=True).start()"
    leaking_here.execute(grow)
    hidden = memtui("report", leaking_here.pid, "--for", 2, "--json")
    assert "secret" not in hidden.stdout
    shown = memtui("report", leaking_here.pid, "--for", 2, "--json", "--no-redact")
    assert "secret-list" in shown.stdout


@pytest.mark.parametrize("place", ["-", "/dev/fd/1"])
def test_it_goes_to_stdout_when_told_so(leaking_here, tmp_path, monkeypatch, place):
    here = os.getcwd()
    monkeypatch.chdir(tmp_path)
    ran = memtui("report", leaking_here.pid, "--for", 1, "-o", place, PYTHONPATH=here)
    assert ran.code == 0, ran
    assert ran.stdout.startswith("# Memory report: ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("args", [["report", 1, "-o"], ["instances", 1, "dict", "--dot"]])
def test_two_documents_on_one_stdout_are_refused(args):
    assert "--json cannot both be" in memtui(*args, "-", "--json").refused(2)


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


def reporting(target, path):
    """``memtui report`` on its way, with the agent in the target."""
    command = [*MEMTUI, "report", str(target.pid), "--for", "60", "-o", str(path)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    inside = "import sys; print(hasattr(sys, '_memtui_agent'))"
    deadline = time.monotonic() + 20
    while "True" not in target.execute(inside):
        assert time.monotonic() < deadline
    return process


def test_an_interrupted_report_leaves_no_file(leaking_here, tmp_path):
    process = reporting(leaking_here, tmp_path / "a.md")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []


def test_a_target_that_ends_meanwhile_is_told_and_leaves_no_file(leaking_here, tmp_path):
    process = reporting(leaking_here, tmp_path / "a.md")
    leaking_here.stop()
    _, said = process.communicate(timeout=20)
    assert process.returncode == 1
    assert said.startswith("memtui: ")
    assert "hint: " in said
    assert list(tmp_path.iterdir()) == []


def test_the_shop_has_both_of_its_leaks_named(tmp_path):
    command = [sys.executable, shop.__file__, "--parent", str(os.getpid()), "--seconds", "120"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as opened:
        assert opened.stdout is not None
        opened.stdout.readline()
        ran = memtui("report", opened.pid, "--for", 8, "--json")
        opened.kill()
    kinds = {each["name"]: each["kind"] for each in json.loads(ran.stdout)["containers"]}
    assert kinds["shop.SESSIONS"] == "module-global"
    assert set(kinds.values()) <= HOLDERS
    holders = {
        f["type"]: (f["holder"] or {}).get("name") for f in json.loads(ran.stdout)["findings"]
    }
    assert holders["shop.Session"] == "shop.SESSIONS"
    assert holders["method"] == "shop.BUS._listeners[…]"
