# Everything from a fresh clone: make, git and Python 3.11 or newer.
PYTHON ?= python3
BIN := .venv/bin
# A run in the demo's own folder is replaced; any other folder is the user's.
DEMO := runs/demo

.PHONY: demo test test-fast test-data lint clean

demo: .venv/installed
	$(BIN)/python -m training.train --recipe pronouns --run_dir $(DEMO) \
	    --overwrite --export saved_model --export tflite

test: .venv/installed
	$(BIN)/python -m pytest

test-fast: .venv/installed
	$(BIN)/python -m pytest -m "not slow"

# The figures on real data that take minutes: sst2, imdb, trec as a CSV.
test-data: .venv/installed
	$(BIN)/python -m tests.real_data

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.venv/installed: setup.cfg constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; say PYTHON=python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev]"
	touch $@

clean:
	rm -rf .venv build dist runs *.egg-info
