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
    assert "Shop.__init__" in refused("Shop", "is a class")
    assert "near it: add" in refused("ad", "module watched has no ad")
    assert "method" in refused("Shop.methd", "class watched.Shop has no methd")
    assert "near it: watched" in refused("watche:add", "module watche is not loaded")
    refused("xml.nowhere:f", "module xml.nowhere is not loaded")
    assert "xml" not in sys.modules
    refused("time:time", "is written in C")
    refused("builtins:dict.get", "is written in C")
    refused("builtins:len", "is written in C")
    refused("Shop.prop", "is a property")
    refused("partial", "is no Python function but a functools.partial")
    refused("instance.method", "instance is no class but a watched.Shop")
    assert "Shop.method" in refused("bound", "is a bound method")
    refused("number", "is no Python function but a int")
    for each in ("add", "__main__:", ":add", "a:b:c", "__main__:a..b", ""):
        try:
            find(each)
        except Refusal as refusal:
            assert "module:function" in refusal.message
        else:
            raise AssertionError(each)
    if NEW:
        assert all(sys.monitoring.get_tool(each) is None for each in range(6))
