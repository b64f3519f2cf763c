"""One place for seeds, policies, backends and real data."""

import subprocess
import sys
from pathlib import Path

import keras
import pytest
from hypothesis import settings

# The first example of a property may trace a graph; time says nothing there.
# JAX compiles every operation for every new shape: 50 would take it minutes.
EXAMPLES = 10 if keras.backend.backend() == "jax" else 50
settings.register_profile("keras_attn", deadline=None, max_examples=EXAMPLES)
settings.load_profile("keras_attn")

pytest_plugins = ["tests.trained_run"]

REAL_DATA = Path(__file__).parents[2] / "shared" / "tfds"


def pytest_configure(config):
    """Drops what TensorFlow logged when imported: it would be printed last."""
    config.pluginmanager.getplugin("capturemanager").read_global_capture()


def pytest_report_header():
    return f"keras {keras.__version__} on {keras.backend.backend()}"


def pytest_collection_modifyitems(config, items):
    """Leaves out what is about TensorFlow where Keras runs on another."""
    marked = [i for i in items if i.get_closest_marker("tensorflow")]
    for item in marked:
        # The marker is no way out for a test that fails on another backend.
        if "tf" not in vars(item.module):
            raise pytest.UsageError(
                f"{item.nodeid} is marked `tensorflow`, but its module does "
                "not import tensorflow as tf."
            )
    if keras.backend.backend() != "tensorflow":
        config.hook.pytest_deselected(items=marked)
        items[:] = [item for item in items if item not in marked]


@pytest.fixture(autouse=True)
def fresh_keras():
    """Every test starts from the same seed, policy and layer names."""
    keras.utils.set_random_seed(7)
    keras.config.set_dtype_policy("float32")
    yield
    keras.config.set_dtype_policy("float32")
    keras.utils.clear_session(free_memory=False)


@pytest.fixture(scope="session")
def real_data():
    """A TFDS folder with trec, glue/sst2 and imdb_reviews."""
    if not REAL_DATA.is_dir():
        pytest.skip("needs real datasets in ../shared/tfds beside the clone")
    return str(REAL_DATA)


@pytest.fixture
def new_process(tmp_path):
    """Runs a script in a new process, in `tmp_path`; returns its output."""

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
def asked_for_maps(monkeypatch):
    """Whether maps were asked for, of each call of a classifier."""
    # Not above: what this file imports is imported before lines are counted.
    from keras_attn.models import SentenceClassifier

    asked = []
    call = SentenceClassifier.call

    def watched(self, ids, training=None, return_attention_scores=False):
        asked.append(return_attention_scores)
        return call(self, ids, training, return_attention_scores)

    monkeypatch.setattr(SentenceClassifier, "call", watched)
    return asked
