"""What a report says of histories that are known: made by hand, so that every answer is."""

from __future__ import annotations

import html as html_module
import os
import re
import shlex
from dataclasses import replace

import pytest

from memtui.model.attachment import Attachment
from memtui.model.cost import Cost
from memtui.model.errors import MemtuiError
from memtui.model.interpreters import Interpreters, ObjectLists, OutsideCount, OutsideGrowth
from memtui.model.process import Process
from memtui.model.redaction import redacted_argv
from memtui.model.report import Confidence, Container, Pattern, plain_words
from memtui.report.file import name_for, write_report, write_whole
from memtui.report.gather import gather
from memtui.report.html import html
from memtui.report.markdown import code, markdown
from memtui.store.history import History
from memtui.verbs.census import Census
from memtui.verbs.collect import Collection, Freed
from memtui.verbs.collector import Collector
from tests.support.known import known
from tests.support.making import make

MIB = 1 << 20
START = 1_700_000_000.0
STEADY = {"app.Page": [500] * 7, "dict": [1000, 1004, 998, 1003, 999, 1002, 1000]}


def history(**columns):
    """A census every 5 s; each type of 100 bytes an object."""
    columns = STEADY | {name.replace("__", "."): counts for name, counts in columns.items()}
    made = History()
    for number in range(7):
        counts = [values[number] for values in columns.values()]
        at = START + 5 * number
        made.add(make(Census, at, tuple(columns), counts, [100 * count for count in counts]))
    return made


def growing(by, start=100):
    return [start + by * number for number in range(7)]


def collection(*freed, at=START + 31):
    state = Collector(True, (), 0, 0, 0, 0)
    rows = tuple(make(Freed, name, count, 100 * count) for name, count in freed)
    many = sum(count for _, count in freed)
    return make(Collection, at, 2, many or 5, 0, 12.0, rows, state, 90 * MIB, 89 * MIB)


def report(made=None, **more):
    process = Process(
        42, "app", ("python", "app.py", "--token", "s3cret"), "3.11", "me", START, 60.0, 90 * MIB
    )
    facts = {
        "python": "3.11.7",
        "attachment": Attachment("ptrace", 12.0, 1.5),
        "cost": Cost(100.0, 50.0, 4.2),
        "source": "live",
        "collection": collection(),
        "modules": ["app", "__main__"],
        **more,
    }
    return gather(made or history(), process, **facts)


def holder(name, delta, *entries, kind="dict", size=64.0, length=1000, address=0x10):
    half = (length - delta, length - delta // 2, length) if delta else ()
    found = tuple((entry, 50) for entry in entries)
    return Container(address, kind, length, delta, 30.0, half, name, "module global", found, size)


def first(made):
    return made.findings[0]


def test_nothing_that_comes_and_goes_is_called_growing():
    made = report()
    assert made.growing == ()
    assert [each.pattern for each in made.findings] == [Pattern.NONE]
    assert made.verdict == "none"


def test_a_container_that_grew_with_a_type_is_named_with_both_figures():
    made = report(
        history(app__Session=growing(20)), containers=[holder("app.SESSIONS", 120, "app.Session")]
    )
    finding = first(made)
    assert (finding.pattern, finding.confidence) == (Pattern.CACHE, Confidence.HIGH)
    assert (finding.type, finding.holder.name) == ("app.Session", "app.SESSIONS")
    said = " ".join(map(plain_words, finding.evidence))
    assert "app.SESSIONS (dict) grew by 120 entries to 1,000 (+240 a minute)" in said
    assert "app.Session grew by 120 to 220 (+240 a minute), in 6 of 6 rounds" in said
    assert made.verdict == "leak"


def test_a_holder_is_named_only_if_the_type_was_seen_in_it():
    grown = history(app__Session=growing(20))
    tuples = holder("app.SESSIONS", 120, "tuple")
    unseen = first(report(grown, containers=[tuples]))
    assert (unseen.pattern, unseen.holder) == (Pattern.UNKNOWN, None)
    said = [plain_words(words) for words in unseen.evidence]
    step = "app.SESSIONS (dict) grew in step, by 120 entries, of tuple"
    assert f"{step}: whether it leads to them is not known" in said
    texts = first(report(grown, containers=[holder("app.NAMES", 120, "str")]))
    assert "app.NAMES" not in " ".join(map(plain_words, texts.evidence))
    seen = first(report(grown, containers=[replace(tuples, below=frozenset({"app.Session"}))]))
    assert plain_words(seen.title) == "app.SESSIONS keeps app.Session objects"
    assert seen.holder.name == "app.SESSIONS"


def test_a_container_that_grew_by_another_number_of_other_things_is_not_blamed():
    made = report(history(app__Session=growing(20)), containers=[holder("app.LOG", 700, "tuple")])
    finding = first(made)
    assert finding.pattern is Pattern.UNKNOWN
    assert finding.holder is None
    assert "not known" in plain_words(finding.title)
    assert "memtui global 42 app" in plain_words(finding.recommendation)
    unloaded = first(report(history(app__Session=growing(20)), modules=["__main__"]))
    assert "memtui global" not in plain_words(unloaded.recommendation)


def test_what_belongs_to_the_leaking_objects_hangs_below_them():
    grown = history(
        app__Session=growing(20), app__Cart=growing(20), app__Line=growing(53), list=growing(40)
    )
    made = report(grown, containers=[holder("app.SESSIONS", 120, "app.Session")])
    assert len(made.findings) == 1
    said = " ".join(map(plain_words, first(made).evidence))
    for name in ("app.Cart", "app.Line", "list"):
        assert name in said


def test_two_leaks_have_two_holders():
    grown = history(
        app__Session=growing(20),
        method=growing(10),
        app__Line=growing(50),
        app__Alert=growing(10),
    )
    made = report(
        grown,
        containers=[
            holder("app.SESSIONS", 120, "app.Session"),
            holder("app.BUS._listeners[…]", 60, "method", kind="list", address=0x20),
        ],
    )
    assert [(f.pattern, f.holder.name) for f in made.findings] == [
        (Pattern.CACHE, "app.SESSIONS"),
        (Pattern.LISTENERS, "app.BUS._listeners[…]"),
    ]
    assert "app.Alert" in plain_words(made.findings[1].title)
    assert "app.Line" not in plain_words(made.findings[1].title)


def test_what_a_collection_gives_back_is_garbage_and_no_leak():
    grown = history(app__Node=growing(50), dict=growing(60))
    made = report(grown, collection=collection(("app.Node", 290), ("dict", 350)))
    assert first(made).pattern is Pattern.GARBAGE
    assert first(made).type == "app.Node"
    assert made.verdict == "garbage"


def test_without_a_collection_nothing_is_said_of_its_effect_and_trust_is_low():
    made = report(history(app__Node=growing(50)), collection=None)
    assert first(made).confidence is Confidence.LOW
    assert "Unknown: there was no collection" in markdown(made)


def test_a_collection_before_the_last_count_proves_nothing_about_growth():
    made = report(
        history(app__Node=growing(50)), collection=collection(("app.Node", 9), at=START + 9)
    )
    assert made.growing[0].freed is None


def rss(per_step):
    return [(START + step, 90 * MIB + per_step * step) for step in range(31)]


def test_rss_that_tracked_objects_do_not_explain():
    made = report(rss=rss(MIB))
    assert first(made).pattern is Pattern.NATIVE
    assert made.verdict == "native"
    assert made.rss_rate == pytest.approx(60 * MIB)


def test_a_burst_of_rss_is_no_growth():
    looks = [(START + step, (90 if step < 20 else 130) * MIB) for step in range(31)]
    assert [f.pattern for f in report(rss=looks).findings] == [Pattern.NONE]


def test_untracked_values_in_a_growing_container_explain_rss():
    held = holder("app.SPOOL", 300, "bytes", kind="list", size=100_000.0)
    made = report(rss=rss(MIB), containers=[held])
    assert [f.pattern for f in made.findings] == [Pattern.UNTRACKED]
    assert first(made).type == "bytes"
    assert "28.6 MiB" in plain_words(first(made).evidence[-1])


@pytest.mark.parametrize(
    ("grown", "pattern"),
    [
        ({"coroutine": growing(9), "_asyncio.Task": growing(9)}, Pattern.TASKS),
        ({"traceback": growing(9), "frame": growing(9)}, Pattern.TRACEBACKS),
        # Up to 3.10 each generator has a frame, and an event is no thread.
        ({"generator": growing(9), "frame": growing(9)}, Pattern.UNKNOWN),
        ({"threading.Event": growing(9)}, Pattern.UNKNOWN),
        ({"threading.Thread": growing(9)}, Pattern.THREADS),
    ],
)
def test_some_types_tell_the_pattern_by_themselves(grown, pattern):
    assert first(report(history(**grown))).pattern is pattern


def test_an_lru_cache_is_called_one():
    held = holder("lru_cache of app.total", 120, "float", "app.Basket")
    made = report(history(app__Basket=growing(20)), containers=[held])
    assert first(made).pattern is Pattern.LRU_CACHE


@pytest.mark.parametrize(
    ("threads", "confidence"),
    [
        ((4, 6, 9, 12, 14, 17, 20), Confidence.MEDIUM),
        ((4, 20), Confidence.LOW),
        ((4, 9, 9, 9, 9, 12, 20), Confidence.LOW),
    ],
)
def test_threads_that_multiply(threads, confidence):
    found = first(report(threads=threads))
    assert (found.pattern, found.confidence) == (Pattern.THREADS, confidence)


def test_threads_that_came_at_once_are_no_growth():
    assert first(report(threads=(4, 20, 20, 20, 20, 20, 20))).pattern is Pattern.NONE


def test_weak_references_keep_nothing():
    grown = history(app__Conn=growing(20), **{"weakref.ReferenceType": growing(20)})
    made = report(
        grown, containers=[holder("app.ALL.data", 120, "weakref.ReferenceType", kind="set")]
    )
    assert all(finding.holder is None for finding in made.findings)


def test_growth_that_slows_down_may_be_a_cache_that_fills():
    made = report(history(app__Row=[100, 200, 280, 330, 345, 350, 352]))
    assert first(made).confidence is Confidence.LOW
    assert any("slowing down" in plain_words(words) for words in first(made).evidence)


def test_sections_come_in_order_with_the_costs_of_the_run():
    text = markdown(report(history(app__Session=growing(20))))
    assert re.findall(r"^## (.*)", text, re.MULTILINE) == [
        "Problem summary",
        "Memory profile",
        "Growth analysis",
        "Root cause",
        "Recommendations",
        "How each figure was obtained",
    ]
    assert "longest stall 4.2 ms" in text
    assert "Attached by ptrace in 12 ms" in text


HOSTILE = "app.`x`|<script>alert(1)</script>**_[a](javascript:b)\"'&"


@pytest.fixture
def hostile():
    grown = history(**{HOSTILE.replace("__", "."): growing(20)})
    made = report(grown, containers=[holder(HOSTILE, 120, HOSTILE)])
    return replace(made, process=replace(made.process, name=HOSTILE, argv=(HOSTILE,)))


def test_hostile_names_are_text_in_html(hostile):
    page = html(hostile)
    assert "<script" not in page
    assert html_module.escape(HOSTILE) in page
    body = re.sub(r"<style>.*</style>", "", page, flags=re.DOTALL)
    tags = set(re.findall(r"</?([a-z0-9]+)", body))
    known = "html head meta title body h1 h2 h3 p strong ul li code div table thead tbody tr th td"
    assert tags <= {
        *known.split(),
        *["figure", "figcaption", "svg", "text", "line", "polyline", "span"],
    }
    assert " src=" not in page
    assert "http" not in body.replace("http-equiv", "")


def test_hostile_names_stay_in_code_spans_in_markdown(hostile):
    text = markdown(hostile)
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text)
    for mark in ("script", "javascript", "alert"):
        assert mark in text
        assert mark not in outside
    rows = [line for line in text.splitlines() if line.startswith("|") and "script" in line]
    for row in rows:
        head = 8 if "rounds" in text and row.count(" of ") else None
        cells = re.split(r"(?<!\\)\|", row)[1:-1]
        assert len(cells) in {2, 4, 8} if head is None else len(cells) == head


@pytest.mark.parametrize("name", ["a", "a`b", "``", "`a", "a|b", ""])
def test_a_code_span_is_closed_by_its_own_fence(name):
    span = code(name)
    if name:
        fence = known(re.match("`+", span)).group()
        assert span.endswith(fence)
        assert fence not in span[len(fence) : -len(fence)].strip() or "`" not in name


@pytest.mark.parametrize(
    ("full", "kept"),
    [
        ("python|app.py|--token|s3cret", "python|app.py|…"),
        ("python|app.py", "python|app.py"),
        ("python|/a b/c d.py|--token|s3cret", "python|/a b/c d.py|…"),
        ("python|-X|dev|-m|app.worker|key=1", "python|-X|dev|-m|app.worker|…"),
        ("python|-c|print('s3cret')", "python|-c|…"),
        ("", ""),
    ],
)
def test_the_command_line_is_withheld_after_the_script(full, kept):
    assert "|".join(redacted_argv(tuple(full.split("|")))) == kept


def test_redaction_can_be_switched_off():
    assert "s3cret" not in markdown(report())
    assert "s3cret" in markdown(report(redact=False))


def test_a_file_is_whole_or_not_there(tmp_path):
    path = tmp_path / "r.html"
    write_report(report(), path)
    assert path.read_text().endswith("</html>\n")
    folder = tmp_path / "no" / "r.md"
    with pytest.raises(MemtuiError):
        write_report(report(), folder)
    assert [each.name for each in tmp_path.iterdir()] == ["r.html"]


def test_what_is_no_regular_file_is_not_replaced(tmp_path):
    pipe = tmp_path / "r.md"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_whole(pipe, "all of it")
        assert os.read(reader, 100) == b"all of it"
    finally:
        os.close(reader)
    assert pipe.is_fifo()


def test_a_link_goes_on_leading_to_the_file_and_the_file_stays_private(tmp_path):
    kept, link = tmp_path / "kept.md", tmp_path / "latest.md"
    kept.write_text("before")
    kept.chmod(0o600)
    link.symlink_to(kept)
    write_whole(link, "after")
    assert link.is_symlink()
    assert kept.read_text() == "after"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert {each.name for each in tmp_path.iterdir()} == {"kept.md", "latest.md"}


def test_the_name_of_the_file_has_no_path_in_it():
    made = report()
    made = replace(made, process=replace(made.process, name="../../etc/pass wd"))
    assert re.fullmatch(
        r"memtui-etc-pass-wd-42-\d{8}-\d{6}\.md", name_for(made.process, made.taken_at)
    )


def test_commands_can_be_pasted_as_they_stand():
    name = "app.Outer.make.<locals>.Item's"
    made = report(history(**{name.replace(".", "__"): growing(20)}))
    text = markdown(made)
    found = re.findall(r"`(memtui [a-z]+ [^`]*)`", text)
    words = [shlex.split(each) for each in found]
    assert [
        "memtui",
        "instances",
        "42",
        name,
        "--sort",
        "age",
        "--order",
        "ascending",
        "-x",
        "2",
    ] in words
    assert ["memtui", "global", "42", "app"] in words


def test_a_container_with_a_bound_is_no_leak():
    held = replace(holder("app.LOG", 120, "app.Session", kind="collections.deque"), bound=1060)
    made = report(history(app__Session=growing(20)), containers=[held])
    assert first(made).pattern is Pattern.BOUNDED
    assert plain_words(first(made).title) == (
        "app.LOG keeps app.Session objects; it is bounded at 1,060, 94 % full"
    )
    assert made.verdict == "none"


def test_growth_that_falls_back_is_no_leak():
    made = report(
        history(app__Row=[100, 200, 300, 120, 220, 320, 420]),
        containers=[holder("app.CACHE", 320, "app.Row")],
    )
    assert first(made).pattern is Pattern.FILLING
    assert made.verdict == "none"


def test_rss_is_not_unexplained_beside_what_explains_it():
    grown = history(app__Node=growing(50))
    collected = replace(collection(("app.Node", 290)), rss_before=120 * MIB, rss_after=92 * MIB)
    patterns = [each.pattern for each in report(grown, rss=rss(MIB), collection=collected).findings]
    assert patterns == [Pattern.GARBAGE]
    held = [holder("app.SESSIONS", 300, "app.Node")]
    patterns = [each.pattern for each in report(grown, rss=rss(MIB), containers=held).findings]
    assert patterns == [Pattern.CACHE]


def test_other_interpreters_take_the_confidence_away():
    three = Interpreters(3, (0, 1, 2))
    made = report(interpreters=three)
    assert (made.verdict, first(made).confidence) == ("unknown", Confidence.LOW)
    made = report(interpreters=three, rss=rss(MIB))
    assert first(made).pattern is Pattern.ELSEWHERE
    assert "allocator" not in plain_words(first(made).recommendation)
    assert made.verdict == "unknown"
    said = "2 other interpreters (IDs 1, 2) run in this process: their objects are not counted"
    assert f"{said}; memtui summary {made.process.pid} --interpreter all counts them" in markdown(
        made
    )
    together = replace(three, lists=ObjectLists.TOGETHER)
    made = report(interpreters=together)
    assert (made.verdict, first(made).confidence) == ("none", Confidence.HIGH)
    assert "their objects are counted with the main one's" in markdown(made)


def test_growth_that_was_not_tested_is_not_called_no_leak():
    made = report(history(app__Node=growing(50)), collection=None)
    assert made.verdict == "unknown"
    assert "this run cannot tell" in markdown(made)


def test_a_collection_that_was_not_made_proves_nothing():
    made = report(history(app__Node=growing(50)), collection=replace(collection(), made=False))
    assert made.collected is None
    assert made.growing[0].freed is None


def test_the_collector_s_own_number_is_what_was_freed():
    other = replace(collection(("app.Node", 290)), collected=310, agrees=False)
    text = markdown(report(collection=other))
    assert "Reclaimable: 310 objects" in text
    assert "The types are 290 objects" in text


def test_one_count_tells_nothing_of_growth():
    made = History()
    made.add(make(Census, START, ("app.Page",), [500], [50_000]))
    found = report(made, collection=None, cut_short="process 42 ended", rss=rss(MIB))
    assert [each.pattern for each in found.findings] == [Pattern.UNMEASURED]
    assert (found.verdict, first(found).confidence) == ("unknown", Confidence.LOW)
    text = markdown(found)
    assert "One count was made: what grows this run cannot tell." in text
    for said in ("no growth", "no type grew", "No leak", "RSS grows"):
        assert said.lower() not in text.lower()


def test_no_growth_is_told_with_its_limits():
    made = report(interpreters=Interpreters(1, (0,)))
    assert first(made).confidence is Confidence.HIGH
    said = " ".join(map(plain_words, first(made).evidence))
    assert "no type grew by 6 objects or more, and in most of 6 rounds" in said
    unknown = report(interpreters=None)
    assert first(unknown).confidence is Confidence.MEDIUM
    assert "whether other interpreters run in this process" in markdown(unknown)


def test_entries_that_leave_while_more_come_are_told():
    cache = replace(holder("app.LRU", 0, kind="collections.OrderedDict"), lengths=(999, 1000, 1000))
    made = report(steady=[cache])
    assert made.verdict == "none"
    words = "is steady at 999 to 1,000 entries: entries leave while more come"
    assert f"app.LRU (collections.OrderedDict) {words}" in plain_words(first(made).evidence[-1])
    assert f"`app.LRU` (`collections.OrderedDict`) {words}" in markdown(made)


def test_a_number_beside_a_container_is_no_bound_but_takes_the_confidence():
    held = replace(holder("app.STORE.items", 120, "app.Session"), beside=5000)
    made = report(history(app__Session=growing(20)), containers=[held])
    assert (first(made).confidence, made.verdict) == (Confidence.LOW, "unknown")
    said = " ".join(map(plain_words, first(made).evidence))
    assert "called like a limit is 5,000: whether that limits it is not known" in said


def test_what_only_grows_beside_a_container_with_a_bound_is_not_explained_by_it():
    log = replace(holder("app.LOG", 120, "app.Row", kind="collections.deque"), bound=5000)
    grown = history(app__Row=growing(20), app__Job=growing(20))
    made = report(grown, containers=[log])
    assert made.verdict == "unknown"
    assert plain_words(first(made).title) == "app.Job objects grow; their holder is not known"
    assert "app.LOG grew by as many, and has a limit" in " ".join(
        map(plain_words, first(made).evidence)
    )
    below = replace(log, below=frozenset({"app.Job"}))
    assert report(grown, containers=[below]).verdict == "none"


def test_material_in_another_order_of_magnitude_is_a_growth_of_its_own():
    log = replace(holder("app.LOG", 120, "app.Row", kind="collections.deque"), bound=5000)
    grown = history(app__Row=growing(20), list=growing(2000, 3000))
    made = report(grown, containers=[log])
    assert plain_words(first(made).title) == "list objects grow; their holder is not known"
    assert made.verdict == "leak"


def test_small_growth_of_a_container_is_neither_a_leak_nor_nothing():
    small = holder("app.SEEN", 120, "str", size=50.0)
    made = report(containers=[small])
    assert plain_words(first(made).title) == "app.SEEN keeps str objects"
    assert (first(made).confidence, made.verdict) == (Confidence.LOW, "unknown")


def test_a_pattern_that_is_a_guess_says_from_what():
    def found(name, *entries):
        held = [holder(name, 120, *entries)]
        return first(report(history(app__Item=growing(20)), containers=held))

    queue = found("app.HUB.pending", "app.Item")
    assert queue.pattern is Pattern.BACKLOG
    assert "its name suggests a queue" in [plain_words(words) for words in queue.evidence]
    # A module may be called anything.
    assert found("jobs.listeners.CACHE", "app.Item").pattern is Pattern.CACHE


def test_what_the_program_dropped_is_not_credited_to_a_collection():
    grown = history(app__Node=growing(50))
    dropped = replace(collection(("app.Node", 290)), collected=2, agrees=False)
    made = report(grown, collection=dropped)
    assert made.growing[0].freed == 2
    assert made.verdict != "garbage"


def test_growth_of_which_a_collection_frees_a_part_goes_on():
    made = report(history(app__Node=growing(50)), collection=collection(("app.Node", 200)))
    kept = next(each for each in made.findings if each.pattern is Pattern.UNKNOWN)
    assert kept.confidence is Confidence.LOW
    assert "a collection freed 200 of that type" in [plain_words(each) for each in kept.evidence]
    assert made.verdict == "unknown"


def outside(at, young=(), moved=False, **counts):
    names = {name.replace("__", "."): many for name, many in counts.items()}
    return OutsideCount(1, at, names, dict(young), moved=moved)


def test_growth_in_another_interpreter_is_told_with_what_is_not_known():
    two = Interpreters(2, (0, 1))
    first = outside(START, app__Session=100, dict=900, app__Fixed=5)
    last = outside(START + 30, app__Session=700, dict=1900, app__Fixed=5)
    made = report(interpreters=two, elsewhere=[OutsideGrowth(first, last)])
    assert made.verdict == "unknown"
    [finding] = made.findings
    assert (finding.pattern, finding.confidence) == (Pattern.ELSEWHERE, Confidence.LOW)
    assert plain_words(finding.title) == "app.Session objects grew in interpreter 1"
    said = markdown(made)
    assert (
        "1 other interpreter (ID 1) runs in this process: its objects were counted from outside"
        in said
    )
    assert "not counted" not in said
    assert "| `app.Session` | 700 | +600 | +1,200 |" in said
    assert "app.Fixed" not in said
    assert "app.Session" in html(made)


def test_what_may_have_come_and_gone_in_another_interpreter_is_no_finding():
    two = Interpreters(2, (0, 1))
    first = outside(START, app__Node=100, moved=True)
    for young, patterns in ((600, [Pattern.NONE]), (300, [Pattern.ELSEWHERE])):
        last = outside(START + 30, {"app.Node": young}, moved=True, app__Node=700)
        made = report(interpreters=two, elsewhere=[OutsideGrowth(first, last)])
        assert [each.pattern for each in made.findings] == patterns
        assert "and not exact" in markdown(made)
        assert made.verdict == "unknown"
    made = report(interpreters=two, elsewhere=[OutsideGrowth(None, last)])
    assert "it was not there at the start" in markdown(made)


def test_what_comes_again_before_it_is_counted_hides_what_was_freed():
    hidden = replace(collection(("app.Node", 5)), collected=290, agrees=False)
    made = report(history(app__Node=growing(50)), collection=hidden)
    assert made.verdict == "unknown"
    said = " ".join(map(plain_words, first(made).evidence))
    assert (
        "freed at least 5 of that type; of 285 more that it freed the types are not known" in said
    )


def test_what_grows_to_its_bound_may_be_what_takes_the_memory():
    log = replace(holder("app.LOG", 120, "app.Row", kind="collections.deque"), bound=5000)
    made = report(history(app__Row=growing(20)), containers=[log], rss=rss(MIB))
    assert (first(made).pattern, first(made).confidence) == (Pattern.NATIVE, Confidence.LOW)
    assert made.verdict == "unknown"


def test_growth_in_one_round_may_be_a_jump():
    made = History()
    for number in range(2):
        counts = [100 + 200 * number]
        made.add(make(Census, START + 5 * number, ("app.Session",), counts, [100 * counts[0]]))
    found = report(made, containers=[holder("app.SESSIONS", 200, "app.Session")])
    assert (first(found).confidence, found.verdict) == (Confidence.LOW, "unknown")


def test_a_container_without_a_name_comes_after_those_with_one_and_with_a_command():
    grown = history(app__Session=growing(20), app__Order=growing(70))
    nameless = replace(holder("", 120, "app.Session"), name=None)
    made = report(
        grown, containers=[nameless, holder("app.ORDERS", 420, "app.Order", address=0x20)]
    )
    assert [each.holder.name for each in made.findings] == ["app.ORDERS", None]
    unheld = report(history(app__Session=growing(20), app__Job=growing(3)), containers=[nameless])
    assert [each.holder is None for each in unheld.findings] == [False, True]
    said = plain_words(made.findings[1].evidence[-1])
    assert said == "the container itself: memtui instances 42 0x10 -x 1"
