# `make demo` and `make test` work from a clean clone: they need Python 3.11+, git and make.

PYTHON := $(shell for python in python3 python3.13 python3.12 python3.11 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin
# the environment is made again when the dependencies change
READY := .venv/.ready
# the oldest NumPy and SciPy have no wheels for newer ones
OLDEST_PYTHON := $(shell for python in python3.11 python3.12 python3 python; do \
	$$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2>/dev/null && echo $$python && break; done)
NIGHTLY := https://pypi.anaconda.org/scientific-python-nightly-wheels/simple

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow test-oldest test-nightly lint types clean

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

.venv-oldest/.ready: pyproject.toml .ci/oldest.py
	@test -n "$(OLDEST_PYTHON)" || { echo "Python 3.11 or 3.12 is needed and was not found"; exit 1; }
	$(OLDEST_PYTHON) -m venv .venv-oldest
	$(OLDEST_PYTHON) .ci/oldest.py > .venv-oldest/constraints.txt
	@echo 'installing into .venv-oldest, which takes a minute or so ...'
	@.venv-oldest/bin/python -m pip install --quiet --disable-pip-version-check -e '.[test]' -c .venv-oldest/constraints.txt
	@touch $@

test-oldest: .venv-oldest/.ready  ## the fast tests on the oldest versions that pyproject.toml allows
	.venv-oldest/bin/python -m pytest -q -n 2 -m "not slow"

test-nightly:  ## the fast tests on last night's scikit-learn, NumPy, SciPy, pandas, and Dask's main branch
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and was not found"; exit 1; }
	test -x .venv-nightly/bin/python || $(PYTHON) -m venv .venv-nightly
	.venv-nightly/bin/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
	.venv-nightly/bin/python -m pip install --quiet --disable-pip-version-check --upgrade --pre \
		--extra-index-url $(NIGHTLY) scikit-learn numpy scipy pandas
	.venv-nightly/bin/python -m pip install --quiet --disable-pip-version-check --upgrade \
		git+https://github.com/dask/dask git+https://github.com/dask/distributed
	.venv-nightly/bin/python -m pytest -q -n 2 -m "not slow"

lint: $(READY)  ## style and formatting
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(READY)  ## static types
	$(BIN)/mypy

clean:  ## remove the environment, caches and the demo's data
	rm -rf .venv .venv-oldest .venv-nightly demo-data build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
