import keras
import numpy as np
import pytest

import keras_attn
from keras_attn.models import SentenceClassifier
from keras_attn.text import Vectorizer

TEXTS = ["a good dog!", "cat", "very very very bad, this unknown thing?"]


def array(tensor):
    return keras.ops.convert_to_numpy(keras.ops.cast(tensor, "float32"))


@pytest.mark.slow
def test_logits_and_maps(classifier):
    ids = np.array([[2, 3, 0], [4, 5, 6]])
    logits, maps = classifier(ids, return_attention_scores=True)
    assert tuple(logits.shape) == (2, 3)
    assert [tuple(m.shape) for m in maps] == [(2, 5, 3, 3)] * 2
    assert (array(maps[0])[0, :, :, 2] == 0).all()
    assert (array(classifier(ids)) == array(logits)).all()


@pytest.mark.slow
@pytest.mark.parametrize("pooling", ["attention", "mean"])
def test_explain_gives_every_map(pooling):
    keras.utils.set_random_seed(7)
    model = SentenceClassifier(
        Vectorizer.learn(TEXTS),
        ["good", "bad"],
        d_model=15,
        num_heads=5,
        pooling=pooling,
    )
    ids = np.array([[2, 3, 0], [4, 5, 6]])
    logits, maps = model.explain(ids)
    np.testing.assert_allclose(array(logits), array(model(ids)), atol=1e-6)
    captured = keras_attn.maps.capture_attention(model, ids)
    assert len(maps) == len(captured) == 2 + (pooling == "attention")
    for found, expected in zip(maps, captured.values(), strict=True):
        assert found.shape == expected.shape
        np.testing.assert_allclose(array(found), expected, atol=1e-6)


def test_symbolic_outputs_are_like_the_real_ones(classifier):
    ids = keras.Input((4,), batch_size=3, dtype="int32")
    logits, maps = classifier(ids, return_attention_scores=True)
    assert logits.shape == classifier(ids).shape == (3, 3)
    assert [m.shape for m in maps] == [(3, 5, 4, 4)] * 2


@pytest.mark.slow
def test_a_classifier_of_the_texts_of_a_document(classifier):
    """Keras's wrapper asks for the shape and calls it for each text."""
    assert classifier.compute_output_shape((2, 7)) == (2, 3)
    assert classifier.compute_output_shape((None, None)) == (None, 3)
    ids = np.random.default_rng(0).integers(0, 7, size=(2, 5, 4))
    ids[:, :, 0] = 3
    documents = keras.Input((5, 4), dtype="int32")
    logits = keras.layers.TimeDistributed(classifier)(documents)
    assert logits.shape == (None, 5, 3)
    model = keras.Model(documents, logits)
    expected = np.stack([array(classifier(text)) for text in ids])
    np.testing.assert_allclose(array(model(ids)), expected, atol=1e-5)


def test_dynamic_symbolic_length(classifier):
    logits = classifier(keras.Input((None,), dtype="int32"))
    assert logits.shape == (None, 3)


@pytest.mark.slow
@pytest.mark.parametrize("left, right", [(3, 0), (0, 2), (1, 5)])
def test_padding_changes_nothing(classifier, left, right):
    ids = np.array([[2, 3, 4, 5], [6, 5, 4, 3]])
    padded = np.pad(ids, ((0, 0), (left, right)))
    np.testing.assert_allclose(
        array(classifier(padded)), array(classifier(ids)), atol=1e-6
    )


@pytest.mark.slow
def test_order_matters_only_with_positions(classifier):
    forward, backward = np.array([[2, 3, 4, 5]]), np.array([[5, 4, 3, 2]])
    with_positions = array(classifier(forward) - classifier(backward))
    assert np.abs(with_positions).max() > 1e-3
    config = classifier.get_config() | {"position": None}
    bag = SentenceClassifier.from_config(config)
    bag.build((None, None))
    bag.set_weights(classifier.get_weights())
    assert np.abs(array(bag(forward))).max() > 1e-3
    np.testing.assert_allclose(
        array(bag(forward)), array(bag(backward)), atol=1e-6
    )


@pytest.mark.slow
def test_classify(classifier):
    results = classifier.classify(TEXTS, batch_size=2)
    assert [r.text for r in results] == TEXTS
    assert results[0].tokens == ["a", "good", "dog", "!"]
    assert results[0].attention.shape == (2, 5, 4, 4)
    for result in results:
        assert list(result.probabilities) == ["praise", "blame", "neither"]
        assert sum(result.probabilities.values()) == pytest.approx(1, abs=1e-6)
        best = max(result.probabilities, key=result.probabilities.get)
        assert result.label == best
        rows = result.attention.sum(-1)
        np.testing.assert_allclose(rows, np.ones_like(rows), atol=1e-6)
        assert not result.truncated


@pytest.mark.slow
def test_classify_does_not_depend_on_the_batch(classifier):
    together = classifier.classify(TEXTS)
    for text, result in zip(TEXTS, together, strict=True):
        alone = classifier.classify([text])[0]
        np.testing.assert_allclose(alone.attention, result.attention, atol=1e-6)
        np.testing.assert_allclose(
            list(alone.probabilities.values()),
            list(result.probabilities.values()),
            atol=1e-6,
        )


@pytest.mark.slow
def test_classify_reports_truncated_texts():
    vectorizer = Vectorizer(["a", "b"], max_length=2)
    model = SentenceClassifier(vectorizer, ["x", "y"], d_model=4, num_heads=2)
    result = model.classify(["a b a"])[0]
    assert (result.tokens, result.truncated) == (["a", "b"], True)


@pytest.mark.slow
def test_classify_without_attention_computes_no_map(classifier, asked_for_maps):
    expected = classifier.classify(TEXTS, batch_size=2)
    asked_for_maps.clear()
    results = classifier.classify(TEXTS, batch_size=2, attention=False)
    assert asked_for_maps == [False, False]
    for found, full in zip(results, expected, strict=True):
        assert found.attention is None
        assert (found.text, found.label) == (full.text, full.label)
        assert found.tokens == full.tokens
        assert found.truncated == full.truncated
        assert found.probabilities == pytest.approx(
            full.probabilities, abs=1e-6
        )


@pytest.mark.slow
def test_classify_takes_encoded_texts(classifier, monkeypatch):
    expected = classifier.classify(TEXTS)
    encoded = [classifier.vectorizer.encode_text(text) for text in TEXTS]
    monkeypatch.setattr(classifier, "vectorizer", None)
    for found, given in zip(
        classifier.classify(encoded), expected, strict=True
    ):
        assert found.text == given.text
        assert found.tokens == given.tokens
        assert found.probabilities == given.probabilities


def test_classify_nothing(classifier):
    assert classifier.classify([]) == []
    assert classifier.classify([], attention=False) == []


def test_classify_rejects_one_string_and_empty_texts(classifier):
    with pytest.raises(TypeError, match=r"classify\(\[text\]\)"):
        classifier.classify("a good dog")
    with pytest.raises(ValueError, match="Text 2 has no tokens"):
        classifier.classify(["dog", ""])


@pytest.mark.parametrize(
    "texts, options, message",
    [
        ([None], {}, "`texts` must be strings. Received: None of type NoneTy"),
        ([b"dog"], {}, r"b'dog' of type bytes, .*`\.decode\(\)`"),
        ({"dog": 1}, {}, "`texts` must be a list.* Received: a dictionary"),
        (b"dog", {}, "`texts` must be a list.* Received: one string"),
        (["dog"], {"batch_size": 0}, "batch_size=0"),
        (["dog"], {"batch_size": 1.5}, "batch_size=1.5"),
        (["dog"], {"attention": "no"}, "attention='no'"),
    ],
    ids=str,
)
def test_classify_rejects_wrong_arguments(classifier, texts, options, message):
    with pytest.raises(ValueError, match=message):
        classifier.classify(texts, **options)


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_half_precision_follows_float32(classifier, policy):
    ids = np.array([[2, 3, 4, 5], [6, 5, 0, 0]])
    expected = array(classifier(ids))
    keras.config.set_dtype_policy(policy)
    half = SentenceClassifier.from_config(
        {k: v for k, v in classifier.get_config().items() if k != "dtype"}
    )
    half(ids)
    half.set_weights(classifier.get_weights())
    logits = half(ids)
    assert keras.backend.standardize_dtype(logits.dtype) == "float32"
    np.testing.assert_allclose(array(logits), expected, atol=0.1)


@pytest.mark.slow
def test_fit_on_strings(classifier):
    """Strings are encoded by `vectorizer` inside a `tf.data` pipeline."""
    import tensorflow as tf

    classifier.compile(
        keras.optimizers.Adam(0.03),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        run_eagerly=True,
    )
    labels = np.array([0, 2, 1])
    texts = tf.data.Dataset.from_tensor_slices((TEXTS, labels)).batch(3)
    data = texts.map(lambda x, y: (classifier.vectorizer(x), y)).repeat(8)
    history = classifier.fit(data, shuffle=False, verbose=0)
    assert history.history["accuracy"][-1] > 0.5
    labels_now = [r.label for r in classifier.classify(TEXTS)]
    assert labels_now == ["praise", "neither", "blame"]


@pytest.mark.slow
def test_weights_are_pinned(classifier):
    classifier(np.array([[2, 3]]))
    shapes = {
        w.path.removeprefix("sentence_classifier/"): tuple(w.shape)
        for w in classifier.weights
    }
    assert len(shapes) == 1 + 2 * 16 + 2 + 2
    assert shapes["embedding/embeddings"] == (10, 15)
    assert shapes["encoder_block_1/attention/query/kernel"] == (15, 5, 3)
    assert shapes["encoder_block_1/feed_forward/expand/kernel"] == (15, 7)
    assert shapes["encoder_block_0/feed_forward_norm/gamma"] == (15,)
    assert shapes["norm/beta"] == (15,)
    assert shapes["head/kernel"] == (15, 3)


@pytest.mark.long
def test_a_new_process_gives_identical_probabilities(
    classifier, tmp_path, new_process
):
    expected = [r.probabilities for r in classifier.classify(TEXTS)]
    classifier.save(tmp_path / "model.keras")
    script = f"""
import keras, keras_attn
model = keras.models.load_model("model.keras")
print([r.probabilities for r in model.classify({TEXTS!r})])
"""
    output = new_process(script)
    assert output.strip() == repr(expected)


@pytest.mark.slow
def test_position_as_a_layer_survives_the_file(tmp_path):
    position = keras_attn.layers.PositionalEncoding(base=1000.0)
    model = SentenceClassifier(
        Vectorizer(["a"]), ["x", "y"], 1, 4, 2, position=position
    )
    model.classify(["a b"])
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.position.base == 1000.0


@pytest.mark.parametrize(
    "labels", [["b", "a"], ("b", "a"), np.array(["b", "a"])], ids=type
)
def test_labels_of_any_sequence_survive_the_file(labels, tmp_path):
    model = SentenceClassifier(Vectorizer(["a"]), labels, 1, 4, 2)
    model.build((None, None))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.labels == model.labels == ("b", "a")


@pytest.mark.parametrize(
    "change, message",
    [
        ({"labels": ["only"]}, "at least two distinct labels"),
        ({"labels": ["a", "a"]}, "at least two distinct labels"),
        ({"labels": [0, 1]}, "`labels` must be strings. Received: 0 of type"),
        ({"labels": ["a", None]}, "Received: None of type NoneType, .* 2"),
        ({"labels": [b"a", b"b"]}, r"b'a' of type bytes, .*`\.decode\(\)`"),
        ({"labels": "ab"}, "`labels` must be a list.* Received: one string"),
        ({"labels": {"a": 0, "b": 1}}, "`labels`.* Received: a dictionary"),
        ({"labels": 2}, "`labels` must be a list.* Received: 2 of type int"),
        ({"num_layers": 0}, "num_layers=0"),
        ({"num_heads": 1.5}, "num_heads=1.5"),
        ({"d_model": 10, "num_heads": 3}, "d_model=10, num_heads=3"),
        ({"position": "sinus"}, "position='sinus'"),
    ],
)
def test_rejects_arguments_out_of_range(change, message):
    arguments = {"vectorizer": Vectorizer(["a"]), "labels": ["x", "y"]}
    with pytest.raises(ValueError, match=message):
        SentenceClassifier(**(arguments | change))
