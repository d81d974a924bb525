"""What runs inside the target: a guest there, standard library only, Python 3.8 syntax."""


def listen():
    """Let ``memtui`` attach to this process where it may not be traced.

    Call it once, early; it returns the path of a Unix socket that only this user and root can reach.
    It costs one sleeping thread, and forked workers listen for themselves.  Raises OSError where no
    socket can be made, RuntimeError in a sub-interpreter: its end would end the process.
    """
    from .entry import listener  # noqa: PLC0415 (the viewer imports this package for its wire format alone)

    return listener.start()
