"""The arguments of a call by name, as the caller's side or as the frame of the function has them.

Both ways give the same: ``args`` are the values of the positional parameters in their order, defaults
filled in, and what ``*args`` took; ``kwargs`` has every parameter by its name and what ``**kwargs`` took;
``target`` is ``self`` or ``cls``, which is in neither.
"""

from .watch_target import VARARGS, VARKEYWORDS


class Signature:
    """The parameters of one function, read from its code."""

    def __init__(self, spot):
        code = spot.code
        names, many = code.co_varnames, code.co_argcount
        self.positional = names[:many]
        self.keyword_only = names[many : many + code.co_kwonlyargcount]
        many += code.co_kwonlyargcount
        self.rest = self.named_rest = None
        if code.co_flags & VARARGS:
            self.rest = names[many]
            many += 1
        if code.co_flags & VARKEYWORDS:
            self.named_rest = names[many]
        self.bound = spot.bound

    def from_frame(self, frame):
        """The arguments in the variables of a frame; one that was deleted meanwhile counts as None."""
        read = frame.f_locals.get
        args = [read(name) for name in self.positional]
        named = dict(zip(self.positional, args))
        for name in self.keyword_only:
            named[name] = read(name)
        # A generator may have made something else of these two since it began.
        if self.rest is not None:
            rest = read(self.rest)
            if type(rest) is tuple:
                args += rest
        if self.named_rest is not None:
            rest = read(self.named_rest)
            if type(rest) is dict:
                named.update(rest)
        return self._scope(args, named)

    def from_call(self, defaults, keyword_defaults):
        """A function that makes the arguments of the ``(args, kwargs)`` that a call was made with."""
        positional, keyword_only, named_rest = self.positional, self.keyword_only, self.named_rest
        many = len(positional)
        defaults = dict(zip(positional[many - len(defaults or ()) :], defaults or ()))
        keyword_defaults = dict(keyword_defaults or ())

        def scope_of(call):
            given, by_name = call
            args = list(given)
            for name in positional[len(args) :]:
                if name in by_name:
                    args.append(by_name[name])
                elif name in defaults:
                    args.append(defaults[name])
                else:
                    break  # the call will not succeed
            named = dict(zip(positional, args))
            for name in keyword_only:
                named[name] = by_name.get(name, keyword_defaults.get(name))
            if named_rest is not None:
                named.update(by_name)
            return self._scope(args, named)

        return scope_of

    def _scope(self, args, named):
        target = None
        if self.bound and args:
            target = args.pop(0)
            if self.positional:
                named.pop(self.positional[0], None)
        return {"args": tuple(args), "kwargs": named, "target": target}
