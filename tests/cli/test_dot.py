"""``memtui instances --dot``: what was shown, as a graph that other tools draw."""

import os
import shutil
import subprocess

from tests.support.commands import memtui


def test_the_instances_are_written_as_a_graph(interpreter, spawn, tmp_path):
    target = spawn(interpreter, "plain.py")
    target.execute(
        "class Cart:\n    __slots__ = (\"lines\",)\ncart = Cart(); cart.lines = ['a\"b', 'c']"
    )
    path = tmp_path / "cart.dot"
    ran = memtui("instances", target.pid, "__main__.Cart", "--dot", path)
    assert ran.code == 0, ran
    assert str(path) in ran.stderr
    text = path.read_text()
    assert 'label="__main__.Cart\\n' in text
    assert ".lines" in text
    if shutil.which("dot"):
        subprocess.run(["dot", "-Tsvg", str(path)], check=True, capture_output=True)


def test_the_graph_alone_on_stdout(interpreter, spawn, tmp_path, monkeypatch):
    here = os.getcwd()
    monkeypatch.chdir(tmp_path)
    target = spawn(interpreter, "plain.py")
    target.execute("class Cart:\n    pass\ncart = Cart()")
    ran = memtui("instances", target.pid, "__main__.Cart", "--dot", "-", PYTHONPATH=here)
    assert ran.code == 0, ran
    assert ran.stdout.startswith("digraph ")
    assert ran.stdout.rstrip().endswith("}")
    assert list(tmp_path.iterdir()) == []
