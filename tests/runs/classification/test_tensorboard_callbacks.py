import keras
import numpy as np
import pytest

from keras_attn.data import Corpus, Split
from keras_attn.runs.classification import TextClassification
from keras_attn.runs.settings import Settings
from keras_attn.tensorboard import AttentionMaps, ReferentAttention


@pytest.mark.parametrize(
    "tokens, kinds",
    [
        ("words", [AttentionMaps, ReferentAttention]),
        ("characters", [AttentionMaps]),  # positions count words
    ],
)
def test_referents_are_followed_only_among_words(tokens, kinds, tmp_path):
    positions = {name: np.array([1, 0]) for name in ("pronoun", "referent")}
    labels = np.array([0, 1], np.int32)
    split = Split(["the dog", "it barks"], labels, "here", positions)
    corpus = Corpus("set", ("a", "b"), split, split, split, "text", "label")
    settings = Settings(
        dataset="set", tokens=tokens, min_count=1, d_model=4, num_heads=2
    )
    task = TextClassification()
    data = task.encode(corpus, settings)
    callbacks = task.callbacks(
        keras.callbacks.TensorBoard(tmp_path),
        task.build_model(data, settings),
        data,
        settings,
    )
    assert list(map(type, callbacks)) == kinds
