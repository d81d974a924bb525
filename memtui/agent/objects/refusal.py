"""A request that is not done, and why."""


class Refusal(Exception):
    """What the viewer is told instead of an answer: a code of the protocol, a message, a hint."""

    def __init__(self, code, message, hint=""):
        Exception.__init__(self, message)
        self.code = code
        self.message = message
        self.hint = hint

    def as_dict(self):
        """The ``error`` of an answer."""
        return {"code": self.code, "message": self.message, "hint": self.hint}
