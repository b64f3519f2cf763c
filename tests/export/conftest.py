import keras
import pytest

from keras_attn.models import SentenceClassifier
from keras_attn.text import Vectorizer


@pytest.fixture(scope="package")
def classifier():
    """A small model, never trained: three labels, two layers of five heads."""
    keras.utils.set_random_seed(3)
    vectorizer = Vectorizer.learn(["a good dog ! who's", "very bad cat ?"])
    model = SentenceClassifier(
        vectorizer, ["good", "bad", "odd"], d_model=15, num_heads=5
    )
    model.build((None, None))
    return model
