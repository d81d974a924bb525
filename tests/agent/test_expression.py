"""Trees walked in the agent, under every interpreter, on objects that record what they run."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from memtui.agent.objects import expression
from memtui.agent.objects.refusal import Refusal
from memtui.model.expression import parse
from tests.support.live import said
from tests.support.target import ROOT

#: Runs in the interpreter under test: objects whose every hook is recorded, and the trees on stdin.
DRIVER = """
import collections, json, sys
from memtui.agent.objects import expression, names, reading

ran = []

class Meta(type):
    def __eq__(cls, other): ran.append("Meta.__eq__"); return True
    def __hash__(cls): ran.append("Meta.__hash__"); return 1
    def __getattribute__(cls, name): ran.append("Meta." + name); return type.__getattribute__(cls, name)
    def __instancecheck__(cls, other): ran.append("Meta.__instancecheck__"); return True

def trap(name):
    def hook(self, *rest): ran.append(name); raise RuntimeError(name)
    return hook

class Hostile(metaclass=Meta):
    shared = "of the class"
    def __init__(self): object.__setattr__(self, "plain", 7); object.__setattr__(self, "lazy_kept", 3)
    def method(self): ran.append("method")
    @property
    def computed(self): ran.append("computed")
    __class__ = property(trap("__class__"))
for name in "eq ne lt le gt ge bool len iter contains getitem getattr repr str hash index int".split():
    type.__setattr__(Hostile, "__%s__" % name, trap(name))
def getattribute(self, name): ran.append("getattribute " + name); return object.__getattribute__(self, name)
type.__setattr__(Hostile, "__getattribute__", getattribute)

class Slotted:
    __slots__ = ("a", "b")
class Lying(dict):
    __len__ = __getitem__ = __iter__ = __contains__ = keys = get = __missing__ = trap("Lying")
class LyingList(list):
    __len__ = __getitem__ = __iter__ = __contains__ = trap("LyingList")
class Twin:
    "An equal key with the same hash as the text 'k'."
    def __hash__(self): return hash("k")
    def __eq__(self, other): ran.append("Twin.__eq__"); return True

class Plain: pass
slotted = Slotted(); slotted.a = 1
lying = Lying(); dict.__setitem__(lying, "k", 5)
twins = {}; twins[Twin()] = 1
box = Plain()
box.hostile = Hostile(); box.slotted = slotted; box.lying = lying; box.twins = twins
box.many = LyingList(["x", 2, None]); box.plain = Plain(); box.deque = collections.deque([4, 5])
box.default = collections.defaultdict(list); box.by_pair = {(1, "a"): "pair"}; box.objects = [Plain(), 3]
box.big = dict.fromkeys(range(5000)); box.set = {1, 2}; box.text = "caf\\u00e9"; box.huge = 1 << 70
box.cls = Hostile; box.numbers = list(range(100)); box.error = ValueError("bad", 3); box.module = json
box.function = trap
scope = {"args": (1, "two", box), "target": box, "cost_ms": 1.25, "error": None}
del ran[:]
answers = []
for tree in json.load(sys.stdin):
    try:
        value = expression.build(tree)(scope)
        answers.append(value if id(type(value)) in reading.ATOMS else "<%s>" % names.name_of(type(value)))
    except reading.ReadError as error:
        answers.append(error.reason)
sys.stdout.write(json.dumps([answers, ran, len(box.default)]))
"""

CASES = [
    ("args[0]", 1),
    ("args[-1].hostile.plain", 7),
    ("args[3]", "! there is no [3] in a tuple of 3"),
    ("args['x']", "! tuple is indexed by a number, not by 'x'"),
    ("target.hostile.shared", "of the class"),
    ("target.hostile.computed", "! computed of __main__.Hostile is computed (property): reading it would run its code"),
    ("target.hostile.method", "! method is a method of __main__.Hostile, not data"),
    ("target.hostile.nothing", "! this __main__.Hostile has no attribute nothing"),
    ("target.hostile == 7", "! cannot compare __main__.Hostile without running its code"),
    ("7 in (1, 2) or target.hostile", "<__main__.Hostile>"),
    ("not target.hostile", "! cannot tell whether __main__.Hostile is true without running its code"),
    ("len(target.hostile)", "! cannot tell the length of __main__.Hostile without running its code"),
    ("target.hostile[0]", "! __main__.Hostile cannot be indexed without running its code"),
    ("target.hostile in target.numbers", "! cannot compare __main__.Hostile without running its code"),
    ("type(target.hostile)", "__main__.Hostile"),
    ("type(target.hostile) == '__main__.Hostile'", True),
    ("target.hostile is target.hostile", True),
    ("target.cls.shared", "of the class"),
    ("target.slotted.a", 1),
    ("target.slotted.b", "! b of this __main__.Slotted is not set"),
    ("target.lying['k']", 5),
    ("len(target.lying)", 1),
    ("target.lying['z']", "! there is no key 'z' in this __main__.Lying"),
    ("'k' in target.lying", True),
    ("target.twins['k']", "! cannot compare __main__.Twin without running its code"),
    ("len(target.many) == 3 and target.many[1] == 2", True),
    ("None in target.many", True),
    ("target.deque[1]", 5),
    ("target.default['x']", "! there is no key 'x' in this collections.defaultdict"),
    ("target.by_pair[1, 'a']", "pair"),
    ("3 in target.objects", True),
    ("4 in target.objects", False),
    ("target.big[3]", "! a dict of 5000 entries is not searched, 4096 are the most"),
    ("2 in target.set and 3 not in target.set", True),
    ("'caf' in target.text", True),
    ("len(target.text)", 4),
    ("target.huge > 1180591620717411303423", True),
    ("target.huge == 1180591620717411303424", True),
    ("0 < args[0] <= 1 < cost_ms", True),
    ("args[0] < args[1]", "! there is no < between int and str"),
    ("args == (1, 'two')", "! cannot compare tuple without running its code"),
    ("error is None", True),
    ("return_obj", "! there is no return_obj at this point"),
    ("target.error.args[1]", 3),
    ("target.module.__name__", "json"),
    ("target.function.__name__", "trap"),
    ("target.plain.__dict__", "! __dict__ of __main__.Plain cannot be read without changing or running something"),
    ("args[1] in ['one', 'two']", True),
    ("cost_ms >= 1.25 and not (cost_ms > 2 or False)", True),
]  # fmt: skip


def walk(interpreter):
    trees = [parse(text, ("args", "target", "cost_ms", "error", "return_obj")) for text, _ in CASES]
    ran = subprocess.run(
        [interpreter.path, "-B", "-c", DRIVER],
        input=json.dumps(trees).encode(),
        stdout=subprocess.PIPE,
        cwd=ROOT,
        check=True,
        timeout=120,
    )
    return json.loads(ran.stdout)


def test_expressions_tell_values_and_run_nothing(interpreter):
    told, ran, defaults = walk(interpreter)
    told = ["! " + said(each)[0] if isinstance(each, dict) else each for each in told]
    assert dict(zip((text for text, _ in CASES), told, strict=True)) == dict(CASES)
    assert ran == []
    assert defaults == 0


@pytest.mark.parametrize(
    "tree",
    [
        None,
        [],
        ["name"],
        ["name", "os"],
        ["name", ["x"]],
        ["call", ["name", "args"]],
        [["name"], "args"],
        ["value", [1]],
        ["attr", ["name", "args"], 3],
        ["item", ["name", "args"], ["name", "args"]],
        ["compare", ["name", "args"], "=="],
        ["compare", ["name", "args"], "is", ["value", 1], "=="],
        ["compare", ["name", "args"], "=~", ["value", 1]],
        ["int", "0x"],
        ["float", "one"],
        ["tuple", ["name", "args"]],
    ],
)
def test_a_tree_of_another_form_is_refused(tree):
    with pytest.raises(Refusal, match="bad-tree"):
        expression.build(tree)


def test_a_tree_that_nests_too_deeply_is_refused():
    tree: list[Any] = ["name", "args"]
    for _ in range(100):
        tree = ["not", tree]
    with pytest.raises(Refusal, match="bad-tree"):
        expression.build(tree)
