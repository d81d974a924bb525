"""A target that replaced what gevent and eventlet replace; nobody may call the replacements.

The C functions are kept nowhere, so that only pristine copies can be used.
"""

import _thread
import functools
import select
import socket
import sys
import threading
import time

from holding import hold

CALLED = []


def spy(name):
    def replacement(*args, **kwargs):
        CALLED.append(name)
        raise RuntimeError(name)

    return replacement


MODULES = {
    name: sys.modules[name] for name in ("_thread", "time", "select", "_socket", "functools")
}
for name in ("start_new_thread", "start_new", "start_joinable_thread", "allocate_lock"):
    if hasattr(_thread, name):
        setattr(_thread, name, spy(name))
threading._start_new_thread = spy("threading._start_new_thread")
for name in ("sleep", "time", "time_ns", "monotonic", "perf_counter", "perf_counter_ns"):
    setattr(time, name, spy(name))
select.select = select.poll = spy("select")
del select.epoll


def intact():
    same = all(sys.modules[name] is module for name, module in MODULES.items())
    patched = not hasattr(select, "epoll") and time.sleep.__name__ == "replacement"
    return same and patched and _thread.start_new_thread.__name__ == "replacement"


hold()
