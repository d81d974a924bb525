"""The threads that run Python: who they are, since when, and where each of them is."""

from ..entry import guest
from ..objects import kinds, listening, names, preview, reading

VERB = {
    "args": {},
    "walks": False,
    "changes": False,
}

#: Callers that are shown of each thread, the innermost first.
_DEEP = 8
#: Threads that are described in a slice.
_PACE = 20
_LONGEST = 300
#: Time since the machine was booted, what the kernel counts the start of a thread by.
_BOOTTIME = 7
_thread = guest.borrow("_thread", "get_ident")
_clock_gettime = guest.borrow("time", "clock_gettime").clock_gettime
_current_frames = guest.sys._current_frames
#: Newer ones know the class of a method; older ones the name alone.
_NAME_OF_CODE = "co_qualname" if guest.sys.version_info >= (3, 11) else "co_name"


def threads(_session, _meter):
    """Verb: each thread but the agent's, with its innermost calls.

    A thread is ``[id, native id, name, daemon, target, age, calls]``, where ``threading`` does not
    know it with nil for most.  ``age`` is in microseconds.  ``calls`` is nil where it cannot be read safely.
    """
    yield None
    ours = (_thread.get_ident(), listening.thread())
    stacks = _stacks() if guest.has_gil else {}
    known = _known()
    now = _clock_gettime(_BOOTTIME)
    rows = []
    for ident in sorted(set(stacks) | set(known)):
        if ident not in ours:
            rows.append([ident, *_described(known.get(ident), now), stacks.get(ident)])
            if not len(rows) % _PACE:
                yield None
    known.clear()
    return {"threads": rows, "calls_readable": guest.has_gil}


def _stacks():
    """The innermost calls of all threads, by identifier: ``[function, file, line]`` of each.

    In one call into C, for no frame may be held while other threads run: what a function that ends
    meanwhile leaves behind would be destroyed in this thread, with finalizers of the application.
    Without a GIL there is no such moment.
    """
    found = list(zip(*_columns()))
    stacks = {}
    for ident, *places in found:
        pairs = zip(places[::2], places[1::2])
        stacks[ident] = [_call(code, line) for code, line in pairs if code is not None]
    return stacks


def _columns():
    """Iterators that have read nothing yet: identifiers, then code and line of each level.

    Who asks for their first items has the frames made; they die with the iterators.
    """
    repeat, tee, itemgetter = guest.itertools.repeat, guest.itertools.tee, guest.operator.itemgetter

    def read(items, name):
        return map(getattr, items, repeat(name), repeat(None))

    # An iterator that asks once: the dict of the frames lives within it, too.
    asked = guest.itertools.islice(iter(_current_frames, None), 1)
    pairs, more = tee(guest.itertools.chain.from_iterable(map(dict.items, asked)))
    columns, frames = [map(itemgetter(0), pairs)], map(itemgetter(1), more)
    for level in range(_DEEP):
        codes, lines, *callers = tee(frames, 3 if level < _DEEP - 1 else 2)
        columns += [read(codes, "f_code"), read(lines, "f_lineno")]
        frames = read(callers[0], "f_back") if callers else None
    return columns


def _call(code, line):
    return [_cut(getattr(code, _NAME_OF_CODE)), _cut(code.co_filename), line]


def _known():
    """What ``threading`` has of threads that run, by identifier."""
    threading = guest.entry(guest.sys.modules, "threading")
    active = guest.entry(threading.__dict__, "_active") if type(threading) is kinds.module else None
    if type(active) is not dict:
        return {}
    return {ident: thread for ident, thread in dict(active).items() if type(ident) is int}


def _described(thread, now):
    if thread is None:
        return [None] * 5
    native = _attribute(thread, "_native_id", int)
    name = _attribute(thread, "_name", str)
    return [
        native,
        None if name is None else _cut(name),
        _attribute(thread, "_daemonic", bool),
        _target(thread),
        None if native is None else _age(native, now),
    ]


def _attribute(thread, name, kind):
    try:
        value = reading.attribute(thread, name)
    except reading.ReadError:
        return None
    return value if type(value) is kind else None


def _target(thread):
    """What the thread runs: its target, else the ``run`` of its class where that is not threading's."""
    try:
        target = reading.attribute(thread, "_target")
    except reading.ReadError:
        target = None
    kind = type(thread)
    if target is not None:
        plain = type(target) is kinds.function or type(target) is kinds.method
        return _cut(preview.of(target)[0] if plain else names.name_of(type(target)))
    if names.module_of(kind) == "threading":
        return None
    return _cut(names.name_of(kind) + ".run")


def _age(native, now):
    """How long ago a thread began, in microseconds; None where the kernel does not say."""
    posix = guest.posix
    try:
        file = posix.open("/proc/self/task/%d/stat" % native, posix.O_RDONLY | posix.O_CLOEXEC)
    except OSError:
        return None
    try:
        # The second field is a name, in parentheses, that may hold any character.
        fields = posix.read(file, 1024).rpartition(b")")[2].split()
    except OSError:
        return None
    finally:
        posix.close(file)
    start = int(fields[19]) / posix.sysconf("SC_CLK_TCK")
    return max(0, int((now - start) * 1e6))


def _cut(text):
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
