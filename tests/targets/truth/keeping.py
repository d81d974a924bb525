"""Leaks in many places, each at its own rate: a class, a cache, loggers, a signal, warnings, what was shown."""

import atexit
import collections
import functools
import logging
import time
import warnings

warnings.filterwarnings("default", category=UserWarning)
warnings.showwarning = lambda *args, **more: None


class Plot:
    def __init__(self, number):
        self.lines = [number]


class Canvas:
    open_plots = collections.OrderedDict()


class Client:
    def __init__(self, number):
        self.number = number

    @functools.lru_cache(maxsize=None)
    def fetch(self, path):
        return Answer(path)

    @functools.lru_cache(maxsize=40)
    def branch(self, path):
        return Answer(path)


class Answer:
    def __init__(self, path):
        self.path = path


class Tracer:
    started = []

    def __init__(self, number):
        self.number = number
        Tracer.started.append((self, "before"))


class Signal:
    def __init__(self):
        self.receivers = {}


class Site:
    def __init__(self, number):
        self.number = number
        stopped.receivers[id(self)] = self.stop

    def stop(self):
        self.number = 0


class Shell:
    def __init__(self):
        self.space = {"Out": {}}
        self.space["_oh"] = self.space["Out"]


class Link:
    def close(self):
        pass


stopped, shell = Signal(), Shell()
feed = logging.getLogger("feed")
recent = collections.deque(maxlen=60)
seen = collections.OrderedDict()


def turn(number):
    Canvas.open_plots[number] = Plot(number)
    for _ in range(2):
        client = Client(number)
        for path in "abcd":
            client.fetch(path)
        client.branch("a")
    for part in range(3):
        feed.getChild("%d.%d" % (number, part))
        Tracer(part)
    Site(number)
    atexit.register(Link().close)
    for part in range(5):
        warnings.warn("row %d of %d is outside" % (part, number), UserWarning)
    shell.space["Out"][number] = bytes(20000)
    recent.append(number)
    seen[number] = "seen"
    if len(seen) > 90:
        seen.popitem(last=False)


def counters():
    return {
        "__main__.Canvas.open_plots": len(Canvas.open_plots),
        "lru_cache of __main__.Client.fetch": Client.fetch.cache_info().currsize,
        "lru_cache of __main__.Client.branch": Client.branch.cache_info().currsize,
        "__main__.Tracer.started": len(Tracer.started),
        "__main__.stopped.receivers": len(stopped.receivers),
        "logging.Logger.manager.loggerDict": len(logging.Logger.manager.loggerDict),
        "__main__.__warningregistry__": len(__warningregistry__),
        "__main__.recent": len(recent),
        "__main__.seen": len(seen),
    }


number = 0
while True:
    number += 1
    turn(number)
    if number == 200:
        print("READY", flush=True)
    time.sleep(0.01)
