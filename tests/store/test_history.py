"""The ring: bounds, marks, growth against them, trends, and names that change their order."""

import math
import random
from array import array
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memtui.model.growth import Mark
from memtui.store.history import History
from memtui.verbs.asking import Names
from memtui.verbs.census import Census
from tests.support.known import known
from tests.support.making import make


def census(at, counts, sizes=None, names=None):
    names = names or tuple(f"t{row}" for row in range(len(counts)))
    sizes = [count * 10 for count in counts] if sizes is None else sizes
    return make(Census, at=at, names=names, counts=counts, sizes=sizes)


def rows(growth):
    columns = (growth.names, growth.counts, growth.sizes, growth.count_deltas, growth.size_deltas)
    return [tuple(column[row] for column in columns) for row in growth.rows]


def test_an_empty_history_has_nothing_to_say():
    history = History()
    assert len(history) == 0
    assert history.latest is history.oldest is None
    assert history.growth(60) is None
    assert history.trend("dict") == []
    assert history.marks == ()
    assert history.memory_bytes == 0
    with pytest.raises(LookupError, match="no census"):
        history.mark()


def test_one_census_grows_against_nothing():
    history = History()
    history.add(census(0, [1]))
    assert history.growth(60) is None
    assert history.trend("t0") == [1]


def test_growth_over_a_window_has_only_what_changed():
    history = History()
    history.add(census(0, [1, 5, 7, 0], [10, 50, 70, 0]))
    history.add(census(30, [2, 5, 7, 0], [20, 50, 70, 0]))
    history.add(census(60, [4, 5, 0, 0, 3], [40, 51, 0, 0, 30]))
    growth = known(history.growth(30))
    assert (growth.baseline, growth.since, growth.until) == ("last 30 s", 30, 60)
    assert rows(growth) == [
        ("t0", 4, 40, 2, 20),
        ("t1", 5, 51, 0, 1),
        ("t2", 0, 0, -7, -70),
        ("t4", 3, 30, 3, 30),
    ]
    assert growth.per_minute(0) == 4
    assert known(history.growth(45)).since == 0
    assert known(history.growth(3600)).since == 0
    assert known(history.growth(60)).baseline == "last 1 min"
    assert known(history.growth(90)).baseline == "last 90 s"
    assert known(history.growth(math.inf)).baseline == "first census"
    assert known(history.growth(math.inf)).since == 0
    assert history.trend("t0", 16, math.inf) == [1, 2, 4]


def test_growth_against_marks():
    history = History()
    history.add(census(0, [1]))
    mark_a = history.mark()
    assert mark_a == Mark("A", 0)
    assert rows(history.growth(mark_a)) == []
    history.add(census(60, [5]))
    mark_b = history.mark()
    history.add(census(120, [7]))
    assert history.marks == (mark_a, mark_b)
    assert rows(history.growth(mark_a)) == [("t0", 7, 70, 6, 60)]
    assert rows(history.growth(mark_b)) == [("t0", 7, 70, 2, 20)]
    assert known(history.growth(mark_a)).baseline == "mark A"
    with pytest.raises(LookupError, match="no mark C"):
        history.growth(Mark("C", 0))
    with pytest.raises(LookupError, match="no mark A"):
        history.growth(Mark("A", 5))


def test_labels_go_on_after_z():
    history = History()
    history.add(census(0, [1]))
    labels = [history.mark().label for _ in range(26 * 27 + 1)]
    assert labels[:3] + labels[24:28] + labels[-2:] == [
        "A",
        "B",
        "C",
        "Y",
        "Z",
        "AA",
        "AB",
        "ZZ",
        "AAA",
    ]
    assert len(set(labels)) == len(labels)


def test_old_censuses_are_dropped_but_marks_keep_theirs():
    history = History(max_age_s=100)
    history.add(census(0, [1]))
    mark = history.mark()
    for at in range(10, 301, 10):
        history.add(census(at, [at]))
    assert known(history.oldest).at == 200
    assert len(history) == 11
    assert known(history.growth(mark)).since == 0
    assert known(history.growth(1000)).since == 200


def test_memory_is_bounded_by_thinning_the_past():
    history = History(max_bytes=200_000)
    width = 500
    first = history.add(census(0.0, [1] * width))
    mark = history.mark()
    for at in range(1, 400):
        history.add(census(float(at), [at] * width))
        assert history.memory_bytes <= 200_000 + 2 * 8 * width + 400
    kept = [each.at for each in history._ring]
    assert kept == sorted(kept)
    assert kept[-1] == 399
    assert kept[0] == 0, "the span stays"
    assert kept[-3:] == [397, 398, 399], "the present stays dense"
    gaps = [(399 - before, after - before) for before, after in pairwise(kept)]
    assert all(gap <= max(2, age / 2) for age, gap in gaps), "the past gets coarser with its age"
    assert known(history.growth(mark)).since == first.at
    assert history._ring_bytes == sum(8 * 2 * width + 400 for _ in history._ring)


def test_a_census_larger_than_all_memory_is_still_kept():
    history = History(max_bytes=10)
    history.add(census(0, [1]))
    history.add(census(1, [2]))
    assert len(history) == 1
    assert known(history.latest).at == 1


def test_names_of_another_session_are_brought_into_order():
    history = History()
    history.add(census(0, [1, 2, 3], names=("a", "b", "c")))
    mark = history.mark()
    other = ("c", "new", "a")
    kept = history.add(census(60, [30, 40, 10], names=other))
    assert kept.names == ("a", "b", "c", "new")
    assert list(kept.counts) == [10, 0, 30, 40]
    assert list(kept.sizes) == [100, 0, 300, 400]
    again = history.add(census(61, [31, 41, 11], names=other))
    assert list(again.counts) == [11, 0, 31, 41]
    later = history.add(census(62, [1, 1, 1, 1], names=(*other, "d")))
    assert later.names == ("a", "b", "c", "new", "d")
    assert [(row[0], row[3]) for row in rows(history.growth(mark))] == [
        ("b", -2),
        ("c", -2),
        ("new", 1),
        ("d", 1),
    ]
    assert history.trend("new") == [0, 40, 41, 1]


def test_fewer_names_than_before_are_another_session():
    history = History()
    history.add(census(0, [1, 2], names=("a", "b")))
    kept = history.add(census(1, [5], names=("a",)))
    assert kept.names == ("a", "b")
    assert list(kept.counts) == [5, 0]


def test_an_unchanged_census_is_kept_as_it_came():
    history = History()
    names = Names(("a", "b"))
    first = make(Census, at=0, names=names, counts=array("q", [1, 2]), sizes=array("q", [3, 4]))
    assert history.add(first) is first
    second = make(Census, at=1, names=names, counts=array("q", [1, 2]), sizes=array("q", [3, 4]))
    assert history.add(second) is second
    assert known(history.latest).names is names


def test_a_clock_that_is_set_back_begins_anew():
    history = History()
    history.add(census(100, [1]))
    history.add(census(50, [2]))
    assert len(history) == 1
    assert history.growth(60) is None


def test_trends_are_resampled_and_end_with_the_latest():
    history = History()
    for at in range(101):
        history.add(census(at, [at, 7]))
    assert history.trend("t0", points=5) == [0, 25, 50, 75, 100]
    assert history.trend("t0", points=3, span_s=20) == [80, 90, 100]
    assert history.trend("t0", points=16, span_s=4) == [96, 97, 98, 99, 100]
    assert history.trend("t0", points=1) == [100]
    assert history.trend("t1", points=4) == [7] * 4
    assert history.trend("unknown") == []
    assert history.trend("t0", points=0) == []
    history.add(census(101, [1000, 7]))
    assert history.trend("t0", points=2) == [0, 1000]


def test_a_type_that_came_later_was_not_there_before():
    history = History()
    history.add(census(0, [1]))
    history.add(census(1, [1, 9]))
    assert history.trend("t1") == [0, 9]


@settings(max_examples=50)
@given(st.randoms(use_true_random=False))
def test_growth_equals_a_plain_comparison_of_two_dictionaries(chance: random.Random):
    history = History()
    pool = [f"t{number}" for number in range(8)]
    marks = []
    truth = []
    for at in range(6):
        names = tuple(chance.sample(pool, chance.randint(0, len(pool))))
        counts = [chance.randint(0, 3) for _ in names]
        history.add(census(at, counts, names=names))
        truth.append(dict(zip(names, counts, strict=True)))
        marks.append(history.mark())
    for mark, before in zip(marks, truth, strict=True):
        expected = {
            name: truth[-1].get(name, 0) - before.get(name, 0)
            for name in pool
            if truth[-1].get(name, 0) != before.get(name, 0)
        }
        growth = known(history.growth(mark))
        assert {row[0]: row[3] for row in rows(growth)} == expected
        assert growth.growing == sum(delta > 0 for delta in expected.values())
