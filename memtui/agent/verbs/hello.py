"""The greeting: who answers here."""

from .. import wire
from ..entry import guest
from ..objects.refusal import Refusal

VERB = {
    "args": {"protocol": ("natural",), "version": ("text", ""), "read_only": ("flag", False)},
    "walks": False,
    "changes": False,
}


def hello(session, _meter, protocol, version, read_only):
    """Verb: who the agent is; it refuses a viewer of another protocol.

    ``version`` is the viewer's; the agent's is that of the viewer who brought it.
    """
    if protocol != wire.PROTOCOL:
        raise Refusal(
            "protocol", agent=wire.PROTOCOL, viewer=protocol, version=session.server.version
        )
    session.read_only = read_only
    session.greeted = True
    if session.server.version is None:
        session.server.version = version
    sys = guest.sys
    yield None
    return {
        "protocol": wire.PROTOCOL,
        "version": session.server.version,
        "pid": guest.posix.getpid(),
        "python": "%d.%d.%d" % sys.version_info[:3],
        "implementation": sys.implementation.name,
        "executable": _text(sys.executable),
        "free_threaded": not guest.has_gil,
        "read_only": read_only,
        "joined": session.joined,
    }


def _text(value):
    return value if type(value) is str else ""
