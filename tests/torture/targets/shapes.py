"""Targets of an odd shape: many threads, few descriptors, no main thread, traced, forking, replaced, about to end."""

import os
import resource
import sys
import threading
import time

import board
import busy


def threads():
    """2,000 threads that wait, and one that works."""
    threading.stack_size(128 * 1024)
    gate = threading.Lock()
    gate.acquire()
    for _ in range(2000):
        threading.Thread(target=gate.acquire, daemon=True).start()
    threading.stack_size(0)
    board.ready()
    busy.busy()


def main_waits():
    """The main thread is at its end and waits for the others, as the interpreter does at exit."""
    threading.Thread(target=busy.busy).start()
    board.ready()


def main_ended():
    """The main thread is gone (pthread_exit), another one keeps working."""
    import ctypes

    threading.Thread(target=busy.busy).start()
    exit_thread = ctypes.CDLL(None).pthread_exit
    board.ready()
    exit_thread(None)


def settrace():
    mine = threading.local()

    def trace(frame, event, argument):
        mine.events = getattr(mine, "events", 0) + 1
        return trace

    def work():
        while True:
            before = getattr(mine, "events", 0)
            busy_once()
            board.check(mine.events > before, "the trace function saw nothing of a call")

    threading.settrace(trace)
    sys.settrace(trace)
    threading.Thread(target=work, daemon=True).start()
    board.ready()
    while True:
        busy_once()
        board.check(sys.gettrace() is trace, "the trace function was replaced")


def busy_once():
    return sum([i * i for i in range(200)])


def coverage():
    import coverage as package

    measured = package.Coverage(data_file=None)
    measured.start()
    threading.Thread(target=busy.busy, daemon=True).start()
    board.ready()
    while True:
        busy_once()
        board.check(package.Coverage.current() is measured, "coverage stopped")


def fork_loop():
    """Forks for ever; every child runs Python and must end with its own status."""
    board.ready()
    while True:
        pid = os.fork()
        if not pid:
            os._exit(5 if busy_once() == 2646700 and not hasattr(sys, "_memtui_agent") else 6)
        status = os.waitpid(pid, 0)[1]
        board.check(status == 5 << 8, "a forked child ended with %#x" % status)


def exec_loop():
    """Replaces itself by a new interpreter every half second or so."""
    board.ready()
    end = time.monotonic() + 0.4
    while time.monotonic() < end:
        board.check(busy_once() == 2646700, "a sum is wrong")
    os.execv(sys.executable, [sys.executable, *sys.argv])


def ends():
    """Ends by itself while it is being attached to, at the moment that MEMTUI_TORTURE_TURN gives."""
    delay = float(os.environ.get("MEMTUI_TORTURE_TURN", "0")) % 20 * 0.06
    board.ready()
    end = time.monotonic() + delay
    while time.monotonic() < end:
        board.check(busy_once() == 2646700, "a sum is wrong")
    os.write(1, b"bye\n")


def fds_few():
    """Three descriptors are left."""
    _fill(leave=3)
    board.ready()
    busy.busy()


def fds_none():
    """No descriptor is left at all: nothing can get in, and memtui has to say so."""
    _fill(leave=0)
    board.ready()
    busy.busy()


def _fill(leave):
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    held = []
    try:
        while True:
            held.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        pass
    for fd in held[len(held) - leave :]:
        os.close(fd)


def fds_many():
    """200,000 open descriptors, or as many as this user may open."""
    wanted = 200000
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted + 100, wanted + 100))
    except (OSError, ValueError):
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        wanted = min(wanted, hard - 100)
    for _ in range(wanted):
        os.dup(0)
    board.put(board.COUNT, wanted)
    board.ready()
    busy.busy()


def subinterpreter():
    """A thread is busy in a subinterpreter (with a GIL of its own from 3.13 on), the main thread waits."""
    run = _interpreter()
    threading.Thread(target=run, args=(_BUSY,), daemon=True).start()
    board.ready()
    while True:
        time.sleep(0.4)
        board.check(threading.active_count() >= 2, "the subinterpreter's thread ended")


def subinterpreter_ends():
    """Subinterpreters are made, used and ended one after the other, in a thread; the main thread waits."""
    module = _interpreters()

    def come_and_go():
        while True:
            mine = module.create()
            _runner(module, mine)(_TURN.replace("0.5", "0.05"))
            module.destroy(mine)
            board.right()

    threading.Thread(target=come_and_go, daemon=True).start()
    board.ready()
    while True:
        time.sleep(0.4)
        board.check(threading.active_count() >= 2, "the thread ended")


def subinterpreter_main():
    """The main thread itself runs in a subinterpreter, in turns of half a second."""
    run = _interpreter()
    board.ready()
    while True:
        run(_TURN)
        board.right()


# Before 3.12 a thread of another interpreter cannot ask for the GIL: without the sleeps no other thread would ever run.
_TURN = """
import time
end = time.monotonic() + 0.5
while time.monotonic() < end:
    for _ in range(2000):
        assert sum([i for i in range(10)]) == 45
    time.sleep(0.0001)
"""
_BUSY = "while True:" + _TURN.replace("\n", "\n    ")


def _interpreters():
    try:
        import _interpreters as module
    except ImportError:
        import _xxsubinterpreters as module
    return module


def _interpreter():
    module = _interpreters()
    return _runner(module, module.create())


def _runner(module, mine):
    if hasattr(module, "exec"):

        def run(code):
            failed = module.exec(mine, code)
            if failed is not None:
                board.wrong("the subinterpreter raised %s" % (failed,))

        return run
    return lambda code: module.run_string(mine, code)


if __name__ == "__main__":
    globals()[sys.argv[1]]()
