"""Programs that tests of more than one room execute in a target."""

#: Modules of every kind with containers, and some that run code if they are read carelessly.
GLOBALS = """
import collections, sys, types
ran = []

class Lazy(types.ModuleType):
    def __getattr__(self, name):
        ran.append(("lazy", name)); raise AttributeError(name)
    def __getattribute__(self, name):
        ran.append(("lazy", name)); return types.ModuleType.__getattribute__(self, name)

class NoModule(object):
    def __getattribute__(self, name):
        ran.append(("no module", name)); raise AttributeError(name)

shop = types.ModuleType("shop.cache")
shop.SESSIONS = collections.OrderedDict((n, [n]) for n in range(500))
shop.RECENT = collections.deque(range(40))
shop.TEXT = "x" * 10000
class Bus(object):
    _listeners = [object() for _ in range(300)]
    limit = 7
def handler(event, seen=dict.fromkeys(range(200))):
    return seen
handler.retries = ["a", "b"]
class Box(object):
    def __init__(self):
        self.held = list(range(60))
shop.Bus, shop.handler, shop.box = Bus, handler, Box()
exec("def __getattr__(name): ran.append(name); raise AttributeError(name)", shop.__dict__)
shop.__dict__["ran"] = ran
lazy = Lazy("shop.lazy")
types.ModuleType.__setattr__(lazy, "TABLE", {1: 2})
sys.modules.update({"shop.cache": shop, "shop.lazy": lazy, "shop.odd": NoModule(), "shop.none": None})
del ran[:]
"""

#: Objects that the collector does not track, in known numbers.
UNTRACKED = """
import gc, random, sys
rng = random.Random(7)
class Point(object):
    __slots__ = ("x", "label")
    def __init__(self, n):
        self.x = n + 0.5
        self.label = "point number %d" % n
class Plain(object):
    def __init__(self, n):
        self.code = b"code of plain %d" % n
class Table(dict):
    pass

points = [Point(n) for n in range(20000)]
plains = [Plain(n) for n in range(5000)]
# Flat records: up to 3.13 the collector does not track those dicts and tuples.
records = [{"id": 10 ** 6 + n, "name": "name of %d" % n} for n in range(30000)]
pairs = [(2 * 10 ** 7 + n, "pair %d" % n) for n in range(10000)]
keyed = {"key %d" % n: None for n in range(25000)}
derived = Table(("derived %d" % n, None) for n in range(4000))
numbers = set(range(5 * 10 ** 8, 5 * 10 ** 8 + 8000))
shared = ["shared %d" % n for n in range(3000)]
again = [rng.choice(shared) for n in range(60000)]
gc.collect()
"""

#: Instances that a condition chooses from, and that note each method that runs.
WHERE = """
ran = []

class Base:
    __slots__ = ("number", "items")
    def __init__(self, number):
        self.number = number
        self.items = [0] * (number % 3)

class Middle(Base):
    @property
    def computed(self):
        ran.append("computed")
        return 1
    def __eq__(self, other):
        ran.append("eq")
        return True
    def __bool__(self):
        ran.append("bool")
        return True
    __hash__ = None

class Leaf(Middle):
    pass

class Table(dict):
    pass

stock = [kind(number) for kind in (Base, Middle, Leaf) for number in range(100)]
table = Table({1: "one", "two": 2, None: [], ("a", 1): {}})
large = dict.fromkeys(range(100000), ran)
"""
