"""Targets that wait: each wait is ended by a byte on stdin (or ends by itself), and must end exactly once and on time."""

import os
import select
import socket
import sys
import threading
import time

import board

LATE = 1.5  # seconds after which a wait that ends by itself is too late, both cores being busy


def sleep():
    while True:
        _timed("sleep", time.sleep, 0.4)


def _timed(what, wait, seconds):
    before = time.monotonic()
    wait(seconds)
    took = time.monotonic() - before
    board.check(
        seconds - 0.002 <= took < seconds + LATE, "%s(%s) took %.4f s" % (what, seconds, took)
    )


def accept():
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(5)

    def connect(_byte):
        with socket.create_connection(server.getsockname()) as client:
            data, more = b"", b"."
            while more:  # until the other end is closed: this is the state of the target at rest
                more = client.recv(64)
                data += more
        board.check(data == b"once", "accept answered %r" % data)

    board.pokes(connect)
    while True:
        connection = server.accept()[0]
        connection.sendall(b"once")
        connection.close()


def recv():
    mine, other = socket.socketpair()
    board.pokes(other.sendall)
    expected = 0
    while True:
        data = mine.recv(1)
        board.check(data == bytes([expected]), "recv gave %r, not %d" % (data, expected))
        expected = (expected + 1) % 256


def join():
    while True:
        thread = threading.Thread(target=os.read, args=(0, 1), daemon=True)
        thread.start()
        thread.join()
        board.check(not thread.is_alive(), "join came back before the thread ended")


def event_busy():
    import busy

    for _ in range(2):
        threading.Thread(target=busy.busy, daemon=True).start()
    event = threading.Event()
    board.pokes(lambda _byte: event.set())
    board.ready()
    while True:
        event.wait()
        board.check(event.is_set(), "Event.wait came back without the event")
        event.clear()


def epoll():
    import asyncio

    expected = [0]

    def readable():
        data = os.read(0, 1)
        if not data:
            os._exit(0)
        board.check(data == bytes([expected[0]]), "stdin gave %r" % data)
        expected[0] = (expected[0] + 1) % 256

    async def main():
        loop = asyncio.get_running_loop()
        loop.add_reader(0, readable)
        while True:
            before = loop.time()
            await asyncio.sleep(0.4)
            took = loop.time() - before
            board.check(0.39 <= took < 0.4 + LATE, "asyncio.sleep took %.4f s" % took)

    asyncio.run(main())


def poll():
    waiter = select.poll()
    waiter.register(0, select.POLLIN)
    while True:
        found = waiter.poll()
        data = os.read(0, 1)
        if not data:
            os._exit(0)
        board.check([fd for fd, _ in found] == [0], "poll gave %r" % found)


def selecting():
    while True:
        found = select.select([0], [], [])[0]
        data = os.read(0, 1)
        if not data:
            os._exit(0)
        board.check(found == [0], "select gave %r" % found)


def lock():
    mine = threading.Lock()
    mine.acquire()
    released = []

    def release(byte):
        released.append(byte)
        mine.release()

    board.pokes(release)
    while True:
        mine.acquire()
        board.check(bool(released) and mine.locked(), "the lock was given without a release")
        released.pop()


def lock_timed():
    mine = threading.Lock()
    mine.acquire()
    while True:
        _timed("acquire(timeout)", lambda seconds: mine.acquire(timeout=seconds), 0.4)


def stdin():
    expected = 0
    while True:
        data = os.read(0, 1)
        if not data:
            os._exit(0)
        board.check(data == bytes([expected]), "read gave %r, not %d" % (data, expected))
        expected = (expected + 1) % 256


def queue():
    import queue as queues

    numbers, sent = queues.Queue(), [0]

    def give(_byte):
        numbers.put(sent[0])
        sent[0] += 1

    board.pokes(give)
    expected = 0
    while True:
        board.check(numbers.get() == expected, "the queue lost or doubled an item")
        expected += 1


def wait():
    while True:
        child = os.fork()
        if not child:
            data = os.read(0, 1)
            os._exit(7 if data else 9)
        status = os.waitpid(child, 0)[1]
        if os.WEXITSTATUS(status) == 9:
            os._exit(0)
        board.check(status == 7 << 8, "the child ended with %#x" % status)


if __name__ == "__main__":
    KIND = globals()[sys.argv[1]]
    if KIND is not event_busy:
        board.ready()
    KIND()
