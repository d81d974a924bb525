"""What is not run, and what is not watched."""

import sys

import watched
from looking import NEW, Watched, calls, refused

from memtui.agent.objects.refusal import Refusal
from memtui.agent.watch.target import find


def scenario_no_code_of_arguments_runs():
    ran = []

    def hook(name):
        def hooked(self, *rest):
            ran.append(name)
            raise RuntimeError(name)

        return hooked

    names = (
        "repr str len bool eq ne lt hash iter getattr getattribute del call index format dir sizeof"
    )
    space = {"__%s__" % name: hook(name) for name in names.split()}
    space["__class__"] = space["prop"] = property(hook("property"))
    hostile = type("Hostile", (Exception,), space)()
    holder = {"h": [hostile]}
    with Watched("give", depth=3) as w:
        watched.give(hostile)
        watched.give(holder)
        try:
            watched.give(hostile, fails=True)
        except Exception:
            pass
        found = calls(w)
    with Watched("give", condition="args[0] == 1 or error == 1 or target") as w:
        watched.give(hostile)
    assert [call["error"] for call in found] == [None, None, "refusals.Hostile"], found
    assert ran == [], ran


def scenario_refusals():
    assert refused("Shop", "is-class") == {"target": "watched:Shop"}
    facts = refused("ad", "no-such-target")
    assert (facts["kind"], facts["owner"], facts["name"]) == ("module", "watched", "ad")
    assert "add" in facts["candidates"]
    facts = refused("Shop.methd", "no-such-target")
    assert (facts["kind"], facts["owner"], facts["name"]) == ("class", "watched.Shop", "methd")
    assert "method" in facts["candidates"]
    facts = refused("watche:add", "no-such-module")
    assert facts["module"] == "watche" and "watched" in facts["candidates"]
    assert refused("xml.nowhere:f", "no-such-module")["module"] == "xml.nowhere"
    assert "xml" not in sys.modules
    facts = refused("outer.inner", "not-a-class")
    assert (facts["type"], facts["nested"]) == ("function", "watched:outer.<locals>.inner")
    facts = refused("outer.<locals>.iner", "no-such-target")
    assert facts["owner"] == "watched:outer.<locals>" and "inner" in facts["candidates"]
    refused("outer.<locals>.Local", "is-class")
    refused("<locals>.inner", "bad-target")
    refused("outer.<locals>", "bad-target")
    refused("time:time", "in-c")
    refused("builtins:dict.get", "in-c")
    refused("builtins:len", "in-c")
    refused("Shop.prop", "is-property")
    assert refused("partial", "no-function")["type"] == "functools.partial"
    facts = refused("instance.method", "not-a-class")
    assert (facts["name"], facts["type"]) == ("watched:instance", "watched.Shop")
    assert refused("bound", "bound-method")["function"] == "Shop.method"
    assert refused("number", "no-function")["type"] == "int"
    for each in ("add", "__main__:", ":add", "a:b:c", "__main__:a..b", ""):
        try:
            find(each)
        except Refusal as refusal:
            assert refusal.code == "bad-target"
        else:
            raise AssertionError(each)
    if NEW:
        assert all(sys.monitoring.get_tool(each) is None for each in range(6))
