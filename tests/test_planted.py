"""The contracts refuse what they are for: forbidden imports are planted in a copy, and each is reported."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import memtui
from tests.support.imports import lint_imports, screens_that_inherit

PACKAGE = Path(memtui.__file__).parent
ROOT = PACKAGE.parent

PLANTED = {
    "pane to rpc": ("memtui.ui.panes.census.pane", "memtui.rpc.client"),
    "pane to store": ("memtui.ui.panes.growth.pane", "memtui.store.history"),
    "pane to another pane": ("memtui.ui.panes.globals.pane", "memtui.ui.panes.watch.pane"),
    "desk to another pane": ("memtui.ui.panes.watch.desk", "memtui.ui.panes.collector.desk"),
    "pane to screens": ("memtui.ui.panes.instances.pane", "memtui.ui.screens.help"),
    "widget to pane": ("memtui.ui.widgets.frame.header", "memtui.ui.panes.pane"),
    "widget to rpc": ("memtui.ui.widgets.tree.node_tree", "memtui.rpc.session"),
    "model to rpc": ("memtui.model.process", "memtui.rpc.names"),
    "model to verbs": ("memtui.model.cost", "memtui.verbs.node"),
    "model to a package": ("memtui.model.errors", "msgspec"),
    "present to textual": ("memtui.present.text", "textual.content"),
    "verbs to rpc": ("memtui.verbs.census", "memtui.rpc.decode"),
    "store to ui": ("memtui.store.vitals", "memtui.ui.look"),
    "diagnosis to the client": ("memtui.diagnosis.growing", "memtui.rpc.client"),
    "cli to agent": ("memtui.cli.table", "memtui.agent.wire"),
    "ui to agent": ("memtui.ui.live", "memtui.agent.wire"),
    "store to agent": ("memtui.store.feed", "memtui.agent.wire"),
    "verbs to agent": ("memtui.verbs.expand", "memtui.agent.wire"),
    "rpc to the agent's code": ("memtui.rpc.peer", "memtui.agent.heap.walk"),
    "attach to the agent's code": ("memtui.attach.maps", "memtui.agent.entry.guest"),
    "agent to host": ("memtui.agent.objects.sizes", "memtui.model.errors"),
    "agent's rooms backwards": ("memtui.agent.objects.names", "memtui.agent.heap.walk"),
}
"""By what is wrong with it: which module imports which."""


@pytest.fixture(scope="module")
def reported(tmp_path_factory):
    """What import-linter says of a copy of the package in which all of them are planted."""
    root = tmp_path_factory.mktemp("planted")
    shutil.copytree(PACKAGE, root / "memtui", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", root)
    for importer, imported in PLANTED.values():
        file = root.joinpath(*importer.split(".")).with_suffix(".py")
        file.write_text(
            f"{file.read_text(encoding='utf-8')}\nimport {imported}\n", encoding="utf-8"
        )
    done = lint_imports(root)
    assert done.returncode == 1, done.stderr
    return [" ".join(line.split()) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("wrong", PLANTED)
def test_a_planted_import_is_refused(reported, wrong):
    importer, imported = PLANTED[wrong]
    # An import of a package's module is reported as one of the package.
    named = imported if imported.startswith("memtui") else imported.partition(".")[0]
    assert any(f"{importer} -> {named} (l." in line for line in reported)


def test_a_screen_that_inherits_from_another_is_found(tmp_path):
    shutil.copytree(PACKAGE / "ui" / "screens", tmp_path / "screens")
    planted = (
        "from memtui.ui.screens.help import HelpScreen\n\n\nclass Planted(HelpScreen):\n    pass\n"
    )
    (tmp_path / "screens" / "planted.py").write_text(planted)
    assert screens_that_inherit(tmp_path / "screens") == {"Planted"}
