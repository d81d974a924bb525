"""The garbage collector's settings and counters."""

from ..entry import guest

gc = guest.gc
_GENERATIONS = 3


VERB = {
    "args": {},
    "walks": False,
    "changes": False,
}


def collector(_session, _meter):
    """Verb: the collector's settings and counters."""
    yield None
    return state()


def state():
    """The same, as a dict that packs."""
    thresholds, counts, stats = gc.get_threshold(), gc.get_count(), gc.get_stats()
    generations = []
    for index in range(_GENERATIONS):
        stat = stats[index] if index < len(stats) else {}
        generations.append(
            [
                thresholds[index] if index < len(thresholds) else 0,
                counts[index] if index < len(counts) else 0,
                stat.get("collections", 0),
                stat.get("collected", 0),
                stat.get("uncollectable", 0),
            ]
        )
    return {
        "enabled": gc.isenabled(),
        "generational": guest.has_gil,
        "generations": generations,
        "frozen": gc.get_freeze_count(),
        "garbage": _length(gc.garbage),
        "debug": gc.get_debug(),
        "callbacks": _length(gc.callbacks),
    }


def _length(found):
    return len(found) if type(found) is list else 0
