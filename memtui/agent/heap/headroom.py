"""How much memory is left for this process, and the refusal of what needs more.

What a request takes is known only when it has been done; what it can take at most is known before.
A list of all tracked objects has 8 bytes for each, and an eighth more while it grows.  No counter has their
number, but each is at least one block of the interpreter's allocator, which counts its
blocks at no price, or one of more than 512 bytes beyond it.  That is the bound: up to a few times the
truth in a heap full of strings and numbers.  Once the objects were walked, it is their number then
and the blocks that came since.  Without that allocator (PYTHONMALLOC=malloc) the smallest object, 32
bytes with its header, gives the bound.
"""

from ..entry import guest
from ..objects.refusal import Refusal

posix = guest.posix

#: Bytes of the list of all tracked objects, for each of them.
_A_TRACKED = 10
#: A list of up to this size may be copied as it grows; a longer one is moved by the kernel.
_COPIED = 32 << 20
#: Bytes of the row that a request keeps for an object.
_A_ROW = 160
#: What a walk needs besides: slices, sets of ids, the table of the types, the answer.
_WORKING = 6 << 20
_LARGE_BLOCK, _SMALLEST = 512, 32
_PAGE = 4096
_CHUNK = 1 << 16
#: How the kernel writes "no limit" in version 1 of cgroups: the largest number of pages.
_UNLIMITED = 1 << 62

#: (objects, blocks, bytes resident) at the last walk.
_known = []


def check(meter, kept=0):
    """Refuse to walk all objects where there is no room for it, with the figures.

    ``kept`` is how many of them the request keeps at most.
    """
    objects = _at_most(*_measure(meter))
    tracked = objects * _A_TRACKED
    needed = tracked + min(tracked, _COPIED) + _WORKING + min(kept, objects) * _A_ROW
    free, where = left()
    if free is not None and free < needed:
        raise Refusal("no-headroom", objects=objects, needed=needed, free=free, where=where)


def learn(meter, objects):
    """There were so many tracked ``objects`` just now."""
    _known[:] = (objects, *_measure(meter))


def _measure(meter):
    return meter.hold(guest.sys.getallocatedblocks)[0], resident()


def _at_most(blocks, resident_now):
    """How many tracked objects there can be."""
    if not blocks:
        return resident_now // _SMALLEST
    bound = blocks + resident_now // _LARGE_BLOCK
    if _known:
        objects, before, resident_before = _known
        more = max(0, blocks - before) + max(0, resident_now - resident_before) // _LARGE_BLOCK
        bound = min(bound, objects + more)
    return bound


#: What limits the memory: the machine, our cgroup, RLIMIT_AS, RLIMIT_DATA.
_MACHINE, _CGROUP, _SPACE, _DATA = "machine", "cgroup", "address-space", "data"


def left():
    """(bytes, where): the smallest of what is left here; (None, "") where nothing can be read."""
    rooms = [*_machine(), *_cgroups(), *_limits()]
    return min(rooms) if rooms else (None, "")


def resident():
    """Resident memory of this process, bytes; 0 where /proc is not to be read."""
    return _pages(1)


def _pages(field):
    fields = read("/proc/self/statm").split()
    return int(fields[field]) * _PAGE if len(fields) > field else 0


def _machine():
    for line in read("/proc/meminfo").splitlines():
        if line.startswith(b"MemAvailable:"):
            yield int(line.split()[1]) * 1024, _MACHINE


def _limits():
    """What is left of the limits that the process itself has."""
    for line in read("/proc/self/limits").splitlines():
        for name, where, used in ((b"Max address space", _SPACE, 0), (b"Max data size", _DATA, 5)):
            if line.startswith(name):
                soft = line[len(name) :].split()[0]
                if soft.isdigit():
                    yield max(0, int(soft) - _pages(used)), where


def _cgroups():
    """What is left in our memory cgroup and in each one above it, of either version."""
    for line in read("/proc/self/cgroup").splitlines():
        _, controllers, path = [*line.split(b":", 2), b"", b""][:3]
        if not controllers:
            yield from _rooms(b"/sys/fs/cgroup", path, _VERSION_2)
            # Where both versions are mounted.
            yield from _rooms(b"/sys/fs/cgroup/unified", path, _VERSION_2)
        elif b"memory" in controllers.split(b","):
            yield from _rooms(b"/sys/fs/cgroup/memory", path, _VERSION_1)


#: The files with limits, the one with what is used, and what of that the kernel takes back first.
_VERSION_2 = (b"memory.max", b"memory.high"), b"memory.current", b"inactive_file"
_VERSION_1 = (b"memory.limit_in_bytes",), b"memory.usage_in_bytes", b"total_inactive_file"


def _rooms(root, path, version):
    limits, usage, cache = version
    path = path.strip(b"/")
    while True:
        folder = root + (b"/" + path if path else b"") + b"/"
        used = read(folder + usage).strip()
        for name in limits if used.isdigit() else ():
            limit = read(folder + name).strip()
            if limit.isdigit() and int(limit) < _UNLIMITED:
                spare = _field(read(folder + b"memory.stat"), cache)
                yield max(0, int(limit) - max(0, int(used) - spare)), _CGROUP
        if not path:
            return
        path = path.rpartition(b"/")[0]


def _field(text, name):
    for line in text.splitlines():
        if line.startswith(name + b" "):
            return int(line.split()[1])
    return 0


def read(path):
    """What the file says, bytes; empty if it cannot be read."""
    try:
        file = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC)
    except OSError:
        return b""
    try:
        data = b""
        while True:
            more = posix.read(file, _CHUNK)
            if not more:
                return data
            data += more
    except OSError:
        return b""
    finally:
        posix.close(file)
