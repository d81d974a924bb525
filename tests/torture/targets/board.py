"""The board: one mapped file on which a target reports to the torture, without a lock, socket or print.

A target calls ``ready()`` in the process and thread to be attached to, then ``right()`` for each piece of work whose
result it checked and ``wrong(text)`` for one that is not what it must be.  With ``MEMTUI_TORTURE_BEAT=1`` a thread
beats every millisecond, notes every gap above 2 ms with its end (CLOCK_MONOTONIC, the clock of all processes) and
answers, when asked, with the state of this interpreter from the inside.  Python 3.8, standard library only; the beat
takes the functions it needs from the modules before anything patches them.
"""

import _thread
import gc
import json
import mmap
import os
import signal
import struct
import sys
import threading
import time
import traceback
import warnings

from layout import (
    ANSWER,
    ANSWER_SPACE,
    ANSWERED,
    ASK,
    BEATS,
    COUNT,
    GAPS,
    LENGTH,
    PID,
    PORT,
    RIGHT,
    RING,
    RING_SLOTS,
    SIZE,
    WRONG,
    WRONG_LENGTH,
    WRONG_SPACE,
    WRONG_TEXT,
)

NOTED_GAP = 0.002

_start, _sleep, _now, _exit = _thread.start_new_thread, time.sleep, time.monotonic, os._exit
_read = os.read
_with_beat = os.environ.get("MEMTUI_TORTURE_BEAT") == "1"
with open(os.environ["MEMTUI_TORTURE_BOARD"], "r+b") as _file:
    _map = mmap.mmap(_file.fileno(), SIZE)


def get(place):
    return struct.unpack_from("<q", _map, place)[0]


def put(place, value):
    struct.pack_into("<q", _map, place, value)


def right(more=1):
    """Some work was done and its result is right."""
    put(RIGHT, get(RIGHT) + more)


def wrong(text):
    """Some work gave a wrong result: harm."""
    data = text.encode("utf-8", "replace")[:WRONG_SPACE]
    _map[WRONG_TEXT : WRONG_TEXT + len(data)] = data
    put(WRONG_LENGTH, len(data))
    put(WRONG, get(WRONG) + 1)


def check(condition, text):
    right() if condition else wrong(text)


def thread(function, *args):
    """Start a thread that no patch and no trace function sees; an exception in it is harm."""

    def run():
        try:
            function(*args)
        except BaseException:
            wrong("thread: " + traceback.format_exc()[-600:])

    return _start(run, ())


def pokes(act):
    """Start a thread that calls ``act(byte)`` for each byte on stdin and ends the process with stdin."""

    def read():
        while True:
            data = _read(0, 1)
            if not data:
                _exit(0)
            act(data)

    thread(read)


def ready():
    """The target is in its hardest state, with all its threads: attach now.  Only the first call counts."""
    if get(PID):
        return
    if _with_beat:
        # Signals are for the target's own threads: the beat would otherwise share its storm.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        thread(_beat)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    put(PID, os.getpid())


def _beat():
    head, last = 0, _now()
    while True:
        _sleep(0.001)
        now = _now()
        gap, last = now - last, now
        put(BEATS, get(BEATS) + 1)
        if gap > NOTED_GAP:
            struct.pack_into("<dd", _map, RING + head % RING_SLOTS * 16, now, gap)
            head += 1
            put(GAPS, head)
        if get(ASK) != get(ANSWERED):
            _answer()
            last = _now()


def _answer():
    asked = get(ASK)
    data = json.dumps(looks()).encode()[:ANSWER_SPACE]
    _map[ANSWER : ANSWER + len(data)] = data
    put(LENGTH, len(data))
    put(ANSWERED, asked)


def looks():
    """Everything of this interpreter that memtui must leave as it was."""
    import builtins

    return {
        "modules": sorted(sys.modules),
        "path": list(sys.path),
        "meta_path": len(sys.meta_path),
        "path_hooks": len(sys.path_hooks),
        "importer_cache": len(sys.path_importer_cache),
        "sys": sorted(name for name in vars(sys) if name not in ("last_value", "last_exc")),
        "builtins": sorted(vars(builtins)),
        "main": sorted(vars(sys.modules["__main__"])),
        "gc": [gc.isenabled(), gc.get_threshold(), gc.get_debug(), len(gc.callbacks)],
        "gc.garbage": len(gc.garbage),
        "gc.freeze": gc.get_freeze_count(),
        "switch_interval": sys.getswitchinterval(),
        "recursion_limit": sys.getrecursionlimit(),
        "warnings": [len(warnings.filters), getattr(warnings, "showwarning", None).__module__],
        "hooks": [sys.excepthook.__module__, sys.displayhook.__module__],
        "stack_size": _thread.stack_size(),
        "trace": repr(type(sys.gettrace())),
        "threading.trace": repr(type(getattr(threading, "_trace_hook", None))),
        "threading": threading.active_count(),
        "threads": _thread._count(),
        "signals": [_handler(number) for number in sorted(signal.valid_signals())],
        "cwd": os.getcwd(),
        "umask": _umask(),
        "environment": sorted(os.environ),
        "tracemalloc": getattr(sys.modules.get("tracemalloc"), "is_tracing", bool)(),
        "flags": repr(sys.flags),
    }


def _handler(number):
    handler = signal.getsignal(number)
    return getattr(handler, "__qualname__", None) or repr(handler)


def _umask():
    try:
        with open("/proc/self/status") as status:
            return next((line for line in status if line.startswith("Umask")), "")
    except OSError:  # no descriptor left: that is a kind of its own
        return ""
