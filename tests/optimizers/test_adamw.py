"""`AdamW` against NumPy in float64 and Keras's AdamW.

Shapes: V = 11 rows of width D = 5, batches of texts of 3 tokens.
"""

import keras
import numpy as np
import pytest

from keras_attn.optimizers import AdamW
from tests.parts import in_part

BACKEND = keras.backend.backend()
V, D = 11, 5
B1, B2, EPSILON = 0.9, 0.999, 1e-7
RATE, DECAY = 0.05, 0.3
# Rows are lazy on TensorFlow only.
on_tensorflow = pytest.mark.tensorflow
tf = pytest.importorskip("tensorflow") if BACKEND == "tensorflow" else None


class DenseLookup(keras.layers.Layer):
    """An embedding whose gradient has all rows."""

    def build(self, _):
        self.embeddings = self.add_weight((V, D), name="embeddings")

    def call(self, ids):
        rows = keras.ops.one_hot(keras.ops.cast(ids, "int32"), V)
        return keras.ops.matmul(rows, self.embeddings)


def model_of(lookup, optimizer):
    model = keras.Sequential(
        [
            lookup,
            keras.layers.GlobalAveragePooling1D(),
            keras.layers.Dense(3, name="dense"),
        ]
    )
    model.build((None, 3))
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(size=w.shape) for w in model.weights])
    model.compile(optimizer, "mse", jit_compile=False)
    return model


def trained(lookup, optimizer, batches):
    model = model_of(lookup, optimizer)
    for ids, targets in batches:
        model.train_on_batch(ids, targets)
    return model


def assert_same_weights(model, other, **tolerance):
    for got, expected in zip(
        model.get_weights(), other.get_weights(), strict=True
    ):
        np.testing.assert_allclose(got, expected, **tolerance)


def batches_of(rows, count=6, seed=0):
    """Texts of words among `rows`, which occur several times per batch."""
    rng = np.random.default_rng(seed)
    return [
        (rng.choice(rows, (4, 3)), rng.normal(size=(4, 3)))
        for _ in range(count)
    ]


def all_rows():
    """Batches in which every row has a gradient, most of them twice."""
    rng = np.random.default_rng(2)
    ids = np.concatenate([np.arange(V), np.arange(V), [0, 1]]).reshape(8, 3)
    return [(ids, rng.normal(size=(8, 3))) for _ in range(6)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "lazy, options",
    [
        (True, {"global_clipnorm": 0.1}),
        (False, {}),
        pytest.param(True, {}, marks=pytest.mark.long),
        pytest.param(False, {"global_clipnorm": 0.1}, marks=pytest.mark.long),
    ],
)
def test_with_gradients_in_all_rows_it_is_adamw(lazy, options):
    lazy = AdamW(RATE, lazy=lazy, weight_decay=DECAY, **options)
    dense = keras.optimizers.AdamW(RATE, weight_decay=DECAY, **options)
    ours = trained(keras.layers.Embedding(V, D), lazy, all_rows())
    keras_s = trained(DenseLookup(), dense, all_rows())
    lazy.apply_pending_decay()
    assert_same_weights(ours, keras_s, rtol=0, atol=2e-5)


class Reference:
    """Lazy AdamW of one table in float64. Decay is applied in every step."""

    def __init__(self, table):
        self.table = table.astype("float64")
        self.m, self.v = np.zeros((2, *table.shape))
        self.step = 0

    def update(self, gradient, rows):
        self.step += 1
        self.table *= 1 - RATE * DECAY
        for row in rows:
            g = gradient[row]
            self.m[row] = B1 * self.m[row] + (1 - B1) * g
            self.v[row] = B2 * self.v[row] + (1 - B2) * g**2
            m = self.m[row] / (1 - B1**self.step)
            v = self.v[row] / (1 - B2**self.step)
            # Keras's and TensorFlow's epsilon is added before the correction.
            epsilon = EPSILON / np.sqrt(1 - B2**self.step)
            self.table[row] -= RATE * m / (np.sqrt(v) + epsilon)


def lookups(table, optimizer, steps):
    """Descend on the sum of squares of the rows that each step looks up."""
    layer = keras.layers.Embedding(V, D)
    layer.build(())
    layer.set_weights([table])
    model = keras.Sequential([keras.Input((None,), dtype="int32"), layer])
    model.compile(optimizer, loss=lambda _, y: keras.ops.sum(y**2) / 2)
    model.jit_compile = False
    for ids in steps:
        model.train_on_batch(np.array([ids]), np.zeros((1, len(ids), D)))
    return layer


STEPS = [[1, 2, 2], [3], [1, 3, 3, 3], [7, 2], [1]]


@pytest.mark.slow
@on_tensorflow
def test_rows_without_a_gradient_keep_their_moments_and_get_their_decay():
    table = np.random.default_rng(0).normal(size=(V, D)).astype("float32")
    optimizer = AdamW(RATE, lazy=True, weight_decay=DECAY)
    layer = lookups(table, optimizer, STEPS)
    optimizer.apply_pending_decay()
    reference, read = Reference(table), table.astype("float64")
    for ids in STEPS:
        gradient, rows = np.zeros((V, D)), sorted(set(ids))
        for row in ids:  # reads the row without the decay that is pending
            gradient[row] += read[row]
        reference.update(gradient, rows)
        read[rows] = reference.table[rows]
    np.testing.assert_allclose(
        layer.get_weights()[0], reference.table, atol=2e-6
    )
    # Twice does nothing more.
    before = layer.get_weights()[0]
    optimizer.apply_pending_decay()
    np.testing.assert_array_equal(layer.get_weights()[0], before)


@pytest.mark.slow
@on_tensorflow
def test_a_row_that_never_has_a_gradient_only_decays():
    table = np.ones((V, D), "float32")
    optimizer = AdamW(RATE, lazy=True, weight_decay=DECAY)
    layer = lookups(table, optimizer, STEPS)
    np.testing.assert_array_equal(layer.get_weights()[0][5], 1)
    optimizer.apply_pending_decay()
    expected = (1 - RATE * DECAY) ** len(STEPS)
    np.testing.assert_allclose(layer.get_weights()[0][5], expected, rtol=1e-6)


@pytest.mark.slow
@on_tensorflow
def test_fit_ends_with_all_decay_applied():
    optimizer = AdamW(RATE, lazy=True, weight_decay=DECAY)
    model = model_of(keras.layers.Embedding(V, D), optimizer)
    before = model.get_weights()[0]
    (ids, targets), *_ = batches_of([2, 3])
    model.fit(ids, targets, batch_size=4, epochs=3, verbose=0)
    expected = before[7] * (1 - RATE * DECAY) ** 3
    np.testing.assert_allclose(model.get_weights()[0][7], expected, rtol=1e-6)


@pytest.mark.slow
@on_tensorflow
def test_a_saved_state_continues_as_if_it_had_not_been_saved(tmp_path):
    batches = batches_of([1, 2, 3, 5, 8])
    whole = trained(
        keras.layers.Embedding(V, D),
        AdamW(RATE, lazy=True, weight_decay=DECAY),
        batches,
    )
    half = trained(
        keras.layers.Embedding(V, D),
        AdamW(RATE, lazy=True, weight_decay=DECAY),
        batches[:3],
    )
    half.save(tmp_path / "half.keras")
    resumed = keras.models.load_model(tmp_path / "half.keras")
    assert type(resumed.optimizer) is AdamW
    assert resumed.optimizer.lazy
    for ids, targets in batches[3:]:
        resumed.train_on_batch(ids, targets)
    for model in whole, resumed:
        model.optimizer.apply_pending_decay()
    assert_same_weights(resumed, whole, atol=2e-6)


@pytest.mark.slow
def test_without_laziness_rows_without_a_gradient_are_updated_too():
    ours = AdamW(RATE, weight_decay=DECAY, global_clipnorm=0.1)
    dense = keras.optimizers.AdamW(
        RATE, weight_decay=DECAY, global_clipnorm=0.1
    )
    rows_of_few = batches_of([1, 4]) + batches_of([4, 7])
    models = (
        trained(keras.layers.Embedding(V, D), ours, rows_of_few),
        trained(DenseLookup(), dense, rows_of_few),
    )
    assert_same_weights(*models, atol=2e-5)


@pytest.mark.slow
@on_tensorflow
@pytest.mark.parametrize(
    "options",
    in_part(
        [{"gradient_accumulation_steps": 2}, {"amsgrad": True}],
        {"amsgrad": True},
    ),
)
def test_other_options_are_those_of_adamw(options):
    lazy = AdamW(RATE, lazy=True, weight_decay=DECAY, **options)
    dense = keras.optimizers.AdamW(RATE, weight_decay=DECAY, **options)
    ours = trained(keras.layers.Embedding(V, D), lazy, batches_of([1, 4]))
    keras_s = trained(DenseLookup(), dense, batches_of([1, 4]))
    lazy.apply_pending_decay()
    assert_same_weights(ours, keras_s, atol=2e-5)


@on_tensorflow
def test_the_step_of_a_graph_has_no_tensor_of_the_whole_vocabulary():
    """Otherwise a step would become slower as the vocabulary grows."""
    rows = 1009
    optimizer = AdamW(RATE, lazy=True, weight_decay=DECAY, global_clipnorm=1.0)
    variable = keras.Variable(np.zeros((rows, D), "float32"), name="embeddings")
    optimizer.build([variable])

    @tf.function
    def step(ids):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.gather(variable.value, ids) ** 2)
        optimizer.apply(tape.gradient(loss, [variable.value]), [variable])

    graph = step.get_concrete_function(tf.TensorSpec((7,), tf.int32)).graph
    large = [
        op.name
        for op in graph.get_operations()
        for output in op.outputs
        if output.shape.rank and output.shape[0] == rows
    ]
    assert large == []


@pytest.mark.slow
def test_weights_without_decay():
    optimizer = AdamW(RATE, lazy=True, weight_decay=DECAY)
    optimizer.exclude_from_weight_decay(var_names=["embeddings"])
    model = trained(
        keras.layers.Embedding(V, D), optimizer, batches_of([2, 3], count=1)
    )
    before = np.random.default_rng(1).normal(size=(V, D))
    optimizer.apply_pending_decay()
    np.testing.assert_allclose(model.get_weights()[0][7], before[7], rtol=1e-6)
