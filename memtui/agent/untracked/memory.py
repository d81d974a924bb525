"""Where memory outside of objects is, what is not known of it, and a look at it as numbers."""

from ..entry import guest

posix = guest.posix
#: Where memory is: of the process, mapped from a file, or what the library calls a device.
PROCESS, MAPPED = "process", "mapped"
#: Why the memory of an object is not known, or not exactly.
CODE, LAYOUT, SHARED, AT_LEAST, LIBRARY = "code", "layout", "shared", "at-least", "library"


def peek(address, size):
    """``size`` bytes of the process's own memory; OSError where nothing is, or it cannot be read.

    Opened each time: a descriptor that stays open would go to every child that is forked meanwhile.
    """
    file = posix.open("/proc/self/mem", posix.O_RDONLY | posix.O_CLOEXEC)
    try:
        return memoryview(posix.pread(file, size, address)).cast("Q").tolist()
    finally:
        posix.close(file)
