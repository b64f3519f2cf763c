"""At which steps maps are logged, and what the steps count."""

import numpy as np
import pytest

from keras_attn.tensorboard import AttentionMaps

TEXTS = ["the dog saw a cat", "a dog"]


@pytest.mark.slow
def test_every_n_epochs_and_after_the_last(classifier, fit, events, tmp_path):
    maps = AttentionMaps(tmp_path, ["a dog"], every_n_epochs=2)
    fit(classifier, maps, epochs=5)
    assert [step for step, _ in events()] == [0, 2, 4, 5]


@pytest.mark.slow
def test_a_second_fit_continues(classifier, fit, events, tmp_path):
    maps = AttentionMaps(tmp_path, ["a dog"], every_n_epochs=2)
    fit(classifier, maps, epochs=3)
    fit(classifier, maps, epochs=5, initial_epoch=3)
    assert [step for step, _ in events()] == [0, 2, 3, 4, 5]


@pytest.mark.slow
def test_every_n_steps(classifier, fit, events, tmp_path):
    maps = AttentionMaps(tmp_path, ["a dog"], every_n_steps=3)
    fit(classifier, maps, epochs=4, batch_size=1)  # two batches an epoch
    assert [step for step, _ in events()] == [0, 3, 6, 8]


@pytest.mark.slow
def test_steps_continue_for_a_model_that_was_trained_before(
    classifier, fit, events, tmp_path
):
    fit(classifier, epochs=2, batch_size=1)
    fit(classifier, AttentionMaps(tmp_path, TEXTS, every_n_steps=3))
    again = AttentionMaps(tmp_path, TEXTS, every_n_steps=3)
    fit(classifier, again, batch_size=1)
    fit(classifier, again, batch_size=1)
    assert [step for step, _ in events()] == [4, 5, 5, 6, 7, 9]


@pytest.mark.slow
def test_several_batches_between_two_callbacks(model, events, tmp_path):
    """Keras calls back for the last of them only."""
    model.compile(
        "sgd",
        "sparse_categorical_crossentropy",
        steps_per_execution=4,
        jit_compile=False,
    )
    maps = AttentionMaps(
        tmp_path,
        ["abc"],
        encode=lambda texts: (np.full((1, 3), 2), [[*"abc"]]),
        every_n_steps=3,
    )
    x, y = np.full((8, 3), 2), np.zeros(8)
    model.fit(x, y, batch_size=1, verbose=0, callbacks=[maps])
    assert [step for step, _ in events()] == [0, 4, 8]


@pytest.mark.slow
def test_batches_are_counted_if_an_epoch_ends_in_between(
    model, events, tmp_path
):
    model.compile(
        "sgd",
        "sparse_categorical_crossentropy",
        steps_per_execution=2,
        jit_compile=False,
    )
    maps = AttentionMaps(
        tmp_path,
        ["abc"],
        encode=lambda texts: (np.full((1, 3), 2), [[*"abc"]]),
        every_n_steps=1,
    )
    x, y = np.full((3, 3), 2), np.zeros(3)
    model.fit(x, y, batch_size=1, epochs=3, verbose=0, callbacks=[maps])
    assert [step for step, _ in events()] == [0, 2, 3, 5, 6, 8, 9]


@pytest.mark.slow
def test_a_fit_that_starts_again_logs_a_warning(
    classifier, fit, tmp_path, caplog
):
    maps = AttentionMaps(tmp_path, ["a dog"])
    fit(classifier, maps, epochs=2)
    assert caplog.messages == []
    fit(classifier, maps, epochs=1)
    (message,) = caplog.messages
    assert message.startswith("Step 0 was written after step 2. ")
    assert "initial_epoch" in message
