"""A target that calls memtui.agent.listen(); the first argument is the folder that memtui lies in.

With a second one, its socket goes into that folder, of which others know nothing.
"""

import os
import sys

from holding import hold

sys.path.insert(0, sys.argv[1])


class Parcel:
    pass


PARCELS = [Parcel() for _ in range(12345)]


def fork():
    """Fork a child that ends with this process; its PID."""
    # Not at stdin: there it would take what is sent to its parent.
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(writer)
        os.read(reader, 1)
        os._exit(0)
    return child


if __name__ == "__main__":
    from memtui.agent import listen
    from memtui.agent.entry import listener

    listener.PLACES = tuple(sys.argv[2:]) or listener.PLACES
    PATH = listen()
    hold()
