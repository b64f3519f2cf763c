"""Seeds, policies, backends, real data and parts, for all tests."""

import gc
import os
import signal
import subprocess
import sys
import zlib
from argparse import ArgumentTypeError
from importlib.metadata import version
from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = ["tests.trained_run"]

TESTS = Path(__file__).parent
REAL_DATA = TESTS.parents[1] / "shared" / "tfds"


def pytest_addoption(parser):
    parser.addoption(
        "--part",
        type=part,
        metavar="K/N",
        help="run the K-th of N parts of the test files with long tests",
    )


def part(value):
    """`2/3` as the pair (2, 3)."""
    number, _, count = value.partition("/")
    if not 1 <= int(number) <= int(count):
        raise ArgumentTypeError(f"must be K/N, 1 <= K <= N. Received: {value}")
    return int(number), int(count)


def pytest_configure(config):
    if config.getoption("dist", "no") != "no" and not hasattr(
        config, "workerinput"
    ):
        return  # this process only distributes tests: Keras takes seconds
    if all("plugin/browser" in path for path in config.args):
        return  # a page and a server without Keras
    if os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow":
        # Keras seeds TensorFlow too if it can be imported, which takes seconds.
        sys.modules["tensorflow"] = None
    capture = config.pluginmanager.getplugin("capturemanager")
    capture.resume_global_capture()
    import keras

    # Drops what TensorFlow prints on import: it would appear at the end.
    capture.suspend_global_capture()
    capture.read_global_capture()
    # Keras collects garbage whenever a layer loses an attribute, which takes a
    # tenth of a second if the collector visits all that was imported.
    gc.freeze()
    # Graphs are many objects, and few of them are ever garbage.
    gc.set_threshold(100_000, 50, 100)
    # JAX compiles each operation for each new shape: 20 would take minutes.
    # The first example of a property may trace a graph, hence no deadline.
    examples = 5 if keras.backend.backend() == "jax" else 20
    settings.register_profile(
        "keras_attn", deadline=None, max_examples=examples
    )
    settings.load_profile("keras_attn")


def pytest_report_header():
    backend = os.environ.get("KERAS_BACKEND", "its default backend")
    return f"keras {version('keras')} on {backend}"


@pytest.hookimpl(tryfirst=True)  # before pytest selects by marks
def pytest_collection_modifyitems(config, items):
    share_cases_between_jax_and_torch(items)
    keep_one_part(config, items)
    keep_what_the_backend_runs(config, items)


def share_cases_between_jax_and_torch(items):
    """Mark the cases as long that the other one of the two backends runs.

    So a case runs on TensorFlow and on one of the others. The contract runs on
    all three, except for gradients on JAX, which compiles each case for
    seconds. A checksum of the name decides: with every second case, a parameter
    with two values would have one.
    """
    backend = os.environ.get("KERAS_BACKEND")
    if backend not in ("jax", "torch"):
        return
    for item in items:
        is_contract = item.path.relative_to(TESTS).parts[0] == "layers"
        is_shared = not is_contract or (
            backend == "jax" and item.get_closest_marker("gradients")
        )
        name = item.nodeid.encode(errors="backslashreplace")
        on_torch = zlib.crc32(name) % 2 == 1
        is_here = on_torch == (backend == "torch")
        if is_shared and hasattr(item, "callspec") and not is_here:
            item.add_marker(pytest.mark.long)


def keep_one_part(config, items):
    """Apply `--part K/N`: every N-th file with long tests, from the K-th."""
    if config.getoption("part") is None:
        return
    number, count = config.getoption("part")
    files = {i.path for i in items if i.get_closest_marker("long")}
    chosen = sorted(files)[number - 1 :: count]
    deselect(config, items, lambda item: item.path not in chosen)


def keep_what_the_backend_runs(config, items):
    """Leave out the tests of TensorFlow if Keras runs on another backend."""

    def is_marked(item):
        return item.get_closest_marker("tensorflow")

    for item in filter(is_marked, items):
        # The mark must not hide a test that fails on another backend.
        if "tf" not in vars(item.module):
            raise pytest.UsageError(
                f"{item.nodeid} is marked `tensorflow`, but its module does "
                "not import tensorflow as tf."
            )
    if os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow":
        deselect(config, items, is_marked)


def deselect(config, items, leave_out):
    config.hook.pytest_deselected(items=list(filter(leave_out, items)))
    items[:] = [item for item in items if not leave_out(item)]


@pytest.fixture(autouse=True)
def fresh_keras():
    """Start every test from the same seed, policy and layer names."""
    if "keras" not in sys.modules:
        yield
        return
    import keras

    keras.utils.set_random_seed(7)
    keras.config.set_dtype_policy("float32")
    yield
    keras.config.set_dtype_policy("float32")
    keras.utils.clear_session(free_memory=False)


@pytest.fixture(scope="session")
def real_data():
    """Path of a TFDS folder with trec, glue/sst2 and imdb_reviews."""
    if not REAL_DATA.is_dir():
        pytest.skip("needs real datasets in ../shared/tfds beside the clone")
    return str(REAL_DATA)


@pytest.fixture
def new_process(tmp_path):
    """Function that runs a script in a new process and returns its output."""

    def run(script):
        finished = subprocess.run(
            [sys.executable, "-c", script],
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        assert finished.returncode == 0, finished.stderr
        return finished.stdout

    return run


@pytest.fixture
def in_front():
    """Started processes get Ctrl-C, which a shell's background jobs ignore."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def asked_for_maps(monkeypatch):
    """List of `return_attention_scores`, one per call of a classifier."""
    # Imported here: what this file imports at the top escapes coverage.
    from keras_attn.models import SentenceClassifier

    asked = []
    call = SentenceClassifier.call

    def watched(self, ids, training=None, return_attention_scores=False):
        asked.append(return_attention_scores)
        return call(self, ids, training, return_attention_scores)

    monkeypatch.setattr(SentenceClassifier, "call", watched)
    return asked
