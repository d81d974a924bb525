"""Watches functions in every way, under any interpreter; run by tests/agent/test_watch.py.

Reads a JSON object from stdin: the trees of the expressions in here, by their text, for the parser needs
a newer Python.  Prints one: the name of each scenario that failed and its traceback.
"""

import json
import traceback

import functions
import generators
import guests
import methods
import refusals


def main():
    failed = {}
    for room in (functions, methods, generators, guests, refusals):
        for name in sorted(vars(room)):
            if name.startswith("scenario_"):
                try:
                    vars(room)[name]()
                except BaseException:
                    failed[name] = traceback.format_exc()
    print(json.dumps(failed))


main()
