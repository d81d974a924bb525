"""The table: cells folded by kind and by interpreter, as Markdown."""

from __future__ import annotations

import math
import os
import platform
import re
from typing import TYPE_CHECKING, Any

from tests.torture.kinds import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

BEGIN, END = "<!-- torture: begin -->", "<!-- torture: end -->"
Result = dict[str, Any]
_HEAD = (
    "attaches",
    "answered",
    "refused",
    "first answer p50 / p99 / max, ms",
    "longest stop, ms",
    "gap alone, ms",
    "gap attached, ms",
    "deaths",
    "leftovers",
    "failures",
)


def write(path: Path, results: Sequence[Result], command: str, minutes: float) -> None:
    """Put the table between the markers of ``path``, or at its end."""
    text = path.read_text() if path.exists() else ""
    table = f"{BEGIN}\n{markdown(results, command, minutes)}\n{END}"
    if BEGIN in text and END in text:
        text = text[: text.index(BEGIN)] + table + text[text.index(END) + len(END) :]
    else:
        text = f"{text}\n{table}\n"
    path.write_text(text)


def markdown(results: Sequence[Result], command: str, minutes: float) -> str:
    ran = [result for result in results if "not_run" not in result]
    total = _fold(ran)
    lines = [
        f"{total['attempts']:,} attaches in {len(ran)} cells, {minutes:.0f} minutes, by `{command}` on {machine()}.",
        "",
        (
            f"**{total['answers']:,} answered, {total['refused']:,} refused as they must, "
            f"{total['deaths']} targets lost, {total['leftovers']} leftovers, {total['failures']} failures.**"
        ),
        "",
        "By kind, over all interpreters:",
        "",
        *_table("kind", _by(ran, "kind"), says=True),
        "",
        "By interpreter and method, over all kinds:",
        "",
        *_table("interpreter", _by(ran, "interpreter")),
        "",
        "Attaches answered and refused, of all, per kind and interpreter; `·` was not run:",
        "",
        *_matrix(results),
        "",
        "Not run:",
        "",
        *_not_run(results),
    ]
    return "\n".join(lines)


def machine() -> str:
    """The machine: processors and kernel, and the load, which includes other programs."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return f"{os.cpu_count()} processors ({_processor()}), Linux {platform.release()}, load at the end {load}"


def _processor() -> str:
    try:
        with open("/proc/cpuinfo") as info:
            match = re.search(r"^model name\s*: (.*)$", info.read(), re.MULTILINE)
    except OSError:
        return platform.machine()
    return match[1] if match else platform.machine()


def _by(results: Iterable[Result], name: str) -> dict[str, list[Result]]:
    groups: dict[str, list[Result]] = {}
    for result in results:
        key = result[name]
        if name == "interpreter":
            key = f"{result['interpreter']} ({result['version']})"
            if result["method"]:
                key += f", --methods {result['method']}"
        groups.setdefault(key, []).append(result)
    return groups


def _fold(results: Sequence[Result]) -> dict[str, Any]:
    def largest(name: str) -> float | None:
        return max((r[name] for r in results if r.get(name) is not None), default=None)

    return {
        "attempts": sum(r["attempts"] for r in results),
        "answers": sum(r.get("answers", 0) for r in results),
        "refused": sum(sum(r.get("refusals", {}).values()) for r in results),
        "times": sorted(time for r in results for time in r.get("first_ms", ())),
        "stop": largest("stop_ms"),
        "alone": largest("gap_alone_ms"),
        "attached": largest("gap_ms"),
        "deaths": sum(r.get("deaths", 0) for r in results),
        "leftovers": sum(len(r.get("leftovers", ())) for r in results),
        "failures": sum(len(r.get("failures", ())) for r in results),
    }


def percentile(times: Sequence[float], share: float) -> float:
    """The nearest-rank percentile of sorted ``times``."""
    return times[max(0, math.ceil(share * len(times)) - 1)]


def _row(results: Sequence[Result]) -> list[str]:
    folded = _fold(results)
    times = folded["times"]
    first = " / ".join(f"{percentile(times, p):.0f}" for p in (0.5, 0.99, 1.0)) if times else "–"

    def one(value: float | None) -> str:
        return "–" if value is None else f"{value:.1f}"

    return [
        f"{folded['attempts']:,}",
        f"{folded['answers']:,}",
        f"{folded['refused']:,}",
        first,
        one(folded["stop"]),
        one(folded["alone"]),
        one(folded["attached"]),
        str(folded["deaths"]),
        str(folded["leftovers"]),
        str(folded["failures"]),
    ]


def _table(first: str, groups: dict[str, list[Result]], *, says: bool = False) -> list[str]:
    head = [first, *(["what it is"] if says else []), *_HEAD]
    lines = [_line(head), _line(["---"] * len(head))]
    for name, results in groups.items():
        about = [BY_NAME[name].says] if says else []
        lines.append(_line([name, *about, *_row(results)]))
    return lines


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _matrix(results: Sequence[Result]) -> list[str]:
    columns = list(_by(results, "interpreter"))
    short = [re.sub(r" \([^)]*\)|--methods ", "", name) for name in columns]
    lines = [_line(["kind", *short]), _line(["---"] * (len(columns) + 1))]
    for kind, cells in _by(results, "kind").items():
        by_column = _by(cells, "interpreter")
        lines.append(_line([kind, *(_cell(by_column.get(name, [])) for name in columns)]))
    return lines


def _cell(results: Sequence[Result]) -> str:
    ran = [result for result in results if "not_run" not in result]
    if not ran:
        return "·"
    folded = _fold(ran)
    text = f"{folded['answers'] + folded['refused']}/{folded['attempts']}"
    bad = folded["deaths"] + folded["leftovers"] + folded["failures"]
    return f"**{text}, {bad} bad**" if bad else text


def _not_run(results: Sequence[Result]) -> list[str]:
    reasons: dict[tuple[str, str], list[str]] = {}
    for result in results:
        if "not_run" in result:
            name = result["interpreter"] + (f" {result['method']}" if result["method"] else "")
            reasons.setdefault((result["kind"], result["not_run"]), []).append(name)
    lines = [f"- {kind} under {', '.join(where)}: {why}" for (kind, why), where in reasons.items()]
    if not any(result["interpreter"] == "musl" for result in results):
        lines.append(
            "- any kind under musl: no CPython for it is here; tests/torture/musl.sh builds one"
        )
    return lines or ["- nothing was left out"]
