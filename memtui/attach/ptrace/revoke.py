"""Withdrawing a pending call that the interpreter has not run.

If the main thread blocks right after we asked it to run the payload, it may not reach a safe point for
hours, and the interpreter's queue would point at our code all that time.  There is no function to remove
an entry.  But while the main thread is stopped, nobody takes one either.  So we replace its function with
one that the interpreter calls at the same points anyway: ``PyErr_CheckSignals``.
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from memtui.attach.interpreter import Interpreter
    from memtui.attach.maps import Mapping
    from memtui.attach.ptrace.thread import StoppedThread

#: The interpreter's state is one of its first allocations (in 3.9 and 3.10; in other versions it is part
#: of ``_PyRuntime``).
_HEAP_START = 8 << 20
#: More than Python's frames take from the payload up to the pending call.
_STACK_DEPTH = 256 << 10


def revoke(
    thread: StoppedThread,
    interpreter: Interpreter,
    mappings: Sequence[Mapping],
    function: int,
    argument: int,
) -> bool:
    """Replace queued calls of ``function(argument)``; ``thread`` is the stopped main thread.

    True if one was found.  False if none was found, or if the thread may be in it or about to call it.
    Raises ``OSError`` when the target is gone.
    """
    if not _in_hand(thread, mappings).isdisjoint((function, argument)):
        return False
    pattern = struct.pack("<QQ", function, argument)
    harmless = struct.pack("<Q", interpreter.functions["PyErr_CheckSignals"])
    for start, size in _places(interpreter, mappings):
        data = thread.memory.read(start, size)
        places = [match.start() for match in re.finditer(re.escape(pattern), data)]
        for at in places:
            thread.memory.write(start + at, harmless)
        if places:
            return True
    return False


def _in_hand(thread: StoppedThread, mappings: Sequence[Mapping]) -> set[int]:
    """All words in the thread's registers and on its stack.

    A thread inside the call has the argument there, because the stub keeps it in a register or saves it.
    """
    saved = thread.saved
    words = {int(getattr(saved, name)) for name, _ in saved._fields_}  # type: ignore[misc]
    red_zone = saved.rsp - 128 & ~7
    end = next((m.end for m in mappings if m.start <= saved.rsp < m.end), saved.rsp)
    size = min(end - red_zone, _STACK_DEPTH) & ~7
    if size > 0:
        words.update(struct.unpack(f"<{size // 8}Q", thread.memory.read(red_zone, size)))
    return words


def _places(interpreter: Interpreter, mappings: Sequence[Mapping]) -> Iterator[tuple[int, int]]:
    yield interpreter.runtime.address, interpreter.runtime.size
    for mapping in mappings:
        if mapping.path == "[heap]":
            yield mapping.start, min(mapping.end - mapping.start, _HEAP_START)
