"""A target that says exactly what it has: it waits in a call that keeps no object, and holds what it counted."""

import _thread
import atexit  # noqa: F401 (a listener needs it)
import gc
import json
import os
import select  # noqa: F401 (the interpreter has a table of what was loaded from files)
import socket  # noqa: F401 (the same)
import sys
import tracemalloc  # noqa: F401 (the same)


try:
    # A listener asks it whether this is the main interpreter.
    import _xxsubinterpreters  # noqa: F401
except ImportError:
    pass


class Thing:
    def __init__(self, number):
        self.number = number
        self.inside = [number]


class Holder:
    def __init__(self, things):
        self.things = things


def called(thing, *rest, **named):
    return [thing, rest, named]


def numbers(many):
    for number in range(many):
        yield [number]


def counts(objects):
    module, name = type.__dict__["__module__"], type.__dict__["__qualname__"]
    found = {}
    for each in objects:
        kind = type(each)
        place, called = module.__get__(kind), name.__get__(kind)
        text = called if place == "builtins" else "%s.%s" % (place, called)
        found[text] = found.get(text, 0) + 1
    return found


def collect():
    """A tuple of tuples is tracked until a collection after the one that stops tracking those."""
    for _ in range(5):
        gc.collect()


def settle():
    """From here on nothing of what there is goes away; says how much of it there is, by type."""
    global kept
    collect()
    gc.disable()
    kept = gc.get_objects()
    print(json.dumps(counts(kept)))


def reached():
    """Prints the ids of all that was there, and of all that it leads to."""
    known = {id(each): each for each in kept}
    known[id(kept)] = kept
    todo = list(kept)
    while todo:
        todo = [each for each in gc.get_referents(*todo) if id(each) not in known]
        known.update((id(each), each) for each in todo)
    print(json.dumps(list(known)))


def hold():
    waiting = b""
    os.write(1, b"READY\n")
    while True:
        while b"\n" not in waiting or len(waiting) - waiting.index(b"\n") <= int(
            waiting.split(b"\n")[0]
        ):
            got = os.read(0, 1 << 16)
            if not got:
                return
            waiting += got
        start = waiting.index(b"\n") + 1
        end = start + int(waiting[: start - 1])
        text, waiting = waiting[start:end], waiting[end:]
        try:
            exec(text.decode(), sys.modules["__main__"].__dict__)
        except Exception as error:
            sys.stderr.write("%s: %s\n" % (type(error).__name__, error))
        del text
        sys.stdout.flush()
        os.write(1, b"DONE\n")


if __name__ == "__main__":
    things = [Thing(number) for number in range(50)]
    holders = [Holder(things), {"things": things}, (things,)]
    waiting = numbers(9)
    next(waiting)
    # The interpreter makes a tuple of the names of parameters at the first call of some functions.
    int.from_bytes(b"1", byteorder="big", signed=False)
    compile("1", "", "exec")
    max([1], default=min([1], default=0))
    print(end="", sep="", file=sys.stdout, flush=True)
    os.register_at_fork(after_in_child=gc.isenabled)
    # A function has this dict from when somebody asks for it, and who watches it does.
    # At the start of the first thread a free-threaded interpreter takes some objects out of its lists.
    _thread.start_new_thread(len, ((),))
    vars(called), vars(numbers), called.__code__.replace(co_name="called")
    hold()
