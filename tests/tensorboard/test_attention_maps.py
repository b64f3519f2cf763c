"""Maps read back from event files."""

import logging

import keras
import numpy as np
import pytest

import keras_attn
from keras_attn.layers import AttentionPooling, MultiHeadSelfAttention
from keras_attn.maps import capture_attention
from keras_attn.tensorboard import AttentionMaps

TEXTS = ["the dog saw a cat", "a dog"]
IDS = np.array([[2, 3, 4, 5, 6], [5, 3, 0, 0, 0]])
ROUNDING = 8e-6  # of 16 bits


@pytest.mark.slow
def test_values_are_those_of_the_maps(classifier, fit, events, tmp_path):
    # The compiled step of `fit`; all other tests here train eagerly.
    classifier.compile(
        "sgd", "sparse_categorical_crossentropy", jit_compile=False
    )
    for variable in classifier.trainable_variables:
        variable.assign(variable * 9)  # attention weights far from uniform
    before = capture_attention(classifier, IDS)["attention"]
    fit(classifier, AttentionMaps(tmp_path, TEXTS), epochs=2)
    after = capture_attention(classifier, IDS)["attention"]
    assert np.abs(before - after).max() > 100 * ROUNDING
    written = events()
    assert [step for step, _ in written] == [0, 1, 2]
    for maps, (_, event) in ((before, written[0]), (after, written[-1])):
        assert set(event.weights) == {(0, 0), (1, 0)}
        for index, length in enumerate((5, 2)):  # without padding
            np.testing.assert_allclose(
                event.weights[index, 0],
                maps[index, :, :length, :length],
                rtol=0,
                atol=ROUNDING,
            )


def test_labels_predictions_and_statistics(classifier, log, events, tmp_path):
    maps = AttentionMaps(
        tmp_path, TEXTS, ["praise", 0], pairs=[(3, 1), None], special=[[0], []]
    )
    log(classifier, maps)
    probabilities = np.asarray(classifier(IDS))
    manifest = events()[-1][1].manifest
    assert manifest["model"] == classifier.name
    assert [layer["name"] for layer in manifest["layers"]] == ["attention"]
    for index, example in enumerate(manifest["examples"]):
        assert example["text"] == TEXTS[index]
        assert example["tokens"] == TEXTS[index].split()
        assert example["label"] == ["praise", "blame"][index]
        best = probabilities[index].argmax()
        assert example["prediction"] == classifier.labels[best]
        names, values = zip(*example["probabilities"], strict=True)
        assert names == classifier.labels
        np.testing.assert_allclose(values, probabilities[index], atol=1e-6)
    first, second = manifest["examples"]
    assert (first["pair"], second["pair"]) == ([3, 1], None)
    assert first["special"] == [0]
    statistics = [of_sentence[0] for of_sentence in manifest["stats"]]
    weights = capture_attention(classifier, IDS)["attention"]
    np.testing.assert_allclose(
        statistics[0]["referent"], weights[0, :, 3, 1], atol=1e-6
    )
    assert statistics[1]["referent"] is None


@pytest.mark.parametrize(
    "encoded, message",
    [
        (None, r"must return \(inputs, tokens\).*Received: None"),
        ((IDS,), r"must return \(inputs, tokens\)"),
        ((IDS, ["ab", "cd"]), r"list of tokens .* texts\[0\]: 'ab'"),
        ((IDS, [["a"], ["b"]], [["c"]]), "Received: 1 lists for 2 texts"),
    ],
)
def test_an_encode_function_that_returns_something_else(
    model, log, tmp_path, encoded, message
):
    maps = AttentionMaps(tmp_path, TEXTS, encode=lambda texts: encoded)
    with pytest.raises(ValueError, match=message):
        log(model, maps)


def test_any_keras_model_with_an_encode_function(model, log, events, tmp_path):
    def encode(texts):
        return np.full((len(texts), 7), 2), [[*text] for text in texts]

    maps = AttentionMaps(tmp_path, ["abc", "defgh"], [0, 1], encode=encode)
    log(model, maps)
    first, second = events()[-1][1].manifest["examples"]
    assert first["tokens"] == [*"abc"] and second["tokens"] == [*"defgh"]
    assert (first["label"], second["label"]) == ("0", "1")
    assert first["prediction"] in ("0", "1")


def test_cross_attention_has_two_lists_of_tokens(log, events, tmp_path, drawn):
    source, target = keras.Input((None, 5)), keras.Input((None, 5))
    memory = keras.layers.MultiHeadAttention(2, 5, name="encoder")(
        source, source
    )
    x = keras.layers.MultiHeadAttention(2, 5, name="decoder")(target, target)
    y = keras.layers.MultiHeadAttention(3, 5, name="cross")(x, memory)
    model = keras.Model([source, target], y)
    rng = np.random.default_rng(0)
    inputs = [rng.normal(size=(1, n, 5)).astype("float32") for n in (7, 3)]

    def encode(texts):
        return inputs, [["ein", "Hund", "."]], [[*"abcdefg"]]

    maps = AttentionMaps(tmp_path, ["a dog"], encode=encode, images=True)
    log(model, maps)
    assert (drawn[-1].rows, drawn[-1].columns) == (
        (["ein", "Hund", "."], [*"abcdefg"])
    )
    manifest = events()[-1][1].manifest
    sides = {
        layer["name"]: (layer["kind"], layer["rows"], layer["columns"])
        for layer in manifest["layers"]
    }
    assert sides == {
        "encoder": ("self", "key_tokens", "key_tokens"),
        "decoder": ("self", "tokens", "tokens"),
        "cross": ("cross", "tokens", "key_tokens"),
    }
    (example,) = manifest["examples"]
    assert example["tokens"] == ["ein", "Hund", "."]
    assert example["key_tokens"] == [*"abcdefg"]


def test_a_pooling_with_several_hops_attends_to_tokens(log, events, tmp_path):
    ids = keras.Input((None,), dtype="int32")
    x = keras.layers.Embedding(7, 6, mask_zero=True)(ids)
    x = MultiHeadSelfAttention(3, name="attention")(x)
    x = AttentionPooling(num_hops=2, name="pooling")(x)
    model = keras.Model(ids, keras.layers.Dense(2, activation="softmax")(x))
    maps = AttentionMaps(
        tmp_path, TEXTS, encode=lambda t: (IDS, [text.split() for text in t])
    )
    log(model, maps)
    event = events()[-1][1]
    pooling = event.manifest["layers"][1]
    assert (pooling["kind"], pooling["columns"]) == ("pool", "tokens")
    np.testing.assert_allclose(
        event.weights[0, 1],
        capture_attention(model, IDS)["pooling"][0],
        rtol=0,
        atol=ROUNDING,
    )


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision(log, events, tmp_path, policy):
    keras.config.set_dtype_policy(policy)
    ids = keras.Input((None,), dtype="int32")
    x = keras.layers.Embedding(7, 6, mask_zero=True)(ids)
    x = keras.layers.MultiHeadAttention(3, 6, name="attention")(x, x)
    x = keras.layers.GlobalAveragePooling1D()(x)
    model = keras.Model(ids, keras.layers.Dense(2, activation="softmax")(x))
    maps = AttentionMaps(
        tmp_path, TEXTS, encode=lambda t: (IDS, [text.split() for text in t])
    )
    log(model, maps)
    event = events()[-1][1]
    np.testing.assert_allclose(
        event.weights[0, 0],
        capture_attention(model, IDS)["attention"][0],
        rtol=0,
        atol=ROUNDING,
    )
    values = [p for _, p in event.manifest["examples"][0]["probabilities"]]
    np.testing.assert_allclose(sum(values), 1, atol=1e-6)


def test_what_is_left_out_is_logged_once(
    classifier, log, events, tmp_path, caplog
):
    maps = AttentionMaps(tmp_path, TEXTS, max_bytes=60, max_tokens=4)
    with caplog.at_level(logging.WARNING, "keras_attn"):
        log(classifier, maps, epochs=3)
    logged = [record.getMessage() for record in caplog.records]
    assert len(logged) == len(set(logged)) == 3
    assert logged[0].startswith("attention: ")
    assert "first 4 of 5 tokens are kept" in logged[0]
    assert "8 bits" in logged[1] and "max_bytes" in logged[1]
    assert "of 2 texts" in logged[2] and "max_bytes" in logged[2]
    manifest = events()[-1][1].manifest
    assert len(manifest["examples"]) == 1
    assert len(manifest["notices"]) == 3


@pytest.mark.parametrize("named", [True, False])
def test_a_model_with_several_outputs(
    classifier, log, events, tmp_path, caplog, named
):
    """The output with a column per name, or one notice why there is none."""
    states = classifier.get_layer("attention").output
    answer = keras.ops.log(classifier.output)
    model = keras.Model(classifier.input, {"states": states, "answer": answer})
    model.vectorizer = classifier.vectorizer
    names = classifier.labels if named else None
    maps = AttentionMaps(tmp_path, TEXTS, label_names=names)
    log(model, maps, epochs=1)
    example, _ = events()[-1][1].manifest["examples"]
    logged = [r.getMessage() for r in caplog.records if r.name == "keras_attn"]
    if named:
        assert example["prediction"] in names and not logged
    else:
        assert example["prediction"] is None and len(logged) == 1
        assert "Predictions are not shown" in logged[0]
        assert "(states, answer)" in logged[0]


def test_no_warning_if_nothing_is_left_out(classifier, log, tmp_path, caplog):
    log(classifier, AttentionMaps(tmp_path, TEXTS))
    assert not [r for r in caplog.records if r.name == "keras_attn"]


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"texts": []}, "at least one string"),
        ({"texts": "a dog"}, "`texts` must be a list of strings"),
        ({"texts": [3]}, "`texts` must be strings. Received: 3"),
        ({"labels": [0]}, "Received: 1 labels for 2 texts"),
        ({"every_n_epochs": 0}, "every_n_epochs=0"),
        ({"every_n_steps": 0}, "every_n_steps=0"),
        ({"every_n_steps": 5, "every_n_epochs": 2}, "not both"),
        ({"max_tokens": 0}, "max_tokens=0"),
        ({"max_bytes": 1.5}, "max_bytes=1.5"),
        ({"log_dir": 3}, "must be a path or the `keras.callbacks.TensorBoard`"),
    ],
)
def test_wrong_arguments_raise_errors(tmp_path, arguments, message):
    with pytest.raises(ValueError, match=message):
        AttentionMaps(**({"log_dir": tmp_path, "texts": TEXTS} | arguments))


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"texts": ["a dog", ""]}, r"texts\[1\] has no tokens: ''"),
        ({"labels": ["prase", 0]}, "'prase' is not among the label names"),
        ({"labels": [2, 0]}, "label id 2 has no name"),
        ({"label_names": ["x"]}, "has 2 classes, but there are 1 label names"),
        ({"layers": ["decoder"]}, "has no attention layer 'decoder'"),
        ({"encode": lambda texts: (texts, [])}, "0 lists for 2 texts"),
        ({"precision": "half"}, "precision.*'half'"),
        ({"pairs": [(0, 1)]}, "must have one entry per text"),
        ({"pairs": [(0, 5), None]}, r"pairs\[0\] is \(0, 5\)"),
    ],
)
def test_arguments_that_do_not_fit_the_model_stop_the_fit(
    classifier, log, tmp_path, arguments, message
):
    maps = AttentionMaps(**({"log_dir": tmp_path, "texts": TEXTS} | arguments))
    with pytest.raises(ValueError, match=message):
        log(classifier, maps)


def test_a_text_without_tokens_is_named_by_its_position(log, tmp_path):
    vectorizer = keras_attn.text.Vectorizer.learn(TEXTS)
    model = keras_attn.models.SentenceClassifier(vectorizer, ["a", "b"])
    with pytest.raises(ValueError, match=r"texts\[1\] has no tokens"):
        log(model, AttentionMaps(tmp_path, ["a dog", " "]))


def test_a_model_without_vectorizer_needs_encode(model, log, tmp_path):
    with pytest.raises(ValueError, match="no `vectorizer`.* Pass `encode`"):
        log(model, AttentionMaps(tmp_path, TEXTS))
