"""A target that forks on demand; the child tells what it has and ends."""

import gc
import os
import sys

from holding import hold


class Thing(object):
    pass


things = [Thing() for _ in range(1000)]


def fork():
    """What a child has of the agent: descriptors that are no pipe, the attribute, dead objects."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        links = []
        for number in os.listdir("/proc/self/fd"):
            try:
                links.append(os.readlink("/proc/self/fd/" + number))
            except OSError:
                pass
        sockets = [link for link in links if link.startswith("socket:")]
        said = "%d %s" % (len(sockets), hasattr(sys, "_memtui_agent"))
        os.write(writing, said.encode())
        os._exit(0)
    os.waitpid(child, 0)
    print(os.read(reading, 100).decode())
    os.close(reading)
    os.close(writing)


hold()
