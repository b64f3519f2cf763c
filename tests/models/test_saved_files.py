"""Files saved before there was a `TextEncoder` load and say the same.

`golden/classifier-0.1.keras` was saved by the first version: learned positions,
bilinear scores, attention pooling, two blocks, and Adam after two steps. The
outputs next to it were computed by that version.
"""

import json
from pathlib import Path

import keras
import numpy as np
import pytest

import keras_attn

GOLDEN = Path(__file__).parent / "golden"
EXPECTED = json.loads((GOLDEN / "classifier-0.1.json").read_text())
IDS = np.array(EXPECTED["ids"], "int32")


@pytest.fixture(scope="module")
def old_file():
    return GOLDEN / "classifier-0.1.keras"


@pytest.fixture(scope="module")
def new_file(old_file, tmp_path_factory):
    """The same model, loaded and saved by this version."""
    path = tmp_path_factory.mktemp("new") / "classifier.keras"
    keras.models.load_model(old_file).save(path)
    return path


@pytest.mark.slow
@pytest.mark.parametrize("file", ["old_file", "new_file"])
def test_outputs_maps_and_optimizer_state(file, request):
    model = keras.models.load_model(request.getfixturevalue(file))
    logits = keras.ops.convert_to_numpy(model(IDS))
    np.testing.assert_allclose(logits, EXPECTED["logits"], atol=2e-6)
    result = model.classify([EXPECTED["text"]])[0]
    assert result.probabilities == pytest.approx(
        EXPECTED["probabilities"], abs=2e-6
    )
    maps = keras_attn.maps.capture_attention(model, IDS)
    assert list(maps) == list(EXPECTED["maps"])
    for path, weights in maps.items():
        np.testing.assert_allclose(weights, EXPECTED["maps"][path], atol=2e-6)
    assert [w.path for w in model.weights] == EXPECTED["weights"]
    state = model.optimizer.variables
    for variable, (path, total) in zip(
        state, EXPECTED["optimizer"], strict=True
    ):
        assert variable.path == path
        found = np.abs(keras.ops.convert_to_numpy(variable)).sum()
        assert found == pytest.approx(total, abs=2e-5)


@pytest.mark.slow
def test_layers_are_listed_as_before_with_the_encoder_at_the_end(old_file):
    model = keras.models.load_model(old_file)
    names = [layer.name for layer in model.layers]
    assert names[:6] == [
        "position",
        "pooling",
        "embedding",
        "encoder_block_0",
        "encoder_block_1",
        "norm",
    ]
    assert names[7:] == ["head", "text_encoder"]
    encoder = model.get_layer("text_encoder")
    assert encoder.blocks == model.layers[3:5]


@pytest.mark.slow
def test_weights_files_of_both_versions_are_alike(old_file, new_file):
    def weights(path):
        model = keras.models.load_model(path)
        return [keras.ops.convert_to_numpy(w) for w in model.weights]

    for old, new in zip(weights(old_file), weights(new_file), strict=True):
        np.testing.assert_array_equal(old, new)
