"""Reports on programs, beside what these count themselves: every contradicted sentence is printed.

    python -m bench.truth --leaks FOLDER [--for 15] [--only 42 --only 49] [--env 49=/path/to/bin/python] [--keep OUT]

FOLDER has programs ``NN_slug.py`` and, beside each, ``NN_slug.json`` with ``verdict``, ``holder.all_of``,
``needs`` and ``python``.  A program that needs libraries runs on the interpreter that ``--env`` gives, or is
left out.  ``--keep`` writes the reports there.  Exits with 1 if anything is contradicted.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support import interpreters
from tests.support.truth import Witnessed, contradictions, reported

if TYPE_CHECKING:
    from collections.abc import Mapping

#: How often a program is counted by itself in one run.
LOOKS = 5


def main() -> int:
    """Report on each program of the folder."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--leaks", type=Path, required=True)
    parser.add_argument("--for", dest="for_s", type=float, default=15.0)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--env", action="append", default=[])
    parser.add_argument("--keep", type=Path)
    args = parser.parse_args()
    pythons = dict(each.split("=", 1) for each in args.env)
    wrong = 0
    for program in sorted(args.leaks.glob("[0-9]*.py")):
        number = program.name.partition("_")[0]
        if args.only and number not in args.only:
            continue
        answer = json.loads(program.with_suffix(".json").read_text())
        python = pythons.get(number) or _python_for(answer)
        if python is None:
            print(f"{program.stem:24} left out: needs {', '.join(answer['needs'])}")
            continue
        wrong += _judge(program, answer, python, args.for_s, args.keep)
    print(f"{wrong} contradicted")
    return 1 if wrong else 0


def _python_for(answer: Mapping[str, Any]) -> str | None:
    if answer["needs"]:
        return None
    wanted = ".".join(answer["python"].split(".")[:2])
    found = {each.name: each.path for each in interpreters.supported()}
    return found.get(wanted) or sys.executable


def _judge(
    program: Path, answer: Mapping[str, Any], python: str, for_s: float, keep: Path | None
) -> int:
    with Witnessed(python, program) as witnessed:
        document, text = reported(witnessed, for_s, LOOKS)
        found = contradictions(document, text, witnessed.samples)
    first = document["findings"][0]
    tokens = answer.get("holder", {}).get("all_of", [])
    named = [
        each["holder"]["name"] or "?" for each in document["findings"] if each["holder"] is not None
    ]
    right = any(all(token in name for token in tokens) for name in named) if tokens else not named
    print(
        f"{program.stem:24} {answer['verdict']:8} → {document['verdict']:8} "
        f"{'holder named' if right and tokens else '':13} {len(found)} contradicted  "
        f"{document['cost']['agent_ms']:6.0f} ms  {first['title']} ({first['confidence']})"
    )
    for each in found:
        print(f"    ✗ {each}")
    if keep is not None:
        keep.mkdir(exist_ok=True)
        (keep / f"{program.stem}.md").write_text(text)
        (keep / f"{program.stem}.json").write_text(json.dumps(document, indent=1))
    return len(found)


if __name__ == "__main__":
    sys.exit(main())
