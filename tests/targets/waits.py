"""Waits in every way there is and reports how long each took.  Usage: waits.py NAME.

READY, then after a line with a number of seconds on its stdin the wait, then one line: when it began (of the
monotonic clock), the seconds it took, those of them in which it was given no processor, and the result.
It ends with its stdin.  The ``c_`` kinds call the C library without CPython's own retries around it.
"""

import ctypes
import os
import select
import socket
import struct
import sys
import threading
import time

libc = ctypes.CDLL(None, use_errno=True)
name = sys.argv[1]
reader, writer = os.pipe()
near, far = socket.socketpair()


def later(action):
    threading.Timer(seconds, action).start()


def sleep():
    return time.sleep(seconds)


def event():
    return threading.Event().wait(seconds)


def acquire():
    lock = threading.Lock()
    lock.acquire()
    return lock.acquire(timeout=seconds)


def selected():
    return select.select([reader], [], [], seconds)


def poll():
    poller = select.poll()
    poller.register(reader)
    return poller.poll(milliseconds)


def epoll():
    poller = select.epoll()
    poller.register(reader, select.EPOLLIN)
    return poller.poll(seconds)


def timeout():
    near.settimeout(seconds)
    try:
        return near.recv(10)
    except socket.timeout:
        return None


def received():
    later(lambda: far.send(b"once"))
    return near.recv(10)


def read():
    later(lambda: os.write(writer, b"once"))
    return os.read(reader, 10)


def accept():
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(1)
    client = socket.socket()
    later(lambda: client.connect(server.getsockname()))
    return server.accept()[0].fileno() > 0


def child():
    pid = os.fork()
    if not pid:
        time.sleep(seconds)
        os._exit(7)
    return os.waitpid(pid, 0)[1] >> 8


def c_poll():
    return libc.poll(None, 0, milliseconds)


def c_nanosleep():
    return libc.nanosleep(struct.pack("qq", int(seconds), int(seconds % 1 * 1e9)), None)


def c_read():
    later(lambda: os.write(writer, b"once"))
    room = ctypes.create_string_buffer(10)
    return libc.read(reader, room, 10), room.value


def c_select():
    return libc.select(0, None, None, None, struct.pack("qq", int(seconds), int(seconds % 1 * 1e6)))


def starved():
    """Seconds that this thread would have run, had there been a processor."""
    try:
        with open("/proc/thread-self/schedstat") as file:
            return int(file.read().split()[1]) / 1e9
    except OSError:
        return 0.0


print("READY", flush=True)
seconds = float(sys.stdin.readline())
milliseconds = int(seconds * 1000)
without, began = starved(), time.monotonic()
result = globals()[name]()
took = time.monotonic() - began
print(repr((began, took, starved() - without, result)), flush=True)
sys.stdin.readline()
