"""Scripts of people who never heard of us, and the three lines they add."""

import numpy as np
import pytest

pytestmark = pytest.mark.slow

KERAS = """
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
KERAS_LINES = """
from keras_attn.tensorboard import AttentionMaps
encode = lambda texts: (vectorize(texts), [text.split() for text in texts])
callbacks.append(AttentionMaps(board, texts[:2], encode=encode))
"""

KERAS_HUB = """
import keras
import keras_hub

texts = ["the dog saw a cat", "a cat", "the cat saw", "a dog saw the dog"]
labels = keras.ops.array([0, 1, 1, 0])
words = ["[PAD]", "[UNK]", "the", "dog", "saw", "a", "cat"]
tokenizer = keras_hub.tokenizers.WordPieceTokenizer(words, sequence_length=6)
ids = keras.Input((6,), dtype="int32")
x = keras_hub.layers.TokenAndPositionEmbedding(7, 6, 8, mask_zero=True)(ids)
for _ in range(2):
    x = keras_hub.layers.TransformerEncoder(11, 2)(x)
x = keras.layers.GlobalAveragePooling1D()(x)
model = keras.Model(ids, keras.layers.Dense(2, activation="softmax")(x))
model.compile("adam", "sparse_categorical_crossentropy", jit_compile=False)
board = keras.callbacks.TensorBoard("logs", write_graph=False)
callbacks = [board]
#add
model.fit(tokenizer(texts), labels, epochs=2, verbose=0, callbacks=callbacks)
"""
KERAS_HUB_LINES = """
from keras_attn.tensorboard import AttentionMaps
encode = lambda texts: (tokenizer(texts), [text.split() for text in texts])
callbacks.append(AttentionMaps(board, texts[:2], encode=encode))
"""

# What the model says of the sentences, for the test to compare with.
TRUTH = """
import numpy as np
from keras_attn.maps import capture_attention

inputs, _ = encode(texts[:2])
np.savez("truth.npz", *capture_attention(model, inputs).values())
"""


@pytest.mark.parametrize(
    "script, lines, layers",
    [
        (KERAS, KERAS_LINES, ["attention"]),
        (
            KERAS_HUB,
            KERAS_HUB_LINES,
            ["transformer_encoder", "transformer_encoder_1"],
        ),
    ],
    ids=["keras", "keras_hub"],
)
def test_three_lines_log_the_maps(
    script, lines, layers, new_process, read, tmp_path
):
    if script is KERAS_HUB:
        pytest.importorskip("keras_hub")
    assert len(lines.strip().splitlines()) == 3
    new_process(script.replace("#add", lines) + TRUTH)
    events = read(tmp_path / "logs" / "train")  # the curves' own run
    assert [step for step, _ in events["epoch_loss"]] == [0, 1]
    assert [step for step, _ in events["attention"]] == [0, 1, 2]
    event = events["attention"][-1][1]
    assert [layer["name"] for layer in event.manifest["layers"]] == layers
    first, second = event.manifest["examples"]
    assert first["tokens"] == ["the", "dog", "saw", "a", "cat"]
    assert second["prediction"] in ("0", "1")
    truth = list(np.load(tmp_path / "truth.npz").values())
    for layer, weights in enumerate(truth):
        for index, length in enumerate((5, 2)):
            np.testing.assert_allclose(
                event.weights[index, layer],
                weights[index, :, :length, :length],
                rtol=0,
                atol=8e-6,
            )
