"""Who imports and who inherits whom, read from the source."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from tests.support.target import PATIENCE_S


def imports_of(path: Path) -> set[str]:
    """The top-level names that a source file imports anywhere; relative ones as ``memtui``."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.add("memtui" if node.level else (node.module or "").partition(".")[0])
    return found


def screens_that_inherit(folder: Path) -> set[str]:
    """The classes in ``folder`` that inherit from another class there."""
    classes = {
        node.name: {ast.unparse(base).partition("[")[0].rpartition(".")[2] for base in node.bases}
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    }
    return {name for name, bases in classes.items() if bases & set(classes)}


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    """Ask import-linter whether the package in ``root`` keeps the contracts of its pyproject.toml."""
    tool = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [str(tool), "--no-cache"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
