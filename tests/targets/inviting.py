"""A target that calls memtui.agent.listen(); the first argument is the folder that memtui lies in."""

import os
import sys

from holding import hold

sys.path.insert(0, sys.argv[1])


class Parcel:
    pass


PARCELS = [Parcel() for _ in range(12345)]


def fork():
    """Fork a child that waits for its stdin to end; its PID."""
    child = os.fork()
    if child == 0:
        os.read(0, 1)
        os._exit(0)
    return child


if __name__ == "__main__":
    from memtui.agent import listen

    PATH = listen()
    hold()
