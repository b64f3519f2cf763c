# Everything from a fresh clone: make, git and Python 3.11 or newer.
PYTHON ?= python3
BIN := .venv/bin
# A run in the demo's own folder is replaced; any other folder is the user's.
DEMO := runs/demo
BACKENDS := tensorflow jax torch
# Tests run in two processes, a file at a time: fixtures of a file are made once.
PYTEST := python -m pytest --numprocesses=2 --dist=loadfile
# What must be right on every backend, and to the last branch.
CORE_TESTS := tests/ops tests/layers tests/models tests/maps tests/references
CORE := keras_attn/ops keras_attn/layers keras_attn/maps

.PHONY: demo test test-fast test-data test-backends test-oldest lint clean

demo: .venv/installed
	$(BIN)/python -m training.train --recipe pronouns --run_dir $(DEMO) \
	    --overwrite --export saved_model --export tflite

test: .venv/installed
	$(BIN)/$(PYTEST) -m "not long"

test-fast: .venv/installed
	$(BIN)/$(PYTEST) -m "not slow and not long"

# The figures on real data that take minutes: sst2, imdb, trec as a CSV.
test-data: .venv/installed
	$(BIN)/python -m tests.real_data

# Each in a process of its own: Keras chooses its backend when imported.
test-backends: $(BACKENDS:%=test-on-%)

# Branches are counted on one of them: they are the same on all three.
test-on-tensorflow: COVERAGE := --cov-branch --cov-fail-under=95 \
    $(CORE:%=--cov=%) --cov-report=term-missing:skip-covered

test-on-%: .venv-backends/installed
	KERAS_BACKEND=$* .venv-backends/bin/$(PYTEST) $(CORE_TESTS) \
	    $(COVERAGE)

# The lower bounds of setup.cfg, installed together.
test-oldest: .venv-oldest/installed
	.venv-oldest/bin/$(PYTEST) -m "not slow and not long"

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.venv/installed .venv-backends/installed: PINS := constraints.txt
.venv/installed .venv-oldest/installed: EXTRAS := dev
.venv-backends/installed: EXTRAS := dev,jax,torch
.venv-oldest/installed: PINS := constraints-oldest.txt

.venv/installed .venv-backends/installed: constraints.txt
.venv-oldest/installed: constraints-oldest.txt
.venv/installed .venv-backends/installed .venv-oldest/installed: setup.cfg
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; say PYTHON=python3.11")'
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --constraint $(PINS) \
	    --editable ".[$(EXTRAS)]"
	touch $@

clean:
	rm -rf .venv .venv-backends .venv-oldest build dist runs *.egg-info
