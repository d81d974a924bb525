# Each target is complete on a machine with Python 3.11 or newer and nothing else prepared.

VENV := .venv
BIN := $(VENV)/bin
PYTEST_ARGS ?=
# Two workers: most of the time is spent waiting for targets.  A worker that has no tests left takes some of the other's.
TESTS := -q -n 2 --dist worksteal
# A cell of the torture goes to the first worker that is free: some take a minute.
TORTURE := -q --dist load --maxschedchunk 1 -m torture tests/torture
export PYTHON

.PHONY: help demo test check ci lint types contracts tests test-all screenshots man bench torture torture-quick clean run-venv dev-venv

help:
	@echo "make demo         a leaking shop, and memtui's dashboard on it"
	@echo "make test         set up what tests need, then everything of make check"
	@echo "make check        linter, formatter, types, import contracts, tests"
	@echo "make test-all     every test on every interpreter that is here, not only on those of its circle"
	@echo "make screenshots  the pictures in screenshots/, from a live run"
	@echo "make man          the man page docs/memtui.1, from the help"
	@echo "make bench        the measurements of bench/README.md"
	@echo "make torture      the attach torture over every interpreter here (an hour or so); -quick: two of them"
	@echo "make clean        remove what these made"

demo: run-venv
	@$(BIN)/memtui demo

test: dev-venv
	@scripts/test_tools.sh
	@$(MAKE) --no-print-directory lint types contracts tests

check: dev-venv
	@$(MAKE) --no-print-directory lint types contracts tests

lint:
	@$(BIN)/ruff check -q
	@$(BIN)/ruff format -q --check
	@echo "ruff: clean"

types:
	@$(BIN)/mypy --no-error-summary
	@echo "mypy: clean"

contracts:
	@$(BIN)/lint-imports --no-cache >$(VENV)/lint-imports.log || { cat $(VENV)/lint-imports.log; exit 1; }
	@echo "imports: every contract kept"

tests:
	@$(BIN)/python -m pytest $(TESTS) $(PYTEST_ARGS)

test-all: dev-venv
	@scripts/test_tools.sh
	@$(MAKE) --no-print-directory tests PYTEST_ARGS="--all-interpreters $(PYTEST_ARGS)"

screenshots: dev-venv
	@$(BIN)/python screenshots/make.py

man: dev-venv
	@$(BIN)/python scripts/manpage.py >docs/memtui.1

bench: dev-venv
	@$(BIN)/python bench/everyday.py
	@$(BIN)/python bench/census.py
	@$(BIN)/python bench/store.py
	@$(BIN)/python bench/ui_tick.py

# The table in docs/safety.md is replaced by this run's.
torture: dev-venv
	@$(BIN)/python -m pytest $(TORTURE) -n 2 --full --table docs/safety.md $(PYTEST_ARGS)

torture-quick: dev-venv
	@$(BIN)/python -m pytest $(TORTURE) -n 3 $(PYTEST_ARGS)

# What has to pass before a change is taken in.  Tests that fail are run once more, alone, at the end.
ci: dev-venv
	@scripts/test_tools.sh
	@$(MAKE) --no-print-directory lint types contracts
	@$(BIN)/python -m tests.support.again $(TESTS) -- $(TORTURE) -n 3

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

run-venv:
	@scripts/venv.sh

dev-venv:
	@scripts/venv.sh dev
