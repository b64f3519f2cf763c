"""One place for seeds, policies and real data."""

from pathlib import Path

import keras
import pytest

REAL_DATA = Path(__file__).parents[2] / "shared" / "tfds"


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
