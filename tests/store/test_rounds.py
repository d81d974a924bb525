"""Growth in rounds: what grew in each, and how steadily."""

from dataclasses import replace

import pytest

from memtui.store.history import History
from memtui.store.rounds import rounds
from memtui.verbs.census import Census
from tests.support.known import known
from tests.support.making import make

NAMES = ("leak", "cache", "churn", "still", "table", "less")
# Counts at six moments, ten seconds apart; the late type came with the third.
COUNTS = {
    "leak": (100, 200, 300, 400, 500, 600),
    "cache": (0, 900, 1000, 1000, 1000, 1000),
    "churn": (50, 80, 40, 90, 30, 60),
    "still": (7, 7, 7, 7, 7, 7),
    "table": (1, 1, 1, 1, 1, 1),
    "less": (90, 70, 60, 40, 20, 0),
    "late": (0, 0, 5, 10, 15, 20),
}


def taken():
    made = []
    for place in range(6):
        names = NAMES + (("late",) if place >= 2 else ())
        counts = [COUNTS[name][place] for name in names]
        sizes = [count * 10 for count in counts]
        # One dict that doubles now and then, and never shrinks.
        sizes[4] = (100, 200, 200, 400, 400, 800)[place]
        made.append(make(Census, 1000.0 + 10 * place, names, counts, sizes))
    return made


def by_name(found):
    return {found.names[row]: row for row in found.rows}


def test_each_type_in_how_many_rounds():
    found = rounds(taken(), "first count")
    rows = by_name(found)
    assert (found.total, found.until - found.since) == (5, 50.0)
    assert set(rows) == {"leak", "cache", "churn", "table", "less", "late"}
    assert {name: found.grown[row] for name, row in rows.items()} == {
        "leak": 5,
        "cache": 2,
        "churn": 3,
        "table": 3,
        "less": 0,
        "late": 4,
    }
    assert found.shrunk[rows["churn"]] == 2
    assert found.shrunk[rows["less"]] == 5
    assert [name for name, row in rows.items() if found.always_grew(row)] == ["leak"]
    leak = rows["leak"]
    assert [deltas[leak] for deltas in found.round_deltas] == [100] * 5
    assert (found.counts[leak], found.count_deltas[leak], found.size_deltas[leak]) == (
        600,
        500,
        5000,
    )
    assert found.per_minute(leak) == 600


def test_steadiness_tells_a_line_from_a_step_and_from_noise():
    found = rounds(taken(), "first count")
    rows = by_name(found)
    assert found.steadiness[rows["leak"]] == pytest.approx(1.0)
    assert found.steadiness[rows["less"]] > 0.98
    assert 0.3 < found.steadiness[rows["cache"]] < 0.7
    assert found.steadiness[rows["churn"]] < 0.1
    # Its number never changes: then it goes by size.
    assert found.steadiness[rows["table"]] > 0.8


def test_two_counts_are_one_round_that_any_line_fits():
    found = rounds(taken()[:2], "first count")
    assert found.total == 1
    assert set(found.steadiness) == {None}


def test_no_time_explains_nothing():
    found = rounds([replace(each, at=1.0) for each in taken()], "first count")
    assert set(found.steadiness) == {0.0}


def test_a_history_is_cut_into_rounds():
    history = History()
    assert history.rounds(5, 60.0) is None
    for census in taken():
        history.add(census)
    found = known(history.rounds(5, 50.0))
    assert found.moments == [1000.0 + 10 * place for place in range(6)]
    assert found.grown[by_name(found)["leak"]] == 5
    # Fewer censuses than rounds: as many rounds as there can be.
    assert known(history.rounds(50, 1e9)).total == 5
    mark = history.mark()
    assert history.rounds(5, mark) is None
    history.add(make(Census, 1060.0, NAMES, [700, *[0] * 5], [7000, *[0] * 5]))
    assert known(history.rounds(5, mark)).total == 1
