"""Uses the installed wheel, far from the clone it was built from."""

from pathlib import Path

import keras

import keras_attn
import keras_attn.data
import keras_attn.export
import keras_attn.tensorboard
from keras_attn.runs.recipe import recipe_names

for package in (keras_attn, keras_attn.data, keras_attn.export):
    assert "site-packages" in package.__file__, package.__file__

vectorizer = keras_attn.text.Vectorizer.learn(["a good dog", "a bad cat"])
model = keras_attn.models.SentenceClassifier(vectorizer, ["praise", "blame"])
expected = model.classify(["a good cat"])[0].probabilities
path = Path("wheel.keras")
model.save(path)
loaded = keras.models.load_model(path)
assert loaded.classify(["a good cat"])[0].probabilities == expected
path.unlink()
assert "pronouns" in recipe_names()
print(f"keras_attn {keras_attn.__version__} works outside its clone")
