"""The attach torture: attaches many times to every kind of hard target and checks that nobody was harmed.

    python bench/attach.py                 every kind, every interpreter found, 20 attaches a cell
    python bench/attach.py --quick         two interpreters, 2 attaches a cell, nothing installed
    python bench/attach.py --kinds lock,sleep --interpreters 3.8,3.14 --attaches 200

Needs Linux, a C compiler for some kinds, and for third-party kinds a package index; whatever is missing is reported
as not run.  Every finished cell is appended to a file of JSON lines.  Exit code 1 if anything failed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import shlex
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]

from torture import report, setup  # noqa: E402
from torture.kinds import BY_NAME, KINDS  # noqa: E402
from torture.runner import Plan, Runner, failed, key_of  # noqa: E402

from tests.support import interpreters  # noqa: E402 - the checkout is made importable above

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Where one of them is not here, the nearest that is.
QUICK_INTERPRETERS = ("3.11", "3.14")
QUICK_ATTACHES, FULL_ATTACHES = 2, 20


def main() -> int:
    if sys.argv[1:] == ["--cell"]:
        return cell()
    options = parse(sys.argv[1:])
    if options.render:
        results = list(earlier(options.render).values())
        return finish(options, results, sum(r.get("seconds", 0) for r in results) / options.jobs)
    plans = plan(options)
    options.results.parent.mkdir(parents=True, exist_ok=True)
    done = earlier([options.results]) if options.resume and options.results.exists() else {}
    kept = {key: result for key, result in done.items() if not failed(result)}
    options.results.write_text("".join(json.dumps(result) + "\n" for result in kept.values()))
    left = [plan for plan in plans if plan.key not in kept]
    runner = Runner(left, options.results, options.jobs, say)
    begun = time.monotonic()
    # Ended from outside is ended as by Ctrl-C: with the table of what was done.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(runner.run())
    found = kept | {key_of(result): result for result in runner.results}
    results = [found[plan.key] for plan in plans if plan.key in found]
    seconds = sum(result["seconds"] for result in kept.values()) / options.jobs
    code = finish(options, results, time.monotonic() - begun + seconds)
    return code if len(results) == len(plans) else 130


def earlier(files: list[Path]) -> dict[tuple[str, str, str], dict[str, Any]]:
    """The cells of earlier runs' results; of a cell the last counts."""
    lines = [line for file in files for line in file.read_text().splitlines()]
    return {key_of(result): result for result in map(json.loads, lines)}


def finish(options: argparse.Namespace, results: list[dict[str, Any]], seconds: float) -> int:
    command = "python bench/attach.py " + shlex.join(options.shown)
    if options.out:
        report.write(options.out, results, command.strip(), seconds / 60)
    if options.json:
        print(json.dumps(results))
    elif not options.out:
        print(report.markdown(results, command.strip(), seconds / 60))
    bad = [result for result in results if failed(result)]
    for result in bad:
        where = f"{result['interpreter']} {result['method']} {result['kind']}"
        found = Counter([*result.get("failures", ()), *result.get("leftovers", ())])
        for text, count in found.most_common(5):
            say(f"FAILED {where}: {count} × {text[:600]}")
    say(f"{len(results)} cells, {len(bad)} failed, {seconds / 60:.1f} minutes")
    return 1 if bad or all("not_run" in result for result in results) else 0


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Attach to every kind of hard target, many times.")
    parser.add_argument(
        "--quick", action="store_true", help="two interpreters, few attaches, nothing installed"
    )
    parser.add_argument("--kinds", help="names, separated by commas; see bench/torture/kinds.py")
    parser.add_argument("--interpreters", help="names as 3.8, 3.13t, debian, separated by commas")
    parser.add_argument("--attaches", type=int, help="attaches a cell")
    parser.add_argument(
        "--methods",
        help="auto, ptrace, remote-exec …, separated by commas; auto, and ptrace from 3.14 on, if not given",
    )
    parser.add_argument("--jobs", type=int, default=1, help="cells at once")
    parser.add_argument("--json", action="store_true", help="all results as JSON on stdout")
    parser.add_argument("--out", type=Path, help="Markdown file to put the table into")
    parser.add_argument(
        "--results",
        type=Path,
        default=setup.cache() / "results.jsonl",
        help="where finished cells are appended",
    )
    parser.add_argument(
        "--resume", action="store_true", help="keep the results that are there and did not fail"
    )
    parser.add_argument(
        "--render",
        type=Path,
        nargs="+",
        help="only make the table of earlier runs' results; of a cell the last counts",
    )
    options = parser.parse_args(argv)
    options.shown = [word for word in argv if word.startswith("--") or not word.startswith("/")]
    return options


def plan(options: argparse.Namespace) -> list[Plan]:
    """Every cell in order: by interpreter, then method, then kind."""
    names = options.kinds.split(",") if options.kinds else [kind.name for kind in KINDS]
    unknown = [name for name in names if name not in BY_NAME]
    if unknown:
        sys.exit(f"no such kind: {', '.join(unknown)}; there are {', '.join(BY_NAME)}")
    attaches = options.attaches or (QUICK_ATTACHES if options.quick else FULL_ATTACHES)
    plans = []
    for row, interpreter in enumerate(chosen(options)):
        made = setup.prepare(interpreter, install=not options.quick, say=say)
        for method in methods(options, interpreter):
            for column, name in enumerate(names):
                kind = BY_NAME[name]
                lacks = kind.lacks(
                    interpreter, frozenset(made.importable), getattr(made, kind.built or "name")
                )
                if options.quick:
                    count = 1 if kind.slow else attaches
                    # Each kind has its heartbeat under one of the two interpreters.
                    plans.append(Plan(kind, made, method, count, lacks, ((row + column) % 2 == 0,)))
                else:
                    plans.append(Plan(kind, made, method, attaches, lacks))
    if options.quick:
        plans.sort(key=lambda plan: not plan.kind.slow)  # the others fill the gaps
    return plans


def chosen(options: argparse.Namespace) -> list[interpreters.Interpreter]:
    musl = setup.musl()
    here = {found.name: found for found in (*interpreters.supported(), *([musl] if musl else []))}
    names = tuple(here)
    if options.quick:
        names = tuple(dict.fromkeys(nearest(name, here.values()) for name in QUICK_INTERPRETERS))
    if options.interpreters:
        names = tuple(options.interpreters.split(","))
        absent = [name for name in names if name not in here]
        if absent:
            sys.exit(f"no such interpreter: {', '.join(absent)}; there are {', '.join(here)}")
    return [here[name] for name in names]


def nearest(name: str, here: Iterable[interpreters.Interpreter]) -> str:
    """The interpreter of version ``name``, or the one whose version comes nearest."""
    wanted = int(name.partition(".")[2])
    usual = [each for each in here if not each.free_threaded and each.name != "musl"]
    return min(usual, key=lambda each: abs(each.version[1] - wanted)).name


def methods(options: argparse.Namespace, interpreter: interpreters.Interpreter) -> list[str]:
    if options.methods:
        return ["" if name == "auto" else name for name in options.methods.split(",")]
    return ["", "ptrace"] if interpreter.version >= (3, 14) and not options.quick else [""]


def cell() -> int:
    """Run one cell in this process: its order comes on stdin, its result goes to stdout."""
    from torture.cell import Cell  # noqa: PLC0415 - only here is memtui itself needed

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so its targets are ended
    order = json.load(sys.stdin)
    made = setup.Setup(**{**order["setup"], "importable": tuple(order["setup"]["importable"])})
    running = Cell(
        BY_NAME[order["kind"]],
        made,
        order["method"],
        lambda line: print(line.replace("\n", " ⏎ "), flush=True),
    )
    asyncio.run(running.run(order["attaches"], order["beats"]))
    print("result", json.dumps(running.result), flush=True)
    return 0


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
