"""Recordings in several threads, beside calls and training in others."""

import threading

import keras
import numpy as np
import pytest

from keras_attn import layers
from keras_attn.maps import capture_attention, record_attention
from keras_attn.maps.jax_weights import sync_weights

IDS = [np.arange(2 * n).reshape(2, n) % 11 for n in (3, 5)]


@keras.saving.register_keras_serializable("tests")
class Meeting(keras.layers.Layer):
    """Lets no thread pass before all have arrived."""

    barrier = None

    def call(self, x):
        if self.barrier is not None:
            self.barrier.wait(timeout=20)
        return x


def classifier():
    ids = keras.Input((None,), dtype="int32")
    meeting = Meeting()
    x = keras.layers.Embedding(11, 6, mask_zero=False)(ids)
    x = layers.MultiHeadSelfAttention(2, name="first")(x)
    x = meeting(x)
    x = keras.layers.MultiHeadAttention(2, 3, name="second")(x, x)
    x = keras.layers.GlobalAveragePooling1D()(x)
    model = keras.Model(ids, keras.layers.Dense(2)(x))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("sgd", loss, jit_compile=False)
    return model, meeting


def in_thread(function, *args):
    """Runs a function in a thread to its end; returns what it returned."""
    results = []
    thread = threading.Thread(target=lambda: results.append(function(*args)))
    thread.start()
    thread.join()
    assert results, "the thread ended with an error"
    return results[0]


def restored(model):
    return all("call" not in vars(layer) for layer in model.layers)


def same(maps, expected):
    assert list(maps) == list(expected)
    for path, weights in maps.items():
        np.testing.assert_allclose(weights, expected[path], atol=1e-6)


@pytest.mark.slow
@pytest.mark.filterwarnings(
    "error::pytest.PytestUnhandledThreadExceptionWarning"
)
def test_captures_and_calls_at_the_same_time():
    model, meeting = classifier()
    expected = [capture_attention(model, ids) for ids in IDS]
    found = [None, None]

    def capture(index):
        found[index] = capture_attention(model, IDS[index])

    threads = [threading.Thread(target=capture, args=(i,)) for i in (0, 1)]
    threads.append(threading.Thread(target=model, args=(IDS[1],)))
    meeting.barrier = threading.Barrier(3)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for maps, wanted in zip(found, expected, strict=True):
        same(maps, wanted)
    assert restored(model)


@pytest.mark.slow
def test_a_recording_notices_no_call_of_another_thread():
    model, _ = classifier()
    expected = capture_attention(model, IDS[0])
    with record_attention(model) as maps:
        in_thread(model, IDS[1])
        same(in_thread(capture_attention, model, IDS[0]), expected)
        assert maps == {}
        model(IDS[0], training=False)
    same(maps, expected)
    assert restored(model)


@pytest.mark.slow
def test_the_last_recording_restores_the_layers():
    model, _ = classifier()
    expected = capture_attention(model, IDS[0])
    opened, closed = threading.Event(), threading.Event()

    def record():
        with record_attention(model) as maps:
            opened.set()
            assert closed.wait(timeout=20)
            model(IDS[0], training=False)
        return maps

    results = []
    thread = threading.Thread(target=lambda: results.append(record()))
    with record_attention(model) as maps:
        thread.start()
        assert opened.wait(timeout=20)
        model(IDS[0], training=False)
    assert not restored(model)
    closed.set()
    thread.join()
    same(maps, expected)
    same(results[0], expected)
    assert restored(model)


@pytest.mark.slow
def test_training_in_another_thread_during_a_recording():
    model, _ = classifier()
    y = np.array([0, 1])

    def fit():
        return model.fit(IDS[1], y, epochs=2, verbose=0).history["loss"]

    with record_attention(model) as maps:
        first, second = in_thread(fit)
        model(IDS[0], training=False)
    assert second < first
    same(maps, capture_attention(model, IDS[0]))
    assert np.isfinite(fit()).all()


@pytest.mark.slow
def test_a_capture_in_another_thread_during_training():
    """On JAX the weights are elsewhere, which is said in one line."""
    model, _ = classifier()
    found = []

    def capture():
        try:
            return capture_attention(model, IDS[0])
        except ValueError as error:
            return str(error)

    class Capture(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            found.append(in_thread(capture))
            found.append(capture())

    model.fit(IDS[1], np.array([0, 1]), verbose=0, callbacks=[Capture()])
    other, own = found
    same(own, capture_attention(model, IDS[0]))
    if keras.backend.backend() == "jax":
        assert "is running in another thread" in other
    else:
        same(other, own)


class OutsideWeights:
    """A model during `fit` on JAX, as far as the weights are concerned."""

    name = "outside"
    _jax_state_synced = False
    syncs = 0

    def jax_state_sync(self):
        self.syncs += 1

    def fit(self):
        sync_weights(self)


def test_weights_outside_of_the_model_belong_to_the_thread_of_fit():
    model = OutsideWeights()
    with pytest.raises(ValueError, match="'outside' is running in another"):
        sync_weights(model)
    assert model.syncs == 0
    model.fit()
    assert model.syncs == 1
