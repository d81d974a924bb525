"""Targets in a signal storm, and one that counts every signal it is sent."""

import os
import signal
import sys
import time

import board
import busy

#: A real-time signal that neither C library uses itself; theirs begin at different numbers in glibc and musl.
COUNTED = 40


def _nothing(_number, _frame):
    pass


def alarm():
    signal.signal(signal.SIGALRM, _nothing)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    board.ready()
    busy.busy()


def alarm_sleep():
    signal.signal(signal.SIGALRM, _nothing)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    board.ready()
    while True:
        before = time.monotonic()
        time.sleep(0.4)
        took = time.monotonic() - before
        board.check(0.398 <= took < 1.9, "sleep under signals took %.4f s" % took)


def profile():
    signal.signal(signal.SIGPROF, _nothing)
    signal.setitimer(signal.ITIMER_PROF, 0.001, 0.001)
    board.ready()
    busy.busy()


def child():
    signal.signal(signal.SIGCHLD, _nothing)
    board.ready()
    while True:
        pid = os.fork()
        if not pid:
            os._exit(3)
        status = os.waitpid(pid, 0)[1]
        board.check(status == 3 << 8, "a child ended with %#x" % status)


def counted():
    """Counts a real-time signal by the wake-up descriptor, which gets one byte a signal, also if handlers coalesce."""
    out, into = os.pipe()
    os.set_blocking(into, False)
    signal.set_wakeup_fd(into)
    signal.signal(COUNTED, _nothing)

    def count():
        while True:
            board.put(board.COUNT, board.get(board.COUNT) + len(os.read(out, 4096)))

    board.thread(count)
    board.ready()
    busy.busy()


if __name__ == "__main__":
    globals()[sys.argv[1]]()
