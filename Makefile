# Each target is complete on a machine with Python 3.11 or newer and nothing else prepared.

VENV := .venv
BIN := $(VENV)/bin
PYTEST_ARGS ?=
export PYTHON

.PHONY: help demo test check lint types contracts tests screenshots bench bench-attach bench-attach-quick clean run-venv dev-venv

help:
	@echo "make demo         a leaking shop, and memtui's dashboard on it"
	@echo "make test         set up what tests need, then everything of make check"
	@echo "make check        linter, formatter, types, import contracts, tests"
	@echo "make screenshots  the pictures in screenshots/, from a live run"
	@echo "make bench        the measurements of bench/README.md"
	@echo "make bench-attach the attach torture over every interpreter here (an hour or so); -quick: two of them"
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

# Two workers, each with whole files: most of the time is spent waiting for targets.
tests:
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile $(PYTEST_ARGS)

screenshots: dev-venv
	@$(BIN)/python screenshots/make.py

bench: dev-venv
	@$(BIN)/python bench/everyday.py
	@$(BIN)/python bench/census.py
	@$(BIN)/python bench/store.py
	@$(BIN)/python bench/ui_tick.py

# The table in docs/safety.md is replaced by this run's.
bench-attach: dev-venv
	@$(BIN)/python bench/attach.py --jobs 2 --out docs/safety.md

bench-attach-quick: dev-venv
	@$(BIN)/python bench/attach.py --quick --jobs 3

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

run-venv:
	@scripts/venv.sh

dev-venv:
	@scripts/venv.sh dev
