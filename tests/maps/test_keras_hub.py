"""Maps of models built from KerasHub's layers; nothing is downloaded.

All tests with KerasHub are in this file, so that it is imported once: that
takes several seconds.
"""

import keras
import numpy as np
import pytest

from keras_attn.maps import (
    attention_model,
    call_with_attention,
    capture_attention,
)
from tests.maps.samples import B, S, T, array, assert_identical, numpy_of
from tests.references.keras_hub_side_by_side import ROWS
from tests.tensorboard.event_reader import read_run

pytestmark = pytest.mark.slow

H, D = 3, 12
SIZES = {
    "vocabulary_size": 13,
    "num_layers": 2,
    "num_heads": H,
    "hidden_dim": D,
    "intermediate_dim": 7,
    # On PyTorch Keras finds shapes of unknown lengths by trying 83 and 89.
    "max_sequence_length": 97,
}
IDS = np.array([[1, 2, 3, 4, 0], [5, 6, 0, 0, 0]], "int32")
TOKENS = {"token_ids": IDS, "padding_mask": (IDS != 0).astype("int32")}
SEGMENTED = TOKENS | {"segment_ids": np.zeros_like(IDS)}


@pytest.fixture(scope="session")
def keras_hub():
    # Before 0.32 a decoder's attention could not return its scores.
    return pytest.importorskip("keras_hub", minversion="0.32")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_layers_side_by_side(row, keras_hub):
    largest = row.largest_difference(keras_hub)
    assert largest <= row.bound
    if row.difference:
        assert largest > row.differs_by > 0


def encoder_and_decoder(keras_hub):
    """Self-attention over S tokens, then causal and cross-attention over T."""
    source, target = keras.Input((None, D)), keras.Input((None, D))
    memory = keras_hub.layers.TransformerEncoder(7, H, name="encoder")(source)
    decoder = keras_hub.layers.TransformerDecoder(7, H, name="decoder")
    return keras.Model([source, target], decoder(target, memory))


class Subclassed(keras.Model):
    """A subclassed model with an encoder."""

    def __init__(self, encoder, **kwargs):
        super().__init__(**kwargs)
        self.encoder = encoder

    def call(self, x):
        return self.encoder(x)


def subclassed(keras_hub):
    encoder = keras_hub.layers.TransformerEncoder(
        7, H, dropout=0.5, normalize_first=True, name="encoder"
    )
    return Subclassed(encoder, name="subclassed")


def bert(keras_hub):
    backbone = keras_hub.models.BertBackbone(**SIZES)
    return keras_hub.models.BertTextClassifier(
        backbone, num_classes=2, preprocessor=None, dropout=0.1
    )


def gpt2(keras_hub):
    backbone = keras_hub.models.GPT2Backbone(**SIZES)
    return keras_hub.models.GPT2CausalLM(backbone, preprocessor=None)


SELF = "transformer_layer_{}/self_attention{}"
MODELS = {
    "encoder and decoder": (
        encoder_and_decoder,
        [array(B, S, D), array(B, T, D)],
        {
            "encoder/self_attention_layer": (B, H, S, S),
            "decoder/self_attention": (B, H, T, T),
            "decoder/cross_attention": (B, H, T, S),
        },
    ),
    "subclassed": (
        subclassed,
        array(B, T, D),
        {"subclassed/encoder/self_attention_layer": (B, H, T, T)},
    ),
    "bert": (
        bert,
        SEGMENTED,
        {SELF.format(i, "_layer"): (2, H, 5, 5) for i in range(2)},
    ),
    "gpt2": (
        gpt2,
        TOKENS,
        {SELF.format(i, ""): (2, H, 5, 5) for i in range(2)},
    ),
}


@pytest.fixture(scope="session", params=MODELS)
def model_case(request, keras_hub):
    """A model, its inputs, and the expected shapes of its maps."""
    make, inputs, shapes = MODELS[request.param]
    return make(keras_hub), inputs, shapes


def test_maps_are_found_and_outputs_identical(model_case):
    model, inputs, shapes = model_case
    before = model(inputs)
    outputs, maps = call_with_attention(model, inputs)
    assert {path: weights.shape for path, weights in maps.items()} == shapes
    assert_identical(outputs, before)
    for path, weights in maps.items():
        np.testing.assert_allclose(weights.sum(-1), 1, atol=1e-6, err_msg=path)
    if "decoder/self_attention" in maps:
        # KerasHub's decoder takes no `return_attention_scores`; the layers
        # inside it do.
        future = np.triu(np.ones((T, T), bool), 1)
        own = maps["decoder/self_attention"][..., future]
        np.testing.assert_array_equal(own, 0)
        assert maps["decoder/cross_attention"].min() > 0
    if inputs is SEGMENTED:  # padding gets no attention
        for weights in maps.values():
            np.testing.assert_array_equal(weights[1, :, :, 2:], 0)
    assert_identical(model(inputs), before)


def test_an_attention_model_of_them_returns_the_same(model_case):
    model, inputs, _ = model_case
    on_jax = keras.backend.backend() == "jax"
    if on_jax and inputs in (SEGMENTED, TOKENS):
        pytest.skip("KerasHub compares lengths, which JAX must know for it")
    before, maps = call_with_attention(model, inputs)
    explained = attention_model(model)(inputs)
    for path, weights in maps.items():
        np.testing.assert_array_equal(
            numpy_of(explained[f"attention/{path}"]), weights
        )
    assert_identical(model(inputs), before)


def test_a_symbolic_encoder_needs_no_scores_of_its_own(keras_hub):
    """A symbolic call of KerasHub's encoder returns no scores; a map does."""
    x = keras.Input((None, D))
    encoder = keras_hub.layers.TransformerEncoder(7, H, name="encoder")
    result = encoder(x, return_attention_scores=True)
    assert isinstance(result, keras.KerasTensor)  # one, not a pair
    model = keras.Model(x, encoder(x))
    explained = attention_model(model)
    assert explained.output["attention/encoder/self_attention_layer"].shape == (
        (None, H, None, None)
    )


@pytest.mark.long
def test_inside_fit(keras_hub):
    model = bert(keras_hub)
    compiler = {"jit_compile": keras.backend.backend() != "torch"}
    model.compile(
        "sgd", keras.losses.SparseCategoricalCrossentropy(True), **compiler
    )
    seen = []

    class Watch(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append(capture_attention(self.model, SEGMENTED, heads=[1]))

    data = [SEGMENTED, np.array([0, 1])]
    model.fit(*data, epochs=2, verbose=0, shuffle=False, callbacks=[Watch()])
    first, last = (
        maps["transformer_layer_0/self_attention_layer"] for maps in seen
    )
    assert first.shape == (2, 1, 5, 5)
    assert np.abs(first - last).max() > 0


# The script of a KerasHub user, and the three lines that log its attention.
SCRIPT = """
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
LINES = """
from keras_attn.tensorboard import AttentionMaps
encode = lambda texts: (tokenizer(texts), [text.split() for text in texts])
callbacks.append(AttentionMaps(board, texts[:2], encode=encode))
"""


# Keras 3.15 reads its learning rate in a way that NumPy 2 is to give up.
@pytest.mark.filterwarnings("ignore:__array__ implementation")
# KerasHub's embedding of positions does not pass the mask on, and says so.
@pytest.mark.filterwarnings("ignore:Layer 'position_embedding'")
@pytest.mark.long
@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="keras.callbacks.TensorBoard needs TensorFlow",
)
def test_three_lines_log_the_maps_of_a_script(keras_hub, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert len(LINES.strip().splitlines()) == 3
    names = {}
    exec(SCRIPT.replace("#add", LINES), names)
    events = read_run(tmp_path / "logs" / "train")  # the run of the curves
    assert [step for step, _ in events["epoch_loss"]] == [0, 1]
    assert [step for step, _ in events["attention"]] == [0, 1, 2]
    event = events["attention"][-1][1]
    assert [layer["name"] for layer in event.manifest["layers"]] == [
        "transformer_encoder",
        "transformer_encoder_1",
    ]
    first, second = event.manifest["examples"]
    assert first["tokens"] == ["the", "dog", "saw", "a", "cat"]
    assert second["prediction"] in ("0", "1")
    inputs, _ = names["encode"](names["texts"][:2])
    maps = capture_attention(names["model"], inputs)
    for layer, weights in enumerate(maps.values()):
        for index, length in enumerate((5, 2)):
            np.testing.assert_allclose(
                event.weights[index, layer],
                weights[index, :, :length, :length],
                rtol=0,
                atol=8e-6,
            )
