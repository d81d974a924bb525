"""The engine behind the verb ``allocations``, under every interpreter, in real processes."""

from itertools import pairwise

import pytest

from tests.support.allocating import SCRIPT, Engine, line_of
from tests.support.live import said

LEAK = (str(SCRIPT), line_of("the leak"))
CHURN = (str(SCRIPT), line_of("the churn"))
CHILDREN = "import os\nresult = open('/proc/self/task/%d/children' % os.getpid()).read()"


@pytest.fixture
def engine(interpreter, spawn):
    return Engine(spawn(interpreter, "allocating.py"))


@pytest.mark.parametrize("in_child", [False, True], ids=["process", "child"])
@pytest.mark.circle("internals")
def test_counts_every_block_at_its_line_and_traceback(engine, in_child):
    engine.start(depth=8)
    engine.run("handle(2500); churn(40)")
    if in_child:
        engine.fork_always()
    found = engine.snapshot()
    assert found["child"] == in_child
    size, blocks = found["lines"][LEAK]
    # A bytearray is an object and its buffer; the list that holds them is one block more.
    assert blocks in (5000, 5001)
    assert size >= 2500 * 1000
    # Up to 3.10 the frame of the call that ended is kept, at the line that ran last.
    assert found["lines"][CHURN][1] in (80, 81, 82)
    stack = max(found["stacks"], key=lambda each: found["stacks"][each])
    assert stack[0] == LEAK
    assert len(stack) == 8 or stack[-1][0] == str(SCRIPT)
    assert found["stacks"][stack] == found["lines"][LEAK]
    assert not [file for file, _ in found["lines"] if "agent" in file or "importlib" in file]
    assert found["own"][1] > 0
    assert engine.target.errors() == ""


def test_a_constant_leak_grows_from_snapshot_to_snapshot(engine):
    engine.start()
    sizes = []
    for _ in range(3):
        engine.run("handle(100); churn(100)")
        found = engine.snapshot()
        sizes.append((found["lines"][LEAK][1], found["lines"][CHURN][1]))
    leaks, churns = zip(*sizes, strict=True)
    assert [b - a for a, b in pairwise(leaks)] == [200, 200]
    assert max(churns) - min(churns) <= 1


@pytest.mark.circle("internals")
def test_the_applications_own_session_stays_as_it_is(engine):
    engine.run("_tracemalloc.start(3); handle(10)")
    engine.start(depth=20)
    state = engine.state()
    assert (state["on"], state["ours"], state["depth"]) == (True, False, 3)
    assert engine.snapshot()["lines"][LEAK][1] >= 20
    with pytest.raises(AssertionError, match="not-ours"):
        engine.run("tracing.reset_peak()\nresult = 1")
    engine.run("tracing.leave('viewer')")
    assert engine.run("result = _tracemalloc.get_traceback_limit()") == 3
    assert engine.snapshot()["lines"][LEAK][1] >= 20


@pytest.mark.circle("viewer")
def test_is_off_after_the_last_viewer_left(engine):
    engine.start()
    engine.run("tracing.start('another', 1, 1 << 30, 600)")
    engine.run("tracing.leave('viewer')")
    assert engine.tracing
    engine.run("tracing.leave('another')")
    assert not engine.tracing


def test_stops_above_its_budget_and_says_so(engine):
    engine.start(budget=300_000)
    assert engine.run("result = tracing.check()")
    engine.run("handle(20000)")
    assert not engine.run("result = tracing.check()")
    assert engine.state()["ended"] == "budget"
    assert not engine.tracing


@pytest.mark.circle("viewer")
def test_stops_when_its_time_is_over(engine):
    engine.start(seconds=0)
    engine.run("tracing.check()")
    assert (engine.state()["ended"], engine.tracing) == ("time", False)


@pytest.mark.circle("viewer")
def test_tells_that_the_application_stopped_it_and_leaves_its_next_session_alone(engine):
    engine.start(depth=4)
    engine.run("_tracemalloc.stop(); _tracemalloc.start(7); tracing.leave('viewer')")
    assert engine.run("result = _tracemalloc.get_traceback_limit()") == 7


@pytest.mark.circle("viewer")
def test_asks_before_it_costs_much(engine):
    engine.start()
    engine.run("keep = [float(i) for i in range(300000)]")
    price = engine.state()["price"]
    assert price["asks"]
    assert price["child"]
    refused = "try:\n snapshot()\nexcept Refusal as no:\n result = (no.code, no.facts)"
    code, facts = engine.run(refused)
    assert code == "costly"
    assert "MiB" in said({"code": code, "facts": facts})[0]
    # A child would take long where others want the processors too.
    engine.run("engine.IN_PROCESS_US = 1 << 40")
    assert engine.snapshot(consent=True)["traces"] >= 300000


@pytest.mark.circle("viewer")
def test_forks_no_process_that_waits_for_children(engine):
    assert engine.run("result = child.obstacle(1000)") is None
    engine.run("import subprocess; other = subprocess.Popen(['cat'], stdin=subprocess.PIPE)")
    assert "children" in said(engine.run("result = child.obstacle(1000)"))[0]
    engine.run("other.communicate()")
    engine.run("import signal; signal.signal(signal.SIGCHLD, lambda *_: None)")
    assert "children" in said(engine.run("result = child.obstacle(1000)"))[0]


@pytest.mark.circle("viewer")
def test_forks_not_without_headroom(engine):
    assert "MiB are free" in said(engine.run("result = child.obstacle(1 << 40)"))[0]


@pytest.mark.circle("viewer")
def test_a_child_that_hangs_is_killed(engine):
    engine.start()
    engine.fork_always()
    engine.run("engine.CHILD_PATIENCE_S = -1\ntotals.reduce = lambda traces: iter(lambda: None, 0)")
    with pytest.raises(AssertionError, match="child-silent"):
        engine.run("snapshot(True)\nresult = 1")
    assert engine.run(CHILDREN) == ""


@pytest.mark.circle("viewer")
def test_a_child_that_only_waits_is_killed(engine):
    engine.start()
    engine.fork_always()
    engine.run(
        "engine.CHILD_PATIENCE_S = 0.01\n"
        "totals.reduce = lambda traces: iter(__import__('threading').Event().wait, 0)"
    )
    with pytest.raises(AssertionError, match="child-silent"):
        engine.run("snapshot(True)\nresult = 1")
    assert engine.run(CHILDREN) == ""


@pytest.mark.circle("viewer")
def test_a_child_that_gets_no_processor_is_waited_for(engine):
    engine.start()
    engine.run("handle(500)")
    engine.fork_always()
    # By the clock the child's time is over at the first look.
    engine.run("engine._now = iter(range(0, 10**15, 10**9)).__next__")
    assert engine.snapshot()["lines"][LEAK][1] >= 1000


@pytest.mark.circle("viewer")
def test_the_peak_begins_anew(engine):
    engine.start()
    engine.run("handle(2000)")
    assert engine.state()["peak_bytes"] > 1_000_000
    engine.run("del LEAKED[:]; tracing.reset_peak()")
    assert engine.state()["peak_bytes"] < 1_000_000


@pytest.mark.circle("viewer")
def test_a_child_of_the_application_does_not_go_on_tracing(engine):
    engine.start()
    assert (
        engine.run(
            "import os\nr, w = os.pipe()\npid = os.fork()\n"
            "if not pid:\n"
            " tracing.forked(); os.write(w, b'%d' % _tracemalloc.is_tracing()); os._exit(0)\n"
            "os.waitpid(pid, 0)\nresult = os.read(r, 1)"
        )
        == b"0"
    )
    assert engine.tracing


@pytest.mark.circle("viewer")
def test_keeps_the_largest_tracebacks_and_counts_the_rest(engine):
    engine.run("totals.STACKS_LIMIT = 1")
    engine.start(depth=4)
    engine.run("handle(500); churn(5)")
    found = engine.snapshot()
    assert [stack[0] for stack in found["stacks"]] == [LEAK]
    assert found["rest_stacks"] > 0
    assert found["rest"][1] >= 10
    assert CHURN in found["lines"]
