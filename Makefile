# `make demo` and `make test` work from a clean clone: they need Python 3.11+, git and make.

PYTHON := $(shell for python in python3 python3.13 python3.12 python3.11 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin
# the environment is made again when the dependencies change
READY := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow lint types clean

help:  ## list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(READY): pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and was not found"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo 'installing into .venv, which takes a minute or so ...'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

demo: $(READY)  ## search a pipeline on 4 GB of Parquet within 512 MiB
	$(BIN)/python demo/make_data.py
	$(BIN)/python demo/search.py

test: $(READY)  ## the fast tests
	$(BIN)/python -m pytest -q -n 2 -m "not slow"

test-slow: $(READY)  ## the slow tests: memory, large data
	$(BIN)/python -m pytest -q -m slow

lint: $(READY)  ## style and formatting
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(READY)  ## static types
	$(BIN)/mypy

clean:  ## remove the environment, caches and the demo's data
	rm -rf .venv demo-data build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
