"""Programs that took away, replaced or used up what a guest would rely on; the first argument says which."""

import builtins
import gc
import os
import sys
import threading

from holding import hold

CALLED = []


def replaced(name):
    def replacement(*args, **kwargs):
        CALLED.append(name)
        raise RuntimeError(name)

    return replacement


def shadowed():
    """The script has functions of its own by the names of builtins."""
    names = "exec compile getattr globals type map BaseException __build_class__".split()
    sys.modules["__main__"].__dict__.update({name: replaced(name) for name in names})
    hold()


def nameless():
    """``__main__`` is not a module any more."""

    class Main(object):
        pass

    main = Main()
    main.__dict__.update(sys.modules["__main__"].__dict__)
    main.main = sys.modules["__main__"] = main
    hold()


#: Those that our own ``hold`` does not need are replaced for good, the others while it does not run.
REPLACED = "__import__ open compile any all max min sum sorted map list id hasattr delattr issubclass".split()
GENUINE = {name: getattr(builtins, name) for name in REPLACED + ["exec"]}


def replace():
    for name in GENUINE:
        setattr(builtins, name, replaced(name))


def restore():
    for name in GENUINE:
        setattr(builtins, name, GENUINE[name])


def builtins_replaced():
    """Builtins are the application's own."""
    import traceback

    out, source = sys.stdout, sys.stdin.buffer
    out.write("READY\n")
    replace()
    out.flush()
    while True:
        line = source.readline()
        if not line:
            return
        text = source.read(int(line)).decode("utf-8")
        try:
            GENUINE["exec"](text, sys.modules["__main__"].__dict__)
        except Exception:
            traceback.print_exc()
        out.write("DONE\n")
        out.flush()


def deep():
    """The main thread works, with hardly a call left until the limit of recursion."""
    depths = []

    def sink(depth):
        depths.append(depth)
        sink(depth + 1)

    def work(depth):
        if depth:
            return work(depth - 1)
        os.write(1, b"READY\n")
        while True:
            pass

    try:
        sink(0)
    except RecursionError:
        work(depths.pop() - 4)


def streams_closed():
    """Its streams have other numbers than 0 to 2, and those are closed."""
    source, out = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "w")
    for number in (0, 1, 2):
        os.close(number)

    class Source(object):
        buffer = source

    sys.stdin, sys.stdout = Source(), out
    hold()


def asking():
    """The application asks in every collection which thread it is."""
    gc.callbacks.append(lambda *_: CALLED.append(threading.current_thread().name))
    gc.set_threshold(10)
    hold()


def modules_replaced():
    """``sys.modules`` is a mapping of the application's own."""

    class Modules(dict):
        def __getitem__(self, name):
            CALLED.append(name)
            return dict.__getitem__(self, name)

        def get(self, name, default=None):
            CALLED.append(name)
            return dict.get(self, name, default)

        def __contains__(self, name):
            CALLED.append(name)
            return dict.__contains__(self, name)

    sys.modules = Modules(sys.modules)
    hold()


def libraries_gone():
    """Nothing more can be loaded."""
    del sys.path[:]
    hold()


def audited():
    """A hook forbids what the second argument says, when others than the application do it."""

    def hook(event, arguments):
        if event == sys.argv[2] and "memtui" in repr(arguments):
            raise RuntimeError(event + " is forbidden")

    sys.addaudithook(hook)
    hold()


def threadless():
    """It runs, as a user who may have no more threads."""
    import resource

    resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
    os.setgroups([])
    os.setresgid(60123, 60123, 60123)
    os.setresuid(60123, 60123, 60123)
    os.write(1, b"READY\n")
    while True:
        pass


if __name__ == "__main__":
    globals()[sys.argv[1]]()
