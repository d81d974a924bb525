"""What about the collector is said beside figures."""

from __future__ import annotations

import pytest

from memtui.verbs.collector import Collector, Generation, collector_texts


def state(threshold=700, **more):
    generations = tuple(Generation(each, 0, 0, 0, 0) for each in (threshold, 10, 10))
    facts = {"enabled": True, "frozen": 0, "garbage": 0, "debug": 0, "callbacks": 0, **more}
    return Collector(generations=generations, **facts)


@pytest.mark.parametrize("python", ["3.11.7", "3.13.0", "3.14.5", "3.15.0"])
def test_the_usual_settings_need_no_words(python):
    assert collector_texts(state(), python) == []
    assert collector_texts(state(2000), python) == []


@pytest.mark.parametrize(
    ("found", "python", "words"),
    [
        (state(enabled=False), "", "the collector is off"),
        (state(0), "", "threshold is 0"),
        (state(50_000), "", "raised to 50,000"),
        (state(debug=32, garbage=1), "", "gc.garbage (1 object)"),
        (state(generational=False), "", "no generations"),
        (state(), "3.14.0", "3.14.0 collects incrementally"),
        (state(), "3.14.4", "3.14.4 collects incrementally"),
    ],
)
def test_what_explains_figures_is_one_sentence(found, python, words):
    (said,) = collector_texts(found, python)
    assert words in said
