"""Waits in every way there is and reports how long each took.  Usage: waits.py NAME SECONDS.

READY, then after a line on its stdin the wait, then one line: the seconds it took and the result.  The ``c_`` kinds call the C library without
CPython's own retries around it.
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
name, seconds = sys.argv[1], float(sys.argv[2])
milliseconds = int(seconds * 1000)
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


print("READY", flush=True)
sys.stdin.readline()
began = time.monotonic()
result = globals()[name]()
print(repr((time.monotonic() - began, result)), flush=True)
