"""The script of a Keras user, and the three lines that log its attention.

The same for KerasHub is in tests/maps/test_keras_hub.py.
"""

import numpy as np
import pytest

pytestmark = pytest.mark.slow

SCRIPT = """
import keras

texts = ["the dog saw a cat", "a cat", "the cat saw", "a dog saw the dog"]
labels = keras.ops.array([0, 1, 1, 0])
vectorize = keras.layers.TextVectorization(output_sequence_length=6)
vectorize.adapt(texts)
ids = keras.Input((6,), dtype="int64")
x = keras.layers.Embedding(vectorize.vocabulary_size(), 8, mask_zero=True)(ids)
x = x + keras.layers.MultiHeadAttention(2, 4, name="attention")(x, x)
x = keras.layers.GlobalAveragePooling1D()(x)
model = keras.Model(ids, keras.layers.Dense(2, activation="softmax")(x))
model.compile("adam", "sparse_categorical_crossentropy", jit_compile=False)
board = keras.callbacks.TensorBoard("logs", write_graph=False)
callbacks = [board]
#add
model.fit(vectorize(texts), labels, epochs=2, verbose=0, callbacks=callbacks)
"""
# Only `encode`, a model's own way from texts to inputs, differs from model to
# model.
LINES = """
from keras_attn.tensorboard import AttentionMaps
encode = lambda texts: (vectorize(texts), [text.split() for text in texts])
callbacks.append(AttentionMaps(board, texts[:2], encode=encode))
"""
# The maps at the end of the script, for the test to compare with.
TRUTH = """
import numpy as np
from keras_attn.maps import capture_attention

inputs, _ = encode(texts[:2])
np.savez("truth.npz", *capture_attention(model, inputs).values())
"""


def test_three_lines_log_the_maps_of_a_script(read, tmp_path, monkeypatch):
    assert len(LINES.strip().splitlines()) == 3
    monkeypatch.chdir(tmp_path)
    exec(SCRIPT.replace("#add", LINES) + TRUTH, {})
    events = read(tmp_path / "logs" / "train")  # the run of the curves
    assert [step for step, _ in events["epoch_loss"]] == [0, 1]
    assert [step for step, _ in events["attention"]] == [0, 1, 2]
    event = events["attention"][-1][1]
    assert [layer["name"] for layer in event.manifest["layers"]] == [
        "attention"
    ]
    first, second = event.manifest["examples"]
    assert first["tokens"] == ["the", "dog", "saw", "a", "cat"]
    assert second["prediction"] in ("0", "1")
    (weights,) = np.load(tmp_path / "truth.npz").values()
    for index, length in enumerate((5, 2)):
        np.testing.assert_allclose(
            event.weights[index, 0],
            weights[index, :, :length, :length],
            rtol=0,
            atol=8e-6,
        )
