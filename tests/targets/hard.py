"""Targets that are hard to get into.  Usage: hard.py KIND; it says READY and then does that for ever.

Runs on every Python from 3.8 on; kinds that change the process for good say what they do.
"""

import os
import signal
import socket
import sys
import threading
import time


def churn():
    while True:
        [{"a": i, "b": [i]} for i in range(500)]


def allocate():
    while True:
        [bytearray(n) for n in range(500, 60000, 613)]


def background(work, count=1):
    for _ in range(count):
        threading.Thread(target=work, daemon=True).start()


def sleep():
    return lambda: time.sleep(1000)


def busy():
    return churn


def malloc():
    background(allocate, 2)
    return allocate


def contend():
    background(churn, 3)
    return churn


def accept():
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(1)
    return server.accept


def join():
    background(sleep())
    return threading.enumerate()[-1].join


def event():
    background(churn)
    return threading.Event().wait


def lock():
    own = threading.Lock()
    own.acquire()
    return own.acquire


def epoll():
    import asyncio

    loop = asyncio.new_event_loop()
    return lambda: loop.run_until_complete(asyncio.sleep(1000))


def pipe():
    reader = os.pipe()[0]
    return lambda: os.read(reader, 1)


def child():
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(writer)
        os.read(reader, 1)  # until its parent is gone
        os._exit(0)
    return lambda: os.waitpid(pid, 0)


def storm():
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    return churn


def count():
    """Counts what it writes: a step done twice or left out shows in the file's length."""
    ends = []
    signal.signal(signal.SIGUSR1, lambda *_: ends.append(1))

    def rest():
        reader, writer = os.pipe()
        steps = seen = 0
        while not ends:
            steps += 1
            os.write(writer, b"x")
            seen += len(os.read(reader, 2))
            if steps % 20000 == 0:
                print("TICK", flush=True)
        print("RIGHT" if steps == seen else "WRONG", flush=True)

    return rest


def collect():
    import gc

    kept = [[i] for i in range(300000)]
    return lambda: [gc.collect() for _ in iter(kept.__len__, 0)]


def zlib():
    import zlib as library

    data = os.urandom(300000)
    return lambda: [library.compress(data) for _ in iter(data.__len__, 0)]


def main_waits():
    """The main thread is at its end and waits for another, as the interpreter does at exit."""
    threading.Thread(target=sleep()).start()
    return sys.exit


def main_ended():
    """The main thread ends and leaves a zombie; another runs on."""
    import ctypes

    background(churn)
    return lambda: ctypes.CDLL(None).pthread_exit(None)


def main_ended_idle():
    """The same, and the other one sleeps."""
    import ctypes

    background(sleep())
    return lambda: ctypes.CDLL(None).pthread_exit(None)


def filtered():
    """A seccomp filter that kills for the system call number that a tracer uses to skip one."""
    forbid([(0x20, 0, 0, 0), (0x15, 0, 1, 0xFFFFFFFF), (0x06, 0, 0, 0x80000000)])
    return sleep()


def no_exec_busy():
    """Executable memory is refused, by a filter on mmap's protection."""
    no_exec()
    return churn


def no_exec_lock():
    no_exec()
    return lock()


def no_exec():
    forbid(
        [
            (0x20, 0, 0, 0),  # the system call's number
            (0x15, 0, 3, 9),  # mmap?
            (0x20, 0, 0, 32),  # its third argument
            (0x45, 0, 1, 4),  # PROT_EXEC?
            (0x06, 0, 0, 0x00050001),  # EPERM
        ]
    )


def forbid(program):
    """Install a filter: ``program``, then allow."""
    import ctypes
    import struct

    program = program + [(0x06, 0, 0, 0x7FFF0000)]
    code = b"".join(struct.pack("<HBBI", *each) for each in program)
    room = ctypes.create_string_buffer(code, len(code))
    head = struct.pack("<HxxxxxxQ", len(program), ctypes.addressof(room))
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(38, 1, 0, 0, 0) == 0
    # On all threads: an allocator's or a pool's may be there.
    assert libc.syscall(317, 1, 1, ctypes.create_string_buffer(head, len(head))) == 0


if __name__ == "__main__":
    rest = globals()[sys.argv[1]]()
    print("READY", flush=True)
    rest()
