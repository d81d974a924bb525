"""What a target needs besides its interpreter: packages in a virtual environment, programs compiled by ``cc``.

Everything is made once and kept under ``$XDG_CACHE_HOME/memtui-torture`` (``~/.cache/memtui-torture``).  If something
cannot be made, the kinds that need it are reported as not run, with the reason.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.support.interpreters import Interpreter

TARGETS = Path(__file__).resolve().parent / "targets"
PACKAGES = (
    "numpy",
    "coverage",
    "gevent",
    "eventlet",
    "uvloop",
    "gunicorn",
    "uvicorn",
    "celery",
    "ipykernel",
)
MODULES = ("ctypes", "zlib")
_SYSCONFIG = (
    "import json, sysconfig as s; print(json.dumps({n: s.get_config_var(n) for n in"
    " ('INCLUDEPY', 'LIBDIR', 'LDLIBRARY', 'LIBS', 'SYSLIBS')}))"
)


@dataclass(frozen=True)
class Setup:
    """One interpreter and everything found or made for it; an empty path means that it is missing."""

    name: str
    version: str
    python: str
    with_packages: str
    importable: tuple[str, ...]
    embedded: str
    vectors: str

    def to_json(self) -> dict[str, object]:
        return asdict(self)


def cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    place = Path(home) / "memtui-torture"
    place.mkdir(parents=True, exist_ok=True)
    return place


def musl() -> Interpreter | None:
    """A CPython for musl, if ``tests/torture/musl.sh`` has built one."""
    for path in sorted((cache() / "musl" / "python" / "bin").glob("python3.[0-9]*[0-9]")):
        answer = _run([str(path), "-c", "import sys; print(*sys.version_info[:3])"])
        if answer is not None:
            major, minor, micro = (int(word) for word in answer.split())
            return Interpreter("musl", str(path), (major, minor, micro))
    return None


def prepare(interpreter: Interpreter, *, install: bool) -> Setup:
    """Look for, and with ``install`` make, what the kinds need under ``interpreter``; one process at a time."""
    with (cache() / f"{interpreter.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _prepare(interpreter, install=install)


def _prepare(interpreter: Interpreter, *, install: bool) -> Setup:
    python = _environment(interpreter, install=install)
    # Without an environment made for it the interpreter may have packages of its own.
    python = python or interpreter.path
    found = (*_importable(interpreter.path, MODULES), *_importable(python, PACKAGES))
    return Setup(
        interpreter.name,
        ".".join(map(str, interpreter.version)),
        interpreter.path,
        python,
        found,
        _embedded(interpreter),
        _vectors(),
    )


def _environment(interpreter: Interpreter, *, install: bool) -> str:
    place = cache() / interpreter.name
    python = place / "bin" / "python"
    done = place / "installed"
    if done.exists() or not install:
        return str(python) if python.exists() else ""
    if _run([interpreter.path, "-m", "venv", str(place)]) is None:
        return ""
    pip = [str(python), "-m", "pip", "install", "-q", "--only-binary", ":all:"]
    missing = [package for package in PACKAGES if _run([*pip, package]) is None]
    done.write_text(" ".join(missing))
    return str(python)


def _importable(python: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        name
        for name in names
        if python and _run([python, "-W", "ignore", "-c", f"import {name}"]) is not None
    )


def _vectors() -> str:
    source, made = TARGETS / "vectors.c", cache() / "vectors.so"
    if _older(made, source):
        _run(["cc", "-O1", "-mno-red-zone", "-shared", "-fPIC", str(source), "-o", str(made)])
    return str(made) if made.exists() else ""


def _embedded(interpreter: Interpreter) -> str:
    """The C program of ``embedded.c`` linked against this interpreter's libpython."""
    answer = _run([interpreter.path, "-c", _SYSCONFIG])
    if answer is None:
        return ""
    names = json.loads(answer)
    library = Path(names["LIBDIR"] or "/", names["LDLIBRARY"] or "none")
    if not Path(names["INCLUDEPY"], "Python.h").exists() or not library.exists():
        return ""
    source, made = TARGETS / "embedded.c", cache() / f"embedded-{interpreter.name}"
    if _older(made, source):
        others = f"{names['LIBS'] or ''} {names['SYSLIBS'] or ''} -lpthread -ldl -lm -lutil".split()
        command = [
            "cc",
            "-O1",
            f"-I{names['INCLUDEPY']}",
            str(source),
            "-o",
            str(made),
            str(library),
        ]
        _run([*command, f"-Wl,-rpath,{library.parent}", "-rdynamic", *others])
    return str(made) if made.exists() else ""


def _older(made: Path, source: Path) -> bool:
    if made.exists() and made.stat().st_mtime >= source.stat().st_mtime:
        return False
    made.unlink(missing_ok=True)
    return True


def _run(command: list[str]) -> str | None:
    """The output of ``command``; None if it failed or does not exist."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
