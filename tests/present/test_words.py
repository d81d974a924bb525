"""Sentences that the command line, the dashboard and the report have in common."""

from typing import Any

import pytest

from memtui.model.cost import Cost
from memtui.model.process import Candidate, Process
from memtui.model.rounds import Rounds
from memtui.present import growth, processes, text, words


def rounds(**more: Any) -> Rounds:
    facts: dict[str, Any] = {
        "baseline": "mark A", "since": 0.0, "until": 120.0, "names": ["app.A", "app.B"],
        "counts": [300, 10], "sizes": [3000, 100], "count_deltas": [200, -2],
        "size_deltas": [2048, 0], "changed": [1, 1], "growing": 1, "moments": [0.0, 60.0, 120.0],
        "round_deltas": [[100, 0], [100, -2]], "grown": [2, 0], "shrunk": [0, 1],
        "steadiness": [1.0, None],
    }  # fmt: skip
    return Rounds(**(facts | more))


def test_a_row_of_growth():
    found = rounds()
    assert [span.text for span in growth.totals(found, 0)] == ["300", "2.93 KiB"]
    assert growth.changes(found, 0) == (("+200", "grow"), ("+2.00 KiB", "grow"), ("+100", "grow"))
    assert growth.changes(found, 1) == (("−2", "shrink"), ("0 B", "dim"), ("−1.0", "shrink"))
    assert growth.regularity(found, 0) == (("2 of 2", "grow"), ("1.00", "dim"))
    assert growth.regularity(found, 1) == (("0 of 2", ""), ("–", "dim"))


def test_how_many_types_always_grew():
    assert growth.always_text(rounds()) == "1 type grew in every one of 2 rounds"
    assert growth.always_text(rounds(grown=[2, 2])) == "2 types grew in every one of 2 rounds"
    assert growth.always_text(rounds(grown=[1, 0])) == "no type grew in every one of 2 rounds"


def test_a_process_that_cannot_be_attached_to_is_dim():
    process = Process(7, "app", ("python", "app.py"), None, None, None, None, 1 << 20)
    row = processes.cells(Candidate(process, False, None, None, None), "app.py")
    assert [span.text for span in row] == ["7", "–", "1.00 MiB", "–", "–", "no", "app.py"]
    assert {span.tone for span in row} == {"dim", "warn"}


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (words.sentence("it ended"), "It ended."),
        (words.frozen_text(1), "1 object was frozen by gc.freeze(): alive, but neither listed nor collected"),
        (words.frozen_text(1204)[:36], "1,204 objects were frozen by gc.free"),
        (words.cost_text(Cost(1, 2.5, 0.4)), "2.5 ms in the target, longest stall 0.4 ms"),
        (words.rss_text(1 << 20, 3 << 20), "RSS 1.00 MiB → 3.00 MiB (+2.00 MiB)"),
        (words.rss_text(None, 3), ""),
        (words.verdict_text("none"), "no leak seen"),
        (words.verdict_text("leak"), "leak"),
        (text.counted(1, "type"), "1 type"),
        (text.counted(1204, "entry", "entries"), "1,204 entries"),
        (text.rounds_text(3, 5), "3 of 5"),
        (text.rounds_text(0, 0), "–"),
        (text.took_text(0.012), "12 µs"),
        (text.took_text(0.4), "0.4 ms"),
        (text.short_count_text(9_812_345), "9.81 M"),
        (text.short_count_text(812), "812"),
    ],
)  # fmt: skip
def test_the_words(said, wanted):
    assert said == wanted
