"""Tells all that a program can see of how it was started, now and when Python ends; then fails as it is asked to."""

import atexit
import os
import pickle
import signal
import sys
import threading


class State(object):
    def __init__(self):
        self.rows = [1, 2, 3]


state = State()
over = threading.Event()


def main_module():
    names = ("__name__", "__file__", "__package__", "__cached__", "__doc__")
    space = sys.modules["__main__"].__dict__
    told = {name: space.get(name, "absent") for name in names}
    told["builtins"] = type(space.get("__builtins__")).__name__
    told["loader"] = (
        type(space.get("__loader__")).__name__,
        str(getattr(space.get("__loader__"), "path", None)),
    )
    spec = space.get("__spec__")
    told["spec"] = spec and (spec.name, spec.origin, spec.has_location, spec.parent)
    told["names"] = sorted(space)
    return told


def tell():
    return {
        "main": main_module(),
        "argv": sys.argv,
        "orig_argv": getattr(sys, "orig_argv", None),
        "executable": (sys.executable, sys.prefix, sys.base_prefix),
        "path": sys.path,
        "importers": sorted(sys.path_importer_cache),
        "flags": str(sys.flags),
        "options": (sys.warnoptions, sys._xoptions),
        # It cannot be taken out again: in 3.8 and 3.9 each copy of it forgets what another was told.
        "modules": sorted(set(sys.modules) - {"atexit"}),
        "hooks": (
            [getattr(each, "__name__", type(each).__name__) for each in sys.meta_path],
            [each.__name__ for each in sys.path_hooks],
        ),
        "excepthook": sys.excepthook is sys.__excepthook__,
        "environment": sorted(os.environ.items()),
        "command": open("/proc/self/cmdline").read(),
        "name": open("/proc/self/comm").read(),
        "folder": os.getcwd(),
        "threads": [thread.name for thread in threading.enumerate()],
        "signals": [(n, str(signal.getsignal(n))) for n in range(1, 32)]
        + sorted(signal.pthread_sigmask(0, ())),
        "streams": [
            (s.name, s.mode, s.encoding, s.errors, s.line_buffering)
            for s in (sys.stdin, sys.stdout, sys.stderr)
        ],
        "stdin": "" if sys.argv[0] == "-" else sys.stdin.read(),
    }


def show(told, when):
    for key in sorted(told):
        print("%s %s: %r" % (when, key, told[key]), flush=True)


def pickled(where):
    try:
        print(where, len(pickle.dumps(state)), flush=True)
    except Exception as error:
        print(where, repr(error), flush=True)


def outlive():
    over.wait()
    threading.main_thread().join()
    pickled("in a thread")


@atexit.register
def last():
    pickled("at exit")
    show({"main": main_module()}, "at exit")


threading.Thread(target=outlive).start()
show(tell(), "at first")
how = sys.argv[1]
over.set()
if how == "raise":
    raise ValueError("as it was asked to")
if how == "text":
    sys.exit("why it ends")
if how == "interrupt":
    raise KeyboardInterrupt
if how == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
if how != "end":
    sys.exit(int(how))
