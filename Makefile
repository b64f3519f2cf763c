# Everything from a fresh clone. Needs make, git and Python 3.11 or newer.
PYTHON ?= python3
BIN := .venv/bin
# `make demo` overwrites only its own run folder.
DEMO := runs/demo
# Test processes. Each needs about 2 GB of memory.
WORKERS ?= 2
# A process takes tests from the other one when it has none left.
PYTEST := python -m pytest --numprocesses=$(WORKERS) --dist=worksteal
CORE := ops layers maps optimizers
CORE_TESTS := $(CORE:%=tests/%) tests/references
# What runs on every backend, and what runs with the oldest versions.
CONTRACT := $(wildcard tests/layers/test_contract*.py)
# Without the exports, which would load TensorFlow for nothing.
ON_EVERY_BACKEND := $(filter-out %_exports.py, \
    $(CONTRACT) \
    $(wildcard $(addsuffix /test_*.py,tests/ops tests/optimizers tests/references)))
# `make test` fails if less than 99 % of the branches of the core are covered by
# its own tests. Tracing slows tests by a third, so each test is traced once at
# most: what runs on every backend on PyTorch, which is the fastest, except for
# the optimizers, where TensorFlow has its own code; and nothing that takes long
# and reaches no other branch.
TRACED := --cov-branch --cov-report= $(CORE:%=--cov=keras_attn/%)
NOT_TRACED := $(filter-out tests/optimizers/%, $(ON_EVERY_BACKEND)) \
    $(wildcard $(CORE_TESTS:%=%/test_*_exports.py)) \
    tests/layers/blocks/test_block_masks.py \
    tests/layers/blocks/test_compiled_masks.py \
    tests/maps/test_capture.py \
    tests/maps/test_keras_hub.py \
    tests/maps/test_number_of_runs.py
BROWSER_TESTS := tests/plugin/browser
OTHER_TESTS := $(filter-out $(CORE_TESTS:%=%/) %__pycache__/, \
    $(wildcard tests/*/ tests/test_*.py))
ONE_PATH := tests/environments/test_one_path.py
# One part of the long tests, such as 2/3; all of them by default.
PART ?= 1/1

# Without these files, each process would compile TensorFlow and Keras again,
# which takes longer than everything that most of them do.
unexport PYTHONDONTWRITEBYTECODE

PIP := -m pip --disable-pip-version-check install --quiet --progress-bar off \
    --no-compile

# Python compiles what is imported: here, instead of in each of the test processes
# that start together.
COMPILE = $(BIN)/python -c "import jax.numpy, keras_hub, torch" 2>/dev/null

.PHONY: demo test test-core test-browser test-fast test-long test-data test-backends \
    test-on-jax test-on-torch test-oldest test-newest bench lint clean

demo: .venv/installed
	$(BIN)/python -m training.train --recipe pronouns --run_dir $(DEMO) \
	    --overwrite --export saved_model --export tflite

# What every change must pass. Each step of ONE_PATH has tests of its own. The
# parts of the core and the browser run side by side, each in half of the
# processes, and print when they end: fewer processes import Keras or start a
# browser fewer times. JAX takes longest, so the others let it go first.
test: .venv/installed-for-tests
	rm -f .coverage .coverage.*
	@echo "The core on TensorFlow, JAX and PyTorch; the browser: 3 minutes."
	$(MAKE) --jobs=3 --output-sync WORKERS=$$((($(WORKERS) + 1) / 2)) \
	    test-on-jax test-core test-on-torch test-browser
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --fail-under=99 --show-missing --skip-covered
	$(BIN)/$(PYTEST) -m "not long" $(NOT_TRACED) $(OTHER_TESTS) \
	    --ignore=$(ONE_PATH) --ignore=$(BROWSER_TESTS)

test-core: .venv/installed-for-tests
	COVERAGE_FILE=.coverage.core nice $(BIN)/$(PYTEST) -m "not long" $(CORE_TESTS) \
	    $(NOT_TRACED:%=--ignore=%) $(TRACED)

test-browser: .venv/installed-for-tests
	nice $(BIN)/python -m pytest -m "not long" $(BROWSER_TESTS)

test-fast: .venv/installed-for-tests
	$(BIN)/$(PYTEST) -m "not slow and not long"

# The long proofs; `make test-long PART=2/3` runs the second third of the files,
# on each backend.
test-long: .venv/installed-for-long-tests
	KERAS_BACKEND=torch $(BIN)/$(PYTEST) -m long --part $(PART) \
	    $(ON_EVERY_BACKEND)
	KERAS_BACKEND=jax $(BIN)/$(PYTEST) -m long --part $(PART) \
	    $(ON_EVERY_BACKEND)
	$(BIN)/$(PYTEST) -m long --part $(PART)

# The accuracy on sst2, imdb and trec, about 20 minutes. Needs ../shared.
test-data: .venv/installed-for-tests
	$(BIN)/python -m tests.real_data

# The speed against the rivals, about 40 minutes; `make bench BENCH=--quick`
# takes 10. See docs/performance.md.
bench: .venv/installed-for-long-tests
	$(BIN)/python -m training.benchmark $(BENCH)

# Processes of their own: Keras chooses its backend on import.
test-backends: test-on-jax test-on-torch

# oneDNN compiles a kernel for each shape, and here each shape runs once. Users
# have it, so the tests of `.ci/run` on other versions and the long ones do, too.
test: export TF_ENABLE_ONEDNN_OPTS := 0

# XLA should compile quickly: what it compiles runs once.
test test-on-jax: export XLA_FLAGS := --xla_backend_optimization_level=0 \
    --xla_llvm_disable_expensive_passes=true \
    --xla_cpu_use_fusion_emitters=false
# JAX compiles each operation for each shape, and keeps what it has compiled for
# other processes and the next run.
test-on-jax: export JAX_COMPILATION_CACHE_DIR := .pytest_cache/jax
test-on-jax: export JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS := 0
test-on-jax: export JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES := -1
test-on-jax: .venv/installed-for-tests
	KERAS_BACKEND=jax $(BIN)/$(PYTEST) -m "not long" $(ON_EVERY_BACKEND)

test-on-torch: .venv/installed-for-tests
	COVERAGE_FILE=.coverage.torch KERAS_BACKEND=torch \
	    nice $(BIN)/$(PYTEST) -m "not long" $(ON_EVERY_BACKEND) $(TRACED)

# The contract and one path through each package with the lower bounds of
# setup.cfg.
test-oldest: .venv-oldest/installed
	.venv-oldest/bin/$(PYTEST) -m "not long" $(CONTRACT) $(ONE_PATH)

# The fast tests on the newest Python of this machine.
test-newest: .venv-newest/installed
	.venv-newest/bin/$(PYTEST) -m "not slow and not long"
	.venv-newest/bin/python -m pytest $(ONE_PATH)

lint: .venv/installed-for-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.venv/bin/python .venv-oldest/bin/python: BASE := $(PYTHON)
.venv-newest/bin/python: BASE = $(shell .ci/newest_python)
.venv/bin/python .venv-oldest/bin/python .venv-newest/bin/python:
	$(BASE) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed. Run make with PYTHON=python3.11.")'
	$(BASE) -m venv $(@D:/bin=)

# One environment: `make demo` installs what a user needs, the tests add to it.
.venv/installed: setup.cfg constraints.txt | .venv/bin/python
	$(BIN)/python $(PIP) --constraint constraints.txt --editable .
	touch $@

.venv/installed-for-tests: setup.cfg constraints.txt | .venv/bin/python
	$(BIN)/python $(PIP) --constraint constraints.txt --editable ".[dev]"
	$(COMPILE)
	touch .venv/installed $@

.venv/installed-for-long-tests: setup.cfg constraints.txt | .venv/bin/python
	$(BIN)/python $(PIP) --constraint constraints.txt --editable ".[bench,dev]"
	$(COMPILE)
	touch .venv/installed .venv/installed-for-tests $@

.venv-oldest/installed: setup.cfg constraints-oldest.txt \
    | .venv-oldest/bin/python
	$(@D)/bin/python $(PIP) --constraint constraints-oldest.txt \
	    --editable ".[test]"
	touch $@

.venv-newest/installed: setup.cfg constraints.txt | .venv-newest/bin/python
	$(@D)/bin/python $(PIP) --constraint constraints.txt --editable ".[test]"
	touch $@

clean:
	rm -rf .venv .venv-oldest .venv-newest build dist runs *.egg-info \
	    .coverage* .hypothesis .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +
