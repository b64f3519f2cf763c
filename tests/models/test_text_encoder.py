"""The encoder on its own: as a layer of models that are not classifiers."""

import json

import keras
import numpy as np
import pytest

from keras_attn.layers import MaskedMeanPooling, RelativePositionBias
from keras_attn.maps import capture_attention
from keras_attn.models import SentenceClassifier, TextEncoder
from keras_attn.text import Vectorizer

IDS = np.array([[2, 3, 4, 5], [6, 5, 0, 0]], "int32")
SIZES = {"num_layers": 2, "d_model": 12, "num_heads": 3, "feed_forward_dim": 7}


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


@pytest.mark.slow
def test_shapes_and_scores():
    encoder = TextEncoder(10, **SIZES)
    x, scores = encoder(IDS, return_attention_scores=True)
    assert tuple(x.shape) == (2, 4, 12)
    assert [tuple(s.shape) for s in scores] == [(2, 3, 4, 4)] * 2
    assert (array(scores[0])[1, :, :, 2:] == 0).all()
    np.testing.assert_array_equal(array(x), array(encoder(IDS)))
    # The last layer is a normalization.
    np.testing.assert_allclose(array(x).mean(-1), 0, atol=1e-5)


def test_symbolic_outputs():
    encoder = TextEncoder(10, **SIZES)
    x, scores = encoder(
        keras.Input((None,), dtype="int32"), return_attention_scores=True
    )
    assert x.shape == (None, None, 12)
    assert [s.shape for s in scores] == [(None, 3, None, None)] * 2
    assert encoder.compute_output_shape((2, None)) == (2, None, 12)


@pytest.mark.slow
def test_texts_of_a_document():
    documents = keras.Input((2, 4), dtype="int32")
    encoder = TextEncoder(10, **SIZES)
    vectors = keras.layers.TimeDistributed(encoder)(documents)
    assert vectors.shape == (None, 2, 4, 12)
    found = keras.Model(documents, vectors)(IDS[None])
    expected = np.stack([array(encoder(IDS[i : i + 1])) for i in (0, 1)], 1)
    np.testing.assert_allclose(array(found), expected, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("left, right", [(2, 0), (1, 3)])
def test_padding_changes_no_real_token(left, right):
    encoder = TextEncoder(10, **SIZES)
    padded = np.pad(IDS, ((0, 0), (left, right)))
    real = IDS != 0
    np.testing.assert_allclose(
        array(encoder(padded))[:, left : left + 4][real],
        array(encoder(IDS))[real],
        atol=1e-5,
    )


@pytest.mark.slow
def test_the_mask_reaches_the_next_layer():
    ids = keras.Input((None,), dtype="int32")
    encoder = TextEncoder(10, **SIZES)
    model = keras.Model(ids, MaskedMeanPooling()(encoder(ids)))
    expected = array(encoder(IDS))[1, :2].mean(0)
    np.testing.assert_allclose(array(model(IDS))[1], expected, atol=1e-5)
    mask = array(encoder.compute_mask(IDS))
    assert mask.tolist() == (IDS != 0).tolist()


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        pytest.param(
            {"position": "learned", "max_length": 9}, marks=pytest.mark.long
        ),
        {
            "position": RelativePositionBias(3, num_buckets=8),
            "score": "additive",
            "name": "reader",
        },
    ],
    ids=["learned", "bias"],
)
def test_fit_save_and_capture_in_a_functional_model(options, tmp_path):
    ids = keras.Input((None,), dtype="int32")
    encoder = TextEncoder(10, **SIZES, **options)
    x = MaskedMeanPooling()(encoder(ids))
    model = keras.Model(ids, keras.layers.Dense(1)(x))
    model.compile("adam", "mse", run_eagerly=True)
    before = array(encoder.embedding.embeddings).copy()
    model.fit(IDS, np.ones((2, 1)), epochs=2, verbose=0)
    assert np.abs(array(encoder.embedding.embeddings) - before).max() > 1e-4
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(array(loaded(IDS)), array(model(IDS)))
    twin = loaded.layers[1]
    assert isinstance(twin, TextEncoder)
    assert twin.get_config() == encoder.get_config()
    _, scores = encoder(IDS, return_attention_scores=True)
    maps = capture_attention(model, IDS)
    assert sorted(maps) == [
        f"{encoder.name}/encoder_block_{i}/attention" for i in range(2)
    ]
    for i, expected in enumerate(scores):
        found = maps[f"{encoder.name}/encoder_block_{i}/attention"]
        np.testing.assert_allclose(found, array(expected), atol=1e-6)


@pytest.mark.slow
def test_config_holds_every_argument():
    arguments = {
        "vocabulary_size": np.int64(10),
        **{name: np.int64(size) for name, size in SIZES.items()},
        "dropout": 0.3,
        "position": "learned",
        "score": "dot",
        "max_length": 8,
        "separator_id": 3,
        "name": "reader",
        "dtype": "mixed_bfloat16",
    }
    encoder = TextEncoder(**arguments)
    config = encoder.get_config()
    assert set(config) == {*arguments, "trainable"}
    assert json.loads(json.dumps(config)) == config
    twin = TextEncoder.from_config(config)
    assert twin.get_config() == config
    assert twin.position.max_length == 8
    assert {
        layer.compute_dtype for layer in twin._flatten_layers()
    } == {"bfloat16"}  # fmt: skip
    assert keras.backend.standardize_dtype(twin(IDS).dtype) == "bfloat16"


@pytest.mark.slow
def test_a_classifier_reads_with_its_encoder():
    vectorizer = Vectorizer.learn(["a good dog !", "a very bad cat ?"])
    model = SentenceClassifier(vectorizer, ["x", "y"], **SIZES)
    model.build((None, None))
    encoder = model.get_layer("text_encoder")
    pooled = MaskedMeanPooling()(encoder(IDS), mask=IDS != 0)
    np.testing.assert_allclose(
        array(model.get_layer("head")(pooled)), array(model(IDS)), atol=1e-6
    )
    encoder.trainable = False
    assert [w.path.split("/")[1] for w in model.trainable_weights] == [
        "head"
    ] * 2


@pytest.mark.parametrize(
    "change, message",
    [
        ({"vocabulary_size": 0}, "vocabulary_size=0"),
        ({"max_length": 2.5}, "max_length=2.5"),
        ({"num_heads": 5}, "`d_model` must be a multiple.*num_heads=5"),
        ({"position": "rotery"}, "position='rotery'.*'rotary'"),
        ({"dropout": 1.0}, "dropout=1.0"),
    ],
)
def test_rejects_arguments_out_of_range(change, message):
    with pytest.raises(ValueError, match=message):
        TextEncoder(**({"vocabulary_size": 10, **SIZES} | change))


def test_rejects_ids_that_are_not_a_batch_of_texts():
    with pytest.raises(ValueError, match=r"must have the shape \(B, T\)"):
        TextEncoder(10, **SIZES)(np.array([2, 3], "int32"))


def pairs_encoder():
    keras.utils.set_random_seed(3)
    encoder = TextEncoder(10, **SIZES, separator_id=4)
    encoder(IDS)
    return encoder


@pytest.mark.slow
def test_segments_are_added_to_the_embeddings():
    encoder = pairs_encoder()
    single = TextEncoder(10, **SIZES)
    single(IDS)
    segments = encoder.segment_embedding.embeddings
    others = [w for w in encoder.weights if w is not segments]
    for ours, theirs in zip(single.weights, others, strict=True):
        ours.assign(theirs)
    assert np.abs(array(encoder(IDS)) - array(single(IDS))).max() > 0.1
    segments.assign(np.zeros((2, 12)))
    np.testing.assert_allclose(array(encoder(IDS)), array(single(IDS)))


def test_a_separator_belongs_to_the_first_text():
    """Later separators change nothing."""
    ids = np.array([[2, 4, 3, 4, 5], [0, 7, 4, 6, 0]])
    segments = array(pairs_encoder()._segments(keras.ops.array(ids)))
    assert segments.tolist() == [[0, 0, 1, 1, 1], [0, 0, 0, 1, 1]]


@pytest.mark.slow
def test_pairs_survive_padding_and_the_file(tmp_path):
    encoder = pairs_encoder()
    ids = keras.Input((None,), dtype="int32")
    model = keras.Model(ids, MaskedMeanPooling()(encoder(ids)))
    expected = array(model(IDS))
    padded = np.pad(IDS, ((0, 0), (2, 1)))
    np.testing.assert_allclose(array(model(padded)), expected, atol=1e-5)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(array(loaded(IDS)), expected)
    assert loaded.layers[1].separator_id == 4


def test_a_separator_is_an_id():
    with pytest.raises(ValueError, match="`separator_id` must be a positive"):
        TextEncoder(10, **SIZES, separator_id=0)
