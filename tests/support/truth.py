"""What a report says beside what the program itself counts: each sentence that the two contradict."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tests.support.target import PATIENCE_S, TARGETS, Target

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Figures of a moving program are taken at different moments: they may differ by this share,
NEAR = 0.05
#: or by this many.
NEAR_LEAST = 30
#: Growth that a report must not miss: by so many entries or objects, and in each part of the run.
PLAIN = 100

Words = dict[str, Any]


@dataclass
class Witnessed:
    """A program that runs beside a witness; ``samples`` are what that has counted, oldest first."""

    python: str
    program: Path
    samples: list[Words] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.target = Target(self.python, TARGETS / "witness.py", str(self.program))

    @property
    def pid(self) -> int:
        return self.target.pid

    def ask(self, addresses: Sequence[int] = (), *, collect: bool = False) -> Words:
        """What the program has now; with ``collect`` after a collection of its own."""
        question = json.dumps({"addresses": list(addresses), "collect": collect})
        self.target.stdin.write(question.encode() + b"\n")
        self.target.stdin.flush()
        line = self.target.line_with("WITNESS ", timeout=PATIENCE_S)
        told: Words = json.loads(line)
        assert "error" not in told, told
        self.samples.append(told)
        return told

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.target.stop()


def reported(witnessed: Witnessed, for_s: float, looks: int, *more: str) -> tuple[Words, str]:
    """The report as JSON and as text, of a run in which the program was counted now and then."""
    command = [sys.executable, "-m", "memtui", "report", str(witnessed.pid), "--for", str(for_s)]
    witnessed.ask()
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            [*command, "--json", "--collect", "-o", f"{folder}/report.md", *more],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as viewer,
    ):
        ended = threading.Event()
        out: list[str] = []

        def read() -> None:
            out.extend(viewer.communicate(timeout=PATIENCE_S))
            ended.set()

        threading.Thread(target=read, daemon=True).start()
        # Not at the end: a witness holds what it counts, and the report's collection would spare that.
        for _ in range(looks - 1):
            if not ended.wait(for_s / looks):
                witnessed.ask()
        ended.wait(PATIENCE_S)
        assert viewer.returncode == 0, out[1]
        document: Words = json.loads(out[0])
        text = Path(folder, "report.md").read_text()
    told = [*document["containers"], *document["steady"]]
    told += [each["holder"] for each in document["findings"] if each["holder"]]
    witnessed.ask([int(each["address"], 16) for each in told])
    witnessed.ask(collect=True)
    return document, text


def contradictions(document: Words, text: str, samples: Sequence[Words]) -> list[str]:
    """The sentences that the program's own counters contradict, each with these."""
    return [
        *_of_containers(document, samples),
        *_of_findings(document, samples),
        *_of_types(document, samples),
        *_of_verdict(document, text, samples),
    ]


def _of_containers(document: Words, samples: Sequence[Words]) -> Iterator[str]:
    for each in (*document["containers"], *document["steady"]):
        counted = [one["counters"].get(each["name"]) for one in samples]
        if None not in counted and not _within(each["entries"], counted, samples):
            yield f"{each['name']} has {each['entries']} entries: the program counts {counted}"
    for each in document["containers"]:
        yield from _of_container(each, samples)
    for each in document["steady"]:
        yield from _of_steady(each, samples)


def _of_container(each: Words, samples: Sequence[Words]) -> Iterator[str]:
    address = str(int(each["address"], 16))
    lengths = _lengths(address, samples)
    if not lengths or (each["name"] or "").endswith("[…]"):
        return
    said = f"{each['name'] or each['address']} has {each['entries']} entries"
    if not _within(each["entries"], lengths, samples):
        yield f"{said}: the program has {lengths}"
    if (each["entries_delta"] or 0) > NEAR_LEAST and max(lengths) <= lengths[0]:
        yield f"{said}, {each['entries_delta']} more than before: the program has {lengths}"
    limit = samples[-2]["limits"].get(address)
    if limit != each["bound"]:
        yield f"{said}, bounded at {each['bound']}: the program says {limit}"


def _of_steady(each: Words, samples: Sequence[Words]) -> Iterator[str]:
    address = str(int(each["address"], 16))
    lengths = _lengths(address, samples)
    said = f"{each['name'] or each['address']} is steady at {each['entries']}"
    if lengths and max(lengths) - min(lengths) > max(2, NEAR * max(lengths)):
        yield f"{said}: the program has {lengths}"
    if len({one["entries"].get(address) for one in samples} - {None}) == 1:
        yield f"{said} and exchanges its entries: the program has the same ones all the time"


def _of_findings(document: Words, samples: Sequence[Words]) -> Iterator[str]:
    asked = samples[-2]
    for finding in document["findings"]:
        holder, kind = finding["holder"], finding["type"]
        if holder is None:
            continue
        kept = asked["kept"].get(str(int(holder["address"], 16)))
        if kept is not None and kind is not None and not kept.get(kind):
            yield f"“{finding['title']}”: the program has there {sorted(kept)}"


def _of_types(document: Words, samples: Sequence[Words]) -> Iterator[str]:
    for row in document["growing"]:
        counts = [sample["types"].get(row["type"], 0) for sample in samples[:-1]]
        if not _within(row["count"], counts, samples):
            yield f"{row['type']} has {row['count']} objects: the program has {counts}"
        if row["count_delta"] > NEAR_LEAST and max(counts) <= counts[0]:
            yield f"{row['type']} grew by {row['count_delta']}: the program has {counts}"
    objects = [sample["objects"] for sample in samples[:-1]]
    if not _within(document["after"]["objects"], objects, samples):
        yield f"{document['after']['objects']} tracked objects: the program has {objects}"
    threads = [sample["threads"] for sample in samples]
    if not min(threads) <= document["threads"][1] <= max(threads) + NATIVE_THREADS:
        yield f"{document['threads'][1]} threads: the program has {threads}"


#: Threads of C libraries, and memtui's own, are no threads of Python's.
NATIVE_THREADS = 40


def _of_verdict(document: Words, text: str, samples: Sequence[Words]) -> Iterator[str]:
    verdict, first = document["verdict"], document["findings"][0]
    grown = [*_grown_types(samples), *_grown_containers(samples)]
    silent = "no steady growth was seen" in text or "No leak was seen" in text
    if verdict == "none" and grown and not _has_limit(document):
        yield f"verdict none: in the program {grown[:4]} grew all the time"
    elif silent and verdict == "none" and first["pattern"] == "no steady growth seen" and grown:
        yield f"“{first['title']}”: in the program {grown[:4]} grew all the time"
    if verdict == "leak" and not _grows(first, samples):
        yield f"verdict leak, “{first['title']}”: in the program that does not grow"
    if verdict == "garbage" and _grows({"type": first["type"], "holder": None}, samples):
        yield f"verdict garbage, “{first['title']}”: in the program it stays after a collection"
    collected = document["collection"]
    if "no collection" in text.lower() and collected is not None:
        yield "the text says that there was no collection, and has its figures"


def _has_limit(document: Words) -> bool:
    """Whether the report says of something that it grows, and why it will end."""
    return any(
        each["pattern"] in {"container with a bound", "growth that slows down or falls back"}
        for each in document["findings"]
    )


def _grows(finding: Words, samples: Sequence[Words]) -> bool:
    """Whether what a finding is about has become more, after a collection too."""
    if finding["holder"] is not None:
        lengths = _lengths(str(int(finding["holder"]["address"], 16)), samples)
        if lengths:
            return lengths[-1] > lengths[0]
    if finding["type"] is None or finding["type"] not in samples[0]["types"]:
        return True  # nobody counts what is not tracked
    return bool(samples[-1]["types"].get(finding["type"], 0) > samples[0]["types"][finding["type"]])


def _grown_types(samples: Sequence[Words]) -> Iterator[str]:
    for kind, last in samples[-1]["types"].items():
        counts = [sample["types"].get(kind, 0) for sample in samples[:-2]]
        steps = list(pairwise(counts))
        if last - counts[0] >= PLAIN and all(a < b for a, b in steps):
            yield f"{kind} {counts}"


def _grown_containers(samples: Sequence[Words]) -> Iterator[str]:
    for address, first in samples[0]["lengths"].items():
        lengths = _lengths(address, samples[:-2])
        steps = list(pairwise(lengths))
        grew = len(lengths) > 2 and all(a < b for a, b in steps)
        if grew and lengths[-1] - first >= PLAIN:
            yield f"a container at 0x{int(address):x} {lengths}"


def _lengths(address: str, samples: Sequence[Words]) -> list[int]:
    return [sample["lengths"][address] for sample in samples if address in sample["lengths"]]


def _within(figure: int, counts: Sequence[int], samples: Sequence[Words]) -> bool:
    """Whether a figure from some moment of the run is as the program's: between counts it may have gone on."""
    times = [sample["at"] for sample in samples[: len(counts)]]
    steps = list(zip(pairwise(counts), pairwise(times), strict=True))
    pause = max(t - s for s, t in pairwise(sample["at"] for sample in samples))
    rose = max(((b - a) / (t - s) for (a, b), (s, t) in steps), default=0) * pause
    fell = max(((a - b) / (t - s) for (a, b), (s, t) in steps), default=0) * pause
    lowest = min(counts) - max(NEAR_LEAST, NEAR * min(counts)) - 1.5 * max(0, fell)
    highest = max(counts) + max(NEAR_LEAST, NEAR * max(counts)) + 1.5 * max(0, rose)
    return bool(lowest <= figure <= highest)
