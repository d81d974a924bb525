"""Runs a program, and tells what is in it by its own means: what a report says of it is compared with that.

``python witness.py PROGRAM`` executes the file in ``__main__``.  For each line on stdin, a thread answers with
one that begins with WITNESS: the numbers of objects by type, the lengths of containers by address, what the
program's own ``counters()`` gives, if it has one, and what it is asked about some addresses.
Runs on 3.8; standard library only.
"""

import collections
import functools
import gc
import json
import queue
import sys
import threading
import time

BUILTIN = (dict, list, set, collections.deque)
#: Shorter containers are not told, and of the others only so many, the longest.
LEAST, MOST = 5, 3000


def name_of(kind):
    # Classes that memtui is taking apart may have none.
    module = getattr(kind, "__module__", "?")
    if not isinstance(module, str):
        module = "?"
    return kind.__qualname__ if module == "builtins" else module + "." + kind.__qualname__


def beside(file):
    """Whether a module of this file is the program's own."""
    return file is not None and "site-packages" not in file and not file.startswith(sys.base_prefix)


def untracked(objects):
    """Containers that the collector does not track: they hold only atoms."""
    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "") == "__main__" or beside(
            getattr(module, "__file__", None)
        ):
            objects = [*objects, *list(vars(module).values())]
    inside = {id(each): each for each in gc.get_referents(*objects) if type(each) in BUILTIN}
    return list(inside.values())


def cache_of(each):
    """The ``lru_cache`` whose entries a dict has, or None."""
    cache = type(functools.lru_cache()(len))
    return next((o for o in gc.get_referrers(each) if isinstance(o, cache)), None)


def limit_of(each):
    """The bound that a container says it has, or that what it belongs to says."""
    if isinstance(each, collections.deque) and each.maxlen is not None:
        return each.maxlen
    if cache_of(each) is not None:
        return cache_of(each).cache_info().maxsize
    waiting = [queue.Queue]
    if "asyncio" in sys.modules:
        waiting.append(sys.modules["asyncio"].Queue)
    for owner in gc.get_objects():
        if type(owner) in waiting and each in (vars(owner).get("queue"), vars(owner).get("_queue")):
            return owner.maxsize or None
    return None


def kept_in(each, levels=4):
    """The types of what is in a container, a few levels down."""
    layer = [every for every in (each, cache_of(each)) if every is not None]
    found, known = collections.Counter(), {id(each)}
    for _ in range(levels):
        below = []
        for inner in gc.get_referents(*layer):
            if id(inner) not in known and not isinstance(inner, type(sys)):
                known.add(id(inner))
                below.append(inner)
        found.update(name_of(type(inner)) for inner in below)
        layer = [inner for inner in below if not isinstance(inner, type)][:20000]
        if not layer:
            break
    return dict(found)


def testify(asked):
    if asked.get("collect"):
        gc.collect()
    # No comprehension may use this name: its cell would be among the objects, a cycle.
    objects = gc.get_objects()
    types = collections.Counter(map(type, objects))
    containers = {
        id(each): each
        for each in [*objects, *untracked(objects)]
        if isinstance(each, BUILTIN) and len(each) >= LEAST
    }
    told = sorted(containers, key=lambda address: -len(containers[address]))[:MOST]
    told += [address for address in asked["addresses"] if address in containers]
    wanted = {
        address: containers[address] for address in asked["addresses"] if address in containers
    }
    answer = {
        "at": time.time(),
        "objects": len(objects),
        "types": collections.Counter(),
        "lengths": {address: len(containers[address]) for address in told},
        "counters": sys.modules["__main__"].__dict__.get("counters", dict)(),
        "threads": threading.active_count(),
        "limits": {address: limit_of(each) for address, each in wanted.items()},
        "kept": {address: kept_in(each) for address, each in wanted.items()},
        "entries": {address: sum(map(id, list(containers[address])[:20000])) for address in told},
    }
    for kind, many in types.items():
        answer["types"][name_of(kind)] += many
    return answer


def answer_all(out):
    for line in sys.stdin:
        try:
            told = testify(json.loads(line))
        except Exception as error:
            told = {"error": repr(error)}
        # Not sys.stdout: the program may put something else there.
        out.write("WITNESS " + json.dumps(told) + "\n")
        out.flush()


def main():
    with open(sys.argv[1]) as file:
        code = compile(file.read(), sys.argv[1], "exec")
    threading.Thread(target=answer_all, args=(sys.stdout,), name="witness", daemon=True).start()
    space = sys.modules["__main__"].__dict__
    for name in [each for each in space if not each.startswith("__")]:
        del space[name]
    sys.argv = sys.argv[1:]
    exec(code, space)


if __name__ == "__main__":
    # As a module of its own, so that ``__main__`` is the program's.
    import witness

    witness.main()
