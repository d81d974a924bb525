"""The rules that keep the house in order: who imports whom, statically and when it runs."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import memtui
from tests.support.imports import imports_of, lint_imports, screens_that_inherit
from tests.support.target import PATIENCE_S

PACKAGE = Path(memtui.__file__).parent
ROOT = PACKAGE.parent
AGENT = sorted((PACKAGE / "agent").rglob("*.py"))
DOMAIN = [
    "memtui.model",
    "memtui.verbs.census",
    "memtui.rpc.session",
    "memtui.store.history",
    "memtui.attach",
]
TALLEST_ROOM = 350


def imported(*modules: str) -> set[str]:
    """What ``sys.modules`` holds after importing ``modules`` in an interpreter of their own."""
    code = "import importlib, sys; [importlib.import_module(m) for m in sys.argv[1:]]; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code, *modules],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_S,
    )
    return set(done.stdout.split())


def test_the_static_contracts_are_kept():
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("module", DOMAIN)
def test_the_domain_never_imports_textual(module):
    assert not imported(module) & {"textual", "rich", "click"}


def test_the_model_is_free_of_sockets_and_packages():
    loaded = imported("memtui.model.allocations", "memtui.model.errors", "memtui.model.growth")
    assert not loaded & {"socket", "asyncio", "psutil", "msgspec", "elftools"}


def test_words_and_columns_load_nothing_slow():
    loaded = imported("memtui.present.words", "memtui.present.columns", "memtui.present.processes")
    assert not loaded & {"numpy", "msgspec", "asyncio", "psutil", "textual", "rich", "click"}


def test_the_ui_does_not_import_attach():
    assert not {name for name in imported("memtui.ui.app") if name.startswith("memtui.attach")}


def test_no_screen_inherits_from_another():
    assert not screens_that_inherit(PACKAGE / "ui" / "screens")


def test_the_contract_of_panes_covers_all_that_a_pane_has():
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    [covered] = [
        rule["source_modules"]
        for rule in rules["contracts"]
        if rule["name"].startswith("Panes and widgets know no session")
    ]
    names = {path.stem for path in (PACKAGE / "ui" / "panes").glob("*/*.py")}
    for name in names - {"__init__", "desk"}:
        assert f"memtui.ui.panes.*.{name}" in covered


def test_help_and_usage_import_nothing_slow():
    slow = {"asyncio", "textual", "psutil", "msgspec", "elftools", "subprocess"}
    assert not imported("memtui.cli.command") & slow


def test_who_only_looks_loads_nothing_to_get_in():
    loaded = imported("memtui.cli.verbs.ps", "memtui.attach.discover", "memtui.cli.connect")
    assert not loaded & {"memtui.attach.enter", "memtui.attach.ptrace.engine", "msgspec"}


def test_numpy_starts_no_threads_and_leaves_the_environment_as_it_was():
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    code = (
        "import os; before = dict(os.environ); import memtui.ui.app, sys; assert 'numpy' in sys.modules;"
        "assert dict(os.environ) == before; print(len(os.listdir('/proc/self/task')))"
    )
    for number in (None, "4"):
        environ = {name: value for name, value in os.environ.items() if name not in names}
        environ |= {} if number is None else dict.fromkeys(names, number)
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=environ, capture_output=True, text=True,
            check=False, timeout=PATIENCE_S,
        )  # fmt: skip
        assert (done.stdout.strip(), done.returncode) == ("1", 0), done.stderr


def test_numpy_is_loaded_in_one_place():
    loading = {
        path.name
        for path in (ROOT / "memtui").rglob("*.py")
        if "import numpy" in path.read_text(encoding="utf-8")
    }
    assert loading == {"numbers.py"}


def test_the_viewer_runs_none_of_the_agent_but_the_wire():
    loaded = imported("memtui.attach.enter", "memtui.ui.app", "memtui.cli.verbs.ps")
    agent = {name for name in loaded if name.startswith("memtui.agent.")}
    assert agent == {"memtui.agent.wire"}


@pytest.mark.parametrize("path", AGENT, ids=lambda path: path.stem)
def test_the_agent_imports_the_standard_library_and_itself_only(path):
    # The last one is part of the standard library up to 3.12, but the list of its modules leaves it out.
    known = {*sys.stdlib_module_names, "memtui", "__future__", "_xxsubinterpreters"}
    foreign = imports_of(path) - known
    assert not foreign


@pytest.mark.circle("internals")
def test_agent_and_shop_compile_under_every_interpreter(interpreter, tmp_path):
    """``py_compile`` of copies: nothing is written beside the sources."""
    sources = [*AGENT, PACKAGE / "demo" / "shop.py"]
    copies = [tmp_path / f"{path.parent.name}_{path.name}" for path in sources]
    for source, copy in zip(sources, copies, strict=True):
        copy.write_bytes(source.read_bytes())
    done = subprocess.run(
        [interpreter.path, "-W", "error", "-m", "py_compile", *map(str, copies)],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_rooms_are_small():
    tall = {
        str(path.relative_to(ROOT)): lines
        for path in PACKAGE.rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > TALLEST_ROOM
    }
    assert not tall


def test_a_class_has_a_name_that_no_other_class_has():
    """But for the demo, whose classes are those of a shop."""
    homes: dict[str, list[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        if PACKAGE / "demo" not in path.parents:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef):
                    homes.setdefault(node.name, []).append(str(path.relative_to(ROOT)))
    assert not {name: where for name, where in homes.items() if len(where) > 1}


def test_every_module_of_the_package_says_what_it_is_for():
    silent = [
        str(path.relative_to(ROOT))
        for path in PACKAGE.rglob("*.py")
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not silent


def test_a_room_of_the_agent_has_nothing_to_run():
    """The bundle leaves a room's ``__init__`` out: in the target a room is an empty module."""
    for path in (PACKAGE / "agent").glob("*/__init__.py"):
        (docstring,) = ast.parse(path.read_text(encoding="utf-8")).body
        assert isinstance(docstring, ast.Expr)


def test_every_class_of_the_agent_has_slots_for_all_that_it_sets():
    """A class with a ``__dict__`` stays in the target until a full collection: see ``agent/entry/classes.py``."""
    without = []
    for path in (PACKAGE / "agent").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            # What the application imports for itself stays anyway.
            if isinstance(node, ast.ClassDef) and path.name != "listener.py":
                slots = _slots_of(node)
                if slots is None or _set_on_self(node) - slots:
                    without.append(f"{path.relative_to(ROOT)}: {node.name}")
    assert not without


def _slots_of(node):
    """The names in the ``__slots__`` of a class, None if it has none."""
    for each in node.body:
        if isinstance(each, ast.Assign) and getattr(each.targets[0], "id", "") == "__slots__":
            return {part.value for part in ast.walk(each.value) if isinstance(part, ast.Constant)}
    return None


def _set_on_self(node):
    return {
        each.attr
        for each in ast.walk(node)
        if isinstance(each, ast.Attribute)
        and isinstance(each.ctx, ast.Store)
        and getattr(each.value, "id", "") == "self"
    }


def test_the_stub_of_the_wire_is_the_wire():
    done = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", "memtui.agent.wire"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stdout


def test_every_sheet_and_agent_file_is_in_the_wheel(tmp_path):
    """hatchling packs what is under ``memtui``; the agent travels as source, the sheets as text."""
    # The one that is installed: no test waits for the network, or for who answers there.
    pip = (sys.executable, "-m", "pip", "wheel", "-q", "--no-index", "--no-build-isolation")
    done = subprocess.run(
        [*pip, "--no-deps", "-w", str(tmp_path), str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    names = subprocess.run(
        [sys.executable, "-m", "zipfile", "-l", str(next(tmp_path.glob("*.whl")))],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_S,
    ).stdout
    wanted = [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.pyi"), *PACKAGE.rglob("*.tcss")]
    assert not [str(path) for path in wanted if str(path.relative_to(ROOT)) not in names]
