"""Symbols are found where the dynamic loader itself finds them."""

from __future__ import annotations

import ctypes
import mmap
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from memtui.attach.elf import Image, NotElf
from memtui.attach.facts import facts_of
from memtui.attach.interpreter import find_interpreter
from memtui.attach.memory import Memory
from tests.support.known import known

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.interpreters import Interpreter
    from tests.support.target import Target

WANTED = ("Py_AddPendingCall", "PyRun_SimpleString", "PyGILState_Ensure", "Py_IsInitialized")


def test_addresses_are_those_of_the_loader(
    interpreter: Interpreter, spawn: Callable[..., Target]
) -> None:
    target = spawn(interpreter)
    loaded = target.execute(
        "import ctypes\n"
        f"for name in {WANTED}:\n"
        "    address = ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p)\n"
        "    print(name, address.value)\n"
    )
    facts = facts_of(target.pid)
    with Memory(facts.proc) as memory:
        found = find_interpreter(facts, memory)
        assert found.version == interpreter.version[:2]
        for line in loaded.splitlines():
            name, address = line.split()
            assert found.functions[name] == int(address), name
        assert found.runtime.size > 500
        assert memory.read(found.way_back_end - 2, 2) == b"\x0f\x05"


def test_old_style_hash_table(tmp_path: Path) -> None:
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    source, library = tmp_path / "old.c", tmp_path / "libold.so"
    source.write_text("".join(f"int old_{i}(void) {{ return {i}; }}\n" for i in range(50)))
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-Wl,--hash-style=sysv", "-o", library, source], check=True
    )
    loaded = ctypes.CDLL(str(library))
    mappings = [m for m in facts_of(os.getpid()).mappings if m.path == str(library)]
    with Memory("/proc/self") as memory:
        image = Image(memory, mappings)
        for i in range(50):
            address = ctypes.cast(loaded[f"old_{i}"], ctypes.c_void_p).value
            assert known(image.find(f"old_{i}")).address == address
        assert image.find("old_50") is None


def test_what_is_no_elf_file(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(b"no ELF" * 1000)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ):
        mappings = [m for m in facts_of(os.getpid()).mappings if m.path == str(path)]
        with Memory("/proc/self") as memory, pytest.raises(NotElf):
            Image(memory, mappings)
