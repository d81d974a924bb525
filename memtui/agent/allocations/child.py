"""Totals of tracemalloc taken in a forked child, so that the process itself stops for the fork only.

The list of all traces is built in one call that keeps the GIL: 0.18 to 0.38 µs a trace, 45 to 95 ms
at 250,000.  A fork stops the process for 2 ms there, and about 20 ms for each GiB it has resident.  It
has harms of its own, so it is not what happens to small ones: the application's at-fork hooks run;
pages that it writes meanwhile are copied; a SIGCHLD reaches it, and a process that waits for children
of its own (a prefork server's master) may reap ours; a lock that another thread held stays held in the
child, which may then never end and is killed after a deadline.
"""

from .. import wire
from ..entry import guest
from ..heap import headroom
from ..objects.refusal import Refusal, reason
from . import totals

posix = guest.posix

#: What the list of traces takes, bytes a trace: tuples, integers, the list itself.
BYTES_A_TRACE = 200
_CHUNK = 1 << 16
_SIGCHLD, _SIGKILL = 17, 9
#: What the kernel calls a process that sleeps, was stopped, or is held by a debugger.
_IDLE = b"S", b"T", b"t"

#: True in a child that was forked here, so that it is not taken for one of the application's.
forking = False


def obstacle(traces):
    """Why this process should not be forked now, as a reason; None: it may be.

    ``traces`` is how many there are at most.
    """
    if _has_children():
        return reason("has-children")
    resident = headroom.resident()
    needed = traces * BYTES_A_TRACE + resident // 2
    free, where = headroom.left()
    if free is None or free < needed:
        return reason("child-headroom", needed=needed, free=free, where=where)
    return None


def _has_children():
    """Whether the application has children, or handles SIGCHLD as one that expects some does."""
    for line in headroom.read("/proc/self/status").splitlines():
        if line.startswith(b"SigCgt:") and int(line.split()[1], 16) >> (_SIGCHLD - 1) & 1:
            return True
    try:
        threads = posix.listdir("/proc/self/task")
    except OSError:
        return False
    return any(headroom.read("/proc/self/task/%s/children" % thread).strip() for thread in threads)


def child_totals(tracemalloc, clock, patience):
    """A generator like :func:`totals.reduce`, for the traces that a child finds.

    ``clock()`` is in seconds.  After ``patience`` seconds a child that waits for something, or has had a
    processor for as long, is killed, and the request is refused; one that waits for a processor is not
    killed, for it runs only when no other process wants to.  OSError if there was no child.
    """
    deadline = clock() + patience
    reader, writer = posix.pipe2(posix.O_CLOEXEC)
    try:
        pid = _fork(lambda: _in_child(tracemalloc, writer), reader, writer)
    except BaseException:
        posix.close(reader)
        raise
    finally:
        posix.close(writer)
    ended = False
    try:
        posix.set_blocking(reader, False)
        data = []
        while not ended:
            # Before the last look into the pipe: what it waited for may have been that.
            hangs = clock() > deadline and _hangs(pid, patience)
            try:
                data.append(posix.read(reader, _CHUNK))
                ended = not data[-1]
            except BlockingIOError:
                if hangs:
                    raise Refusal("child-silent") from None
            yield
    finally:
        posix.close(reader)
        if not ended:
            _kill(pid)
        _reap(pid)
    answer = b"".join(data)
    if not answer:
        raise Refusal("child-died")
    return wire.unpack(answer)


def _fork(run, reader, writer):
    """The PID of a child that executes ``run``, which does not return.

    From 3.12 on ``os.fork`` warns in a process with threads, into the application's stderr and its
    warning filters, and 3.15 may raise; ``fork_exec`` does not, and has a place for a function to be
    called between fork and exec.
    """
    global forking
    forking = True
    try:
        return _fork_now(run, reader, writer)
    finally:
        forking = False


def _fork_now(run, reader, writer):
    if guest.sys.version_info < (3, 12):
        pid = posix.fork()
        if pid == 0:
            run()
        return pid
    descriptors = (-1,) * 6 + (reader, writer)
    identity = (-1, None, None, None, -1)
    # The last one, allow_vfork, went with 3.14.
    last = (run,) if guest.sys.version_info >= (3, 14) else (run, False)
    return guest.borrow("_posixsubprocess").fork_exec(
        [b""], [b""], False, (), None, None, *descriptors, False, False, *identity, *last
    )


def _in_child(tracemalloc, writer):
    """Reduce, write, end.  Nothing of the application runs here after its own at-fork hooks."""
    code = 1
    try:
        _step_back()
        traces = tracemalloc._get_traces()
        # It would go on tracing what we do here, at 2 µs an allocation.
        tracemalloc.stop()
        work = totals.reduce(traces)
        while True:
            try:
                next(work)
            except StopIteration as done:
                answer = wire.pack(done.value)
                break
        while answer:
            answer = answer[posix.write(writer, answer) :]
        code = 0
    finally:
        posix._exit(code)


def _step_back():
    """Make this child the first to go if memory gets short, and the last to run."""
    # A collection here would write to every page that is shared with the parent.
    guest.gc.disable()
    try:
        posix.nice(19)
        file = posix.open("/proc/self/oom_score_adj", posix.O_WRONLY | posix.O_CLOEXEC)
        posix.write(file, b"1000")
        posix.close(file)
    except OSError:
        pass


def _hangs(pid, patience):
    """Whether the child sleeps or is stopped, or has run for ``patience`` seconds."""
    fields = headroom.read("/proc/%d/stat" % pid).rpartition(b")")[2].split()
    if not fields:
        return True
    ran = (int(fields[11]) + int(fields[12])) / posix.sysconf("SC_CLK_TCK")
    return fields[0] in _IDLE or ran >= patience


def _kill(pid):
    try:
        posix.kill(pid, _SIGKILL)
    except OSError:
        return


def _reap(pid):
    try:
        posix.waitpid(pid, 0)
    except OSError:
        # Somebody else's wait() was faster, or SIGCHLD is ignored: it is gone all the same.
        return
