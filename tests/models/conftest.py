import pytest

from keras_attn.models import SentenceClassifier
from keras_attn.text import Vectorizer


@pytest.fixture
def classifier():
    vectorizer = Vectorizer.learn(["a good dog !", "a very bad cat ?"])
    model = SentenceClassifier(
        vectorizer,
        ["praise", "blame", "neither"],
        num_layers=2,
        d_model=15,
        num_heads=5,
        feed_forward_dim=7,
    )
    model.build((None, None))
    return model
