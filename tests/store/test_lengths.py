"""Lengths over time: the rate of each container, and what is forgotten."""

import pytest

from memtui.store.lengths import LengthWatch
from memtui.verbs.lengths import Lengths
from tests.support.making import make


def lengths(at, by_address):
    return make(Lengths, at, tuple(by_address.values()), tuple(by_address))


def test_the_rate_is_over_what_was_seen():
    watch = LengthWatch()
    watch.add(lengths(100.0, {1: 10, 2: 5, 3: None}))
    assert (watch.length(1), watch.per_minute(1)) == (10, None)
    assert watch.length(3) is None
    watch.add(lengths(130.0, {1: 40, 2: 4}))
    assert watch.per_minute(1) == 60.0
    assert watch.per_minute(2) == -2.0


def test_only_the_window_counts():
    watch = LengthWatch(window_s=60)
    for second, length in ((0, 0), (30, 100), (60, 200), (90, 200), (120, 200), (150, 260)):
        watch.add(lengths(float(second), {1: length}))
    # From the last moment that is a minute old, 90 s: 200 to 260.
    assert watch.per_minute(1) == pytest.approx(60.0)


def test_what_is_asked_no_more_is_forgotten():
    watch = LengthWatch()
    watch.add(lengths(0.0, {1: 10, 2: 10}))
    watch.add(lengths(60.0, {2: 20}))
    watch.add(lengths(120.0, {1: 500, 2: 30}))
    assert watch.per_minute(1) is None
    assert watch.per_minute(2) == 10.0
    watch.clear()
    assert watch.length(2) is None


def test_a_clock_that_was_set_back_begins_anew():
    watch = LengthWatch()
    watch.add(lengths(1000.0, {1: 10}))
    watch.add(lengths(500.0, {1: 20}))
    assert watch.per_minute(1) is None
    watch.add(lengths(560.0, {1: 25}))
    assert watch.per_minute(1) == 5.0
