"""The interpreter in the target: its version and the addresses of its functions."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memtui.attach.elf import Image, NotElf
from memtui.attach.embedded import version_of
from memtui.attach.facts import facts_of
from memtui.attach.family import not_python
from memtui.model.errors import NotPython, Unsupported

if TYPE_CHECKING:
    from memtui.attach.elf import Symbol
    from memtui.attach.facts import Facts
    from memtui.attach.memory import Memory

OLDEST, NEWEST = (3, 8), (3, 15)

#: ``mov rax, SYS_rt_sigreturn; syscall`` in its two encodings: every C library has it, because its
#: signal handlers return to it.
_WAY_BACK = (bytes.fromhex("48c7c00f0000000f05"), bytes.fromhex("b80f0000000f05"))

_C_FUNCTIONS = (
    *("mmap", "munmap", "pthread_create"),
    *("pthread_attr_init", "pthread_attr_setstack", "pthread_attr_setdetachstate"),
)
_PYTHON_FUNCTIONS = (
    *("Py_AddPendingCall", "Py_IsInitialized", "PyRun_SimpleString", "PyRun_StringFlags"),
    *("PyDict_New", "PyErr_Clear", "Py_DecRef"),
    *("PyGILState_Ensure", "PyGILState_Release", "PyErr_CheckSignals"),
    *("PyInterpreterState_Get", "PyInterpreterState_Main"),
)
#: Their names in 3.8, where they differ.
_OLD_NAMES = {"PyInterpreterState_Get": "_PyInterpreterState_Get"}


@dataclass(frozen=True, slots=True, eq=False)
class Interpreter:
    """Addresses in the target.  ``runtime`` spans ``_PyRuntime``; ``functions`` has addresses by name.

    ``version`` is (major, minor), None if it is not known; ``way_back`` and ``way_back_end`` are the start
    and the end of the C library's ``rt_sigreturn`` code.
    """

    version: tuple[int, int] | None
    runtime: Symbol
    functions: dict[str, int]
    way_back: int
    way_back_end: int
    image: Image

    @property
    def free_threaded(self) -> bool:
        """Whether it is built without a GIL."""
        return self.image.find("_Py_MergeZeroLocalRefcount") is not None


def find_interpreter(facts: Facts, memory: Memory) -> Interpreter:
    """Find the interpreter in the target's memory.

    Raises NotPython and Unsupported, and ``OSError`` if the target has ended or executed another
    program since ``facts`` were taken.
    """
    try:
        return _find(facts, memory)
    except (NotPython, Unsupported):
        if facts_of(facts.pid).interpreter != facts.interpreter:
            raise ProcessLookupError("it runs another program now") from None
        raise


def _find(facts: Facts, memory: Memory) -> Interpreter:
    check_version(facts.version)
    image, runtime = _runtime(facts, memory)
    version = version_of(memory, image)
    check_version(version)
    functions: dict[str, int] = {}
    for name in _PYTHON_FUNCTIONS:
        found = image.find(name) or image.find(_OLD_NAMES.get(name, name))
        if found is None:
            why = f"it does not export {name}"
            raise Unsupported(f"cannot attach to process {facts.pid}", why)
        functions[name] = found.address
    libraries = [Image(memory, mappings) for mappings in facts.libc]
    for name in _C_FUNCTIONS:
        address = next((s.address for s in (i.find(name) for i in libraries) if s), None)
        if address is None:
            why = f"its C library has no {name} (linked statically?)"
            raise Unsupported(f"cannot attach to process {facts.pid}", why)
        functions[name] = address
    way_back = next((c for c in (i.find_code(_WAY_BACK) for i in libraries) if c), None)
    if way_back is None:
        why = "its C library has no code to return from signals"
        raise Unsupported(f"cannot attach to process {facts.pid}", why)
    return Interpreter(version, runtime, functions, *way_back, image)


def check_version(version: tuple[int, int] | None) -> None:
    """Raise Unsupported for a version that memtui does not support."""
    if version is not None and not OLDEST <= version <= NEWEST:
        found = ".".join(map(str, version))
        raise Unsupported(
            f"Python {found} is not supported",
            f"memtui supports CPython {OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}",
            hint="upgrade the target's Python, or use a tool that supports this version"
            if version < OLDEST
            else "a newer memtui may support it: pip install --upgrade memtui",
        )


def _runtime(facts: Facts, memory: Memory) -> tuple[Image, Symbol]:
    if not facts.interpreter:
        raise not_python(facts)
    with contextlib.suppress(NotElf):
        image = Image(memory, facts.interpreter)
        runtime = image.find("_PyRuntime")
        if runtime is not None:
            return image, runtime
    why = "its interpreter exports no _PyRuntime"
    raise Unsupported(f"cannot attach to process {facts.pid}", why)
