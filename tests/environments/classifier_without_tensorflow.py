"""Builds, fits, saves and captures a classifier; run by a test."""

import importlib.util

import keras
import numpy as np

import keras_attn
import keras_attn.maps
import keras_attn.models
import keras_attn.text
from keras_attn.data import LengthBatches

for name in ("tensorflow", "tensorflow_datasets", "tensorboard", "matplotlib"):
    assert importlib.util.find_spec(name) is None, name
assert "site-packages" in keras_attn.__file__

keras.utils.set_random_seed(7)
texts = ["a good dog", "a bad cat today", "good cat", "a very bad dog"] * 8
labels = [0, 1, 0, 1] * 8
vectorizer = keras_attn.text.Vectorizer.learn(texts)
model = keras_attn.models.SentenceClassifier(
    vectorizer,
    ["praise", "blame"],
    num_layers=1,
    d_model=8,
    num_heads=2,
    dropout=0.0,
)
model.compile(
    optimizer=keras.optimizers.Adam(0.05),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
batches = LengthBatches(vectorizer.encode(texts), labels, seed=0)
model.fit(batches, epochs=10, shuffle=False, verbose=0)
assert model.evaluate(batches, verbose=0, return_dict=True)["accuracy"] > 0.9

results = model.classify(texts[:4], attention=True)
assert [result.label for result in results] == ["praise", "blame"] * 2
(maps,) = keras_attn.maps.capture_attention(
    model, keras_attn.text.pad(vectorizer.encode(texts[:2]))
).values()
assert maps.shape == (2, 2, 4, 4)
# The shorter text is padded: its last token gets nothing.
np.testing.assert_allclose(maps[0, :, :3].sum(-1), 1.0, atol=1e-5)
assert (maps[0, :, :, 3] == 0).all()

model.save("classifier.keras")
loaded = keras.models.load_model("classifier.keras")
assert loaded.classify(texts[:1])[0].label == "praise"
print(f"fitted and captured on {keras.backend.backend()}")
