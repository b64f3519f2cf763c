import platform

import numpy as np
import pytest
import tensorflow as tf

from keras_attn.runs.allocator import KeepFreedMemory, keep_freed_memory


@pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="the C library is not glibc"
)
def test_glibc_takes_the_thresholds():
    assert keep_freed_memory()


def test_once_a_fit(monkeypatch):
    calls = []
    monkeypatch.setattr(
        "keras_attn.runs.allocator.keep_freed_memory", lambda: calls.append(1)
    )
    model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
    model.compile("sgd", "mse", jit_compile=False)
    x = np.ones((6, 2))
    for _ in range(2):
        model.fit(
            *(x, x[:, :1]),
            batch_size=2,
            epochs=2,
            verbose=0,
            callbacks=[KeepFreedMemory()],
        )
    assert len(calls) == 2
