"""An address that memtui printed, given back to ``memtui instances``."""

import json

from tests.support.commands import memtui


def test_each_address_that_is_printed_leads_to_its_object(interpreter, spawn):
    target = spawn(interpreter)
    target.execute("class Job:\n    def __init__(self): self.todo, self.note = ['one'], 'a text'")
    target.execute("kept = [Job() for _ in range(3)]")
    ran = memtui("instances", target.pid, "__main__.Job", "-n", 1, "-x", 1, "--json")
    (job,) = json.loads(ran.stdout)["instances"]
    printed = [job, *(child["node"] for child in job["children"])]
    for node in printed:
        address = node["address"]
        ran = memtui("instances", target.pid, address, "--json", "-x", 0)
        document = json.loads(ran.stdout)
        assert (document["type"], document["total"]) == (node["type"], 1)
        assert document["instances"][0]["address"] == address
    ran = memtui("instances", target.pid, job["address"], "--expr", "target.note")
    assert f"the object at {job['address']}" in ran.stdout
    assert "target.note: str[6] 'a text'" in ran.stdout
    assert "not" not in ran.stderr
    ran = memtui("instances", target.pid, "0x10")
    assert ran.refused(1) == "instances: no object was found at 0x10"
    memtui("instances", target.pid, "0x10", "--subclasses").refused(2)
