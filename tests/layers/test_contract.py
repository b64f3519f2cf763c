"""The contract of every layer (docs/architecture.md), for every layer."""

import tempfile

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from keras_attn import layers
from tests.layers.cases import CASES, LENGTH, PARTS, WIDTH, mask, tokens

every_layer = pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
with_scores = pytest.mark.parametrize(
    "case", [c for c in CASES if c.gives_scores], ids=lambda c: c.name
)

with_mask = pytest.mark.parametrize(
    "case", [c for c in CASES if c.has_mask], ids=lambda c: c.name
)


def array(tensor):
    return keras.ops.convert_to_numpy(keras.ops.cast(tensor, "float32"))


def call(case, layer, x, mask, **options):
    """Calls a layer with a mask, if it takes one."""
    return layer(x, **({"mask": mask} if case.has_mask else {}), **options)


def real(case, output):
    """The part of an output that belongs to real tokens."""
    output = array(output)
    return output[mask()] if case.keeps_tokens else output


def test_every_exported_layer_has_a_row():
    assert {case.name for case in CASES} | PARTS == set(layers.__all__)


@every_layer
def test_config_round_trip(case):
    layer = case.make()
    expected = layer(tokens())
    config = keras.saving.serialize_keras_object(layer)
    twin = keras.saving.deserialize_keras_object(config)
    assert keras.saving.serialize_keras_object(twin) == config
    twin(tokens())
    twin.set_weights(layer.get_weights())
    assert (array(twin(tokens())) == array(expected)).all()


@every_layer
def test_config_holds_every_argument_under_its_own_name(case):
    layer = case.make()
    code = type(layer).__init__.__code__
    names = code.co_varnames[1 : code.co_argcount]
    assert set(names) <= set(layer.get_config())
    assert all(hasattr(layer, name) for name in names)


@every_layer
def test_names_and_shapes_of_the_weights_are_pinned(case):
    layer = case.make()
    layer(tokens())
    found = tuple(
        (w.path.removeprefix(f"{layer.name}/"), tuple(w.shape))
        for w in layer.weights
    )
    assert found == case.weights


@every_layer
def test_keras_file_round_trip(case, tmp_path):
    inputs = keras.Input((None, WIDTH))
    model = keras.Model(inputs, case.make()(inputs))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert (array(loaded(tokens())) == array(model(tokens()))).all()


@every_layer
def test_symbolic_shape_is_the_real_one(case):
    layer = case.make()
    x = keras.Input(batch_shape=(2, LENGTH, WIDTH))
    symbolic = layer(x)
    assert symbolic.shape == tuple(layer(tokens()).shape)
    assert layer.compute_output_shape(x.shape) == symbolic.shape


@with_scores
def test_symbolic_scores_are_like_the_real_ones(case):
    layer = case.make()
    inputs = keras.Input(batch_shape=(2, LENGTH, WIDTH))
    symbolic = layer(inputs, return_attention_scores=True)
    actual = layer(tokens(), return_attention_scores=True)
    for a, b in zip(symbolic, actual, strict=True):
        assert a.shape == tuple(b.shape)
        assert a.dtype == keras.backend.standardize_dtype(b.dtype)


@every_layer
def test_unknown_batch_and_length(case):
    layer = case.make()
    inputs = keras.Input((None, WIDTH))
    assert layer(inputs).shape[0] is None
    for length in (7, 1, 0):
        x = np.concatenate([tokens(length), tokens(length, seed=1)])
        function = tf.function(
            layer, input_signature=[tf.TensorSpec([None, None, WIDTH])]
        )
        np.testing.assert_allclose(
            array(function(x)), array(layer(x)), atol=1e-6
        )
        assert np.isfinite(array(layer(x))).all()


@every_layer
def test_compiled_as_eager(case):
    layer = case.make()
    expected = array(call(case, layer, tokens(), mask()))
    compiled = tf.function(layer, jit_compile=True)
    np.testing.assert_allclose(
        array(call(case, compiled, tokens(), mask())), expected, atol=1e-6
    )


@with_scores
def test_asking_for_scores_changes_nothing(case):
    layer = case.make()
    nobody = np.zeros((LENGTH, LENGTH), bool)
    for allowed in (None, nobody, np.tri(LENGTH, dtype=bool)):
        options = {"mask": mask(), "attention_mask": allowed}
        plain = layer(tokens(), **options)
        asked, _ = layer(tokens(), **options, return_attention_scores=True)
        assert (array(plain) == array(asked)).all()


@every_layer
@pytest.mark.parametrize("side", ["left", "right", "both"])
def test_padding_changes_neither_outputs_nor_gradients(case, side):
    """Wherever PAD tokens stand, and whatever vectors they have."""
    layer = case.make()
    layer(tokens())
    short = tokens(length=3)
    left = 0 if side == "right" else 4
    right = 0 if side == "left" else 2
    widths = ((0, 0), (left, right), (0, 0))
    padded = np.pad(short, widths, constant_values=9.0)
    real_tokens = np.pad(np.ones((2, 3), bool), widths[:2])

    def outputs_and_gradients(x, mask):
        x = tf.constant(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = call(case, layer, x, mask)
            if case.keeps_tokens:
                y = tf.boolean_mask(y, mask)
            loss = tf.reduce_sum(tf.sin(y))
        gradients = tape.gradient(loss, [x, *layer.trainable_variables])
        gradients[0] = tf.boolean_mask(gradients[0], mask)
        return [y, *gradients]

    expected = outputs_and_gradients(short, np.ones((2, 3), bool))
    actual = outputs_and_gradients(padded, real_tokens)
    for a, b in zip(expected, actual, strict=True):
        np.testing.assert_allclose(
            np.ravel(a), np.ravel(b), rtol=1e-5, atol=1e-5
        )


@with_mask
def test_the_padding_test_would_notice_a_dropped_mask(case):
    layer = case.make()
    # PAD tokens in front, so that dropping the mask also moves positions.
    x, allowed = tokens(), mask()[:, ::-1]
    dropped = np.ravel(array(layer(x))[1])
    kept = np.ravel(array(layer(x, mask=allowed))[1])
    last_token = slice(-WIDTH, None)
    assert np.abs(dropped - kept)[last_token].max() > 1e-3


@every_layer
def test_the_keras_mask_comes_in_and_goes_out_by_itself(case):
    layer = case.make()
    x = keras.layers.Masking(mask_value=9.0)(
        np.where(mask()[..., None], tokens(), np.float32(9.0))
    )
    output = layer(x)
    explicit = call(case, layer, array(x), mask())
    np.testing.assert_allclose(
        real(case, output), real(case, explicit), atol=1e-6
    )
    passed_on = getattr(output, "_keras_mask", None)
    assert (passed_on is not None) == case.keeps_tokens


@every_layer
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_half_precision_follows_float32(case, policy):
    layer = case.make()
    expected = real(case, call(case, layer, tokens(), mask()))
    weights = layer.get_weights()
    keras.config.set_dtype_policy(policy)
    half = case.make()
    half(tokens())
    half.set_weights(weights)
    output = call(case, half, tokens(), mask())
    assert keras.backend.standardize_dtype(output.dtype) == half.compute_dtype
    bound = 0.1 if policy == "mixed_bfloat16" else 0.02
    np.testing.assert_allclose(real(case, output), expected, atol=bound)


@with_scores
@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_scores_are_float32_and_rows_sum_to_one(case, policy):
    keras.config.set_dtype_policy(policy)
    _, scores = case.make()(tokens(), mask=mask(), return_attention_scores=True)
    assert keras.backend.standardize_dtype(scores.dtype) == "float32"
    sums = array(scores).sum(-1)
    np.testing.assert_allclose(sums, np.ones_like(sums), atol=1e-6)
    assert (array(scores)[1, :, :, 3:] == 0).all()


@every_layer
def test_one_training_step(case):
    inputs = keras.Input((None, WIDTH))
    x = keras.layers.Dense(WIDTH)(inputs)
    x = case.make()(x)
    if case.keeps_tokens:
        x = layers.MaskedMeanPooling()(x)
    model = keras.Model(inputs, keras.layers.Dense(1)(x))
    model.compile("sgd", "mse", jit_compile=False)
    before = model.get_weights()
    model.fit(tokens(), np.ones((2, 1)), verbose=0)
    assert all(np.isfinite(w).all() for w in model.get_weights())
    changed = [
        not np.array_equal(a, b)
        for a, b in zip(before, model.get_weights(), strict=True)
    ]
    assert changed[0] and changed[-1]


@every_layer
def test_litert_with_built_in_operators_at_any_batch_and_length(case):
    layer = case.make()
    layer(tokens())

    archive = keras.export.ExportArchive()
    archive.track(layer)
    archive.add_endpoint(
        "serve",
        lambda x, mask: {"y": call(case, layer, x, mask)},
        [
            tf.TensorSpec([None, None, WIDTH], name="x"),
            tf.TensorSpec([None, None], tf.bool, name="mask"),
        ],
    )
    with tempfile.TemporaryDirectory() as folder:
        archive.write_out(f"{folder}/model", verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(f"{folder}/model")
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        content = converter.convert()
    interpreter = Interpreter(model_content=content)  # owns the weights
    run = interpreter.get_signature_runner()
    for batch, length in [(1, 1), (3, 7), (2, 50)]:
        rng = np.random.default_rng(length)
        x = rng.normal(size=(batch, length, WIDTH)).astype("float32")
        allowed = np.ones((batch, length), bool)
        allowed[-1, length // 2 + 1 :] = False
        np.testing.assert_allclose(
            run(x=x, mask=allowed)["y"],
            array(call(case, layer, x, allowed)),
            atol=1e-5,
        )


@pytest.mark.slow
def test_saved_model_runs_without_the_package(tmp_path, new_process):
    """Every layer in one SavedModel, run by a process with TensorFlow only."""
    made = [case.make() for case in CASES]
    expected = {f"y{i}": array(m(tokens())) for i, m in enumerate(made)}

    class Module(tf.Module):
        def __init__(self):
            super().__init__()
            self.layers = made

        @tf.function(input_signature=[tf.TensorSpec([None, None, WIDTH])])
        def serve(self, x):
            return {f"y{i}": m(x) for i, m in enumerate(self.layers)}

    tf.saved_model.save(Module(), tmp_path / "model")
    np.savez(tmp_path / "expected.npz", **expected)
    np.save(tmp_path / "tokens.npy", tokens())
    script = """
import sys
import numpy as np
import tensorflow as tf
model = tf.saved_model.load("model")
outputs = model.serve(tf.constant(np.load("tokens.npy")))
expected = np.load("expected.npz")
assert len(outputs) == len(expected.files) > 0
for name in expected.files:
    np.testing.assert_allclose(outputs[name], expected[name], atol=1e-6)
assert not any(name.startswith("keras_attn") for name in sys.modules)
"""
    new_process(script)
