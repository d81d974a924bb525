"""A target with one object of each shape that has a way of its own to refer to others."""

import collections
import sys

from holding import hold


class Plain(object):
    default = 0

    def __init__(self, number):
        self.number = number
        self.items = [number, "two"]
        self.nothing = None
        self.default = {"own": number}


class Late(Plain):
    pass


class Slotted(object):
    __slots__ = ("first", "second")


class Both(Slotted):
    def __init__(self):
        self.third = ["third"]


class Mapping(dict):
    pass


class Failing(Exception):
    pass


def outer(held, default=("default",)):
    def inner():
        return held

    return inner


def mark(each):
    each.attribute = ["attribute"]


def generate():
    local = ["local"]
    yield local


plain = Plain(1)
late = Late(2)
# Set from outside, under a name that no code of the class has.
setattr(late, "added" + "_late", ["late"])
materialized = Plain(3)
materialized.__dict__
slotted = Slotted()
slotted.first = ["first"]
both = Both()
both.first = ["inherited"]
mapping = Mapping(key=["value"])
mark(mapping)
keyed = {"text": [1], 7: [2], plain: [3], (1, 2): [4]}
wide = list(map(lambda number: [number], range(1000)))
queue = collections.deque([["left"], ["right"]])
function = outer(["closed over"])
with_default = outer
bound = plain.__init__
generator = generate()
next(generator)
error = Failing(["argument"])
cycle = []
cycle.append(cycle)
deep = [[[[[[["bottom"]]]]]]]
module = sys.modules["__main__"]
shapes = [[plain], [late], [materialized]]


class Shelf(object):
    """Everything, by name, for a test to expand."""

    def __init__(self):
        self.plain = plain
        self.late = late
        self.materialized = materialized
        self.slotted = slotted
        self.both = both
        self.mapping = mapping
        self.keyed = keyed
        self.wide = wide
        self.queue = queue
        self.function = function
        self.with_default = with_default
        self.bound = bound
        self.generator = generator
        self.error = error
        self.cycle = cycle
        self.deep = deep
        self.module = module
        self.kind = Plain


shelf = Shelf()

hold()
