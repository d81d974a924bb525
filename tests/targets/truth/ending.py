"""Nothing leaks here: a log, caches and queues with a bound, a cache that is emptied, memory after a burst."""

import asyncio
import collections
import functools
import queue
import time


class Query:
    def __init__(self, number):
        self.sql = "select %d" % number


class Connection:
    def __init__(self):
        self.queries = collections.deque(maxlen=9000)


class Page:
    def __init__(self, number):
        self.number = number


@functools.lru_cache(maxsize=5000)
def page(number):
    return Page(number)


class Store:
    """Drops what was not used for longest."""

    def __init__(self, most):
        self.rows = collections.OrderedDict()
        self.most = most

    def put(self, key, row):
        self.rows[key] = row
        while len(self.rows) > self.most:
            self.rows.popitem(last=False)


class Row:
    def __init__(self, number):
        self.number = number


connection, store, plain = Connection(), Store(700), {}
jobs, inbox = queue.Queue(maxsize=6000), asyncio.Queue(maxsize=6000)
simple = queue.SimpleQueue()
pins, users, waves = [], {}, {}


def burst():
    rows = [Page(number) for number in range(60000)]
    pins.extend(rows[::100])


def turn(number):
    for part in range(4):
        key = 4 * number + part
        connection.queries.append(Query(key))
        page(key)
        store.put("row %d" % key, Page(key))
        plain["key %d" % key] = key
        if len(plain) > 300:
            del plain[next(iter(plain))]
    if not jobs.full():
        jobs.put(("job", number))
        inbox.put_nowait(["mail", number])
    for part in range(5):
        waves[number, part] = Row(part)
    if len(waves) > 150:
        waves.clear()
    users["user %d" % (number % 70)] = number
    simple.put(number)
    simple.get()


def counters():
    return {
        "__main__.connection.queries": len(connection.queries),
        "lru_cache of __main__.page": page.cache_info().currsize,
        "__main__.store.rows": len(store.rows),
        "__main__.plain": len(plain),
        "__main__.jobs.queue": jobs.qsize(),
        "__main__.inbox._queue": inbox.qsize(),
        "__main__.pins": len(pins),
        "__main__.users": len(users),
    }


burst()
number = 0
while True:
    number += 1
    turn(number)
    if number == 250:
        print("READY", flush=True)
    time.sleep(0.01)
