"""What is watched: functions, methods and classes of all kinds."""

import asyncio
import functools


def add(left, right=2, *rest, scale=1, **named):
    if left == "bad":
        raise ValueError("cannot add")
    return (left + right + sum(rest)) * scale


def outer(name):
    class Local:
        def method(self, number):
            return number

    def inner(number):
        return name, number

    outer.within = Local
    return inner


def deco(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        return function(*args, **kwargs)

    return inner


@deco
def decorated(x):
    return x + 1


@deco
def decorated_too(x):
    return x + 2


@functools.lru_cache()
def cached(x):
    return x * 2


def count_to(n):
    for each in range(n):
        got = yield each
        if got == "stop":
            return "stopped"
    return n


async def fetch(x):
    await asyncio.sleep(0)
    if x < 0:
        raise KeyError(x)
    return x * 10


async def ticks(n):
    for each in range(n):
        yield each


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def allocate(n):
    return [object() for _ in range(n)]


class Error(Exception):
    def __str__(self):
        raise RuntimeError("not to be run")

    __repr__ = __str__


def fail(with_what):
    raise Error(with_what)


class Base:
    def __init__(self, name="n"):
        self.name = name

    def inherited(self, x):
        return (self.name, x)


class Shop(Base):
    class Inner:
        def deep(self):
            return "deep"

    @property
    def prop(self):
        return 1

    def method(self, x, y=5):
        return x + y

    @classmethod
    def of_class(cls, x):
        return (cls.__name__, x)

    @staticmethod
    def static(x):
        return x * 3

    def __call__(self):
        pass


class Other(Base):
    pass


class Guarded(type):
    def __setattr__(cls, name, value):
        raise AssertionError("the metaclass was asked")


class Strict(metaclass=Guarded):
    def method(self):
        return 1


number = 5
instance = Shop()


bound = instance.method


partial = functools.partial(add, 1)


class Number(int):
    alive = 0

    def __init__(self, *_):
        Number.alive += 1

    def __del__(self):
        Number.alive -= 1


def give(thing, fails=False):
    if fails:
        raise thing
    return thing
