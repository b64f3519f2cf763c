"""Positions, scores and poolings of a classifier, by name and as layers."""

import keras
import numpy as np
import pytest

from keras_attn import layers
from keras_attn.models import SentenceClassifier
from keras_attn.text import Vectorizer

IDS = np.array([[2, 3, 4, 5, 6], [6, 5, 0, 0, 0]])
POSITIONS = ("sinusoidal", "learned", "rotary", "relative_bias", "alibi")
SCORES = ("dot", "scaled_dot", "cosine", "bilinear", "additive")
POOLINGS = ("mean", "max", "first", "attention")


@pytest.fixture(scope="module")
def vectorizer():
    return Vectorizer.learn(["a good dog !", "a very bad cat ?"], max_length=9)


def make(vectorizer, num_layers=1, **options):
    model = SentenceClassifier(
        vectorizer,
        ["praise", "blame"],
        num_layers=num_layers,
        d_model=12,
        num_heads=3,
        feed_forward_dim=7,
        **options,
    )
    model.build((None, None))
    return model


def logits(model, ids=IDS):
    return keras.ops.convert_to_numpy(model(ids))


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        *({"position": name} for name in (*POSITIONS, None)),
        *({"score": name} for name in SCORES),
        *({"pooling": name} for name in POOLINGS),
    ],
    ids=lambda o: "=".join(map(str, *o.items())),
)
def test_a_sublayer_by_name(options, vectorizer):
    """Files are part of the contract of each sublayer."""
    model = make(vectorizer, **options)
    padded = np.pad(IDS, ((0, 0), (2, 1)))
    np.testing.assert_allclose(logits(model, padded), logits(model), atol=1e-5)
    twin = SentenceClassifier.from_config(model.get_config())
    twin.build((None, None))
    assert twin.get_config() == model.get_config()
    twin.set_weights(model.get_weights())
    assert (logits(twin) == logits(model)).all()
    assert [w.path for w in twin.weights] == [w.path for w in model.weights]


@pytest.mark.parametrize("position", POSITIONS)
def test_order_matters_with_any_position(position, vectorizer):
    model = make(vectorizer, position=position)
    for weight in model.weights:  # T5's table starts near zero
        if "bias" in weight.path:
            rng = np.random.default_rng(0)
            weight.assign(rng.normal(size=weight.shape))
    swapped = IDS[:1, [1, 0, 2, 3, 4]]
    difference = logits(model, IDS[:1]) - logits(model, swapped)
    assert np.abs(difference).max() > 1e-4


@pytest.mark.slow
def test_sublayers_as_layers(vectorizer):
    model = make(
        vectorizer,
        num_layers=2,
        position=layers.RelativePositionBias(3, num_buckets=8),
        score=layers.CosineScore(initial_scale=3.0),
        pooling=layers.AttentionPooling(num_hops=5),
    )
    first, second = (block.attention for block in model._blocks)
    assert first.position is not second.position
    assert first.position.num_buckets == second.position.num_buckets == 8
    assert first.score is not second.score
    assert first.score.initial_scale == second.score.initial_scale == 3.0
    assert model.pooling.num_hops == 5
    twin = SentenceClassifier.from_config(model.get_config())
    twin.build((None, None))
    twin.set_weights(model.get_weights())
    assert (logits(twin) == logits(model)).all()


@pytest.mark.parametrize(
    "options, message",
    [
        ({"position": "rotery"}, "position='rotery'.*'rotary'"),
        ({"position": "sinus"}, "position='sinus'.*'sinusoidal'"),
        ({"score": "cosin"}, "score='cosin'.*'cosine'"),
        ({"pooling": "men"}, "pooling='men'.*'mean'"),
        ({"position": layers.AlibiBias(2)}, "num_heads=2 for num_heads=3"),
    ],
)
def test_an_unknown_name_suggests_the_nearest(options, message, vectorizer):
    with pytest.raises(ValueError, match=message):
        make(vectorizer, **options)


def test_longer_than_learned_positions(vectorizer):
    model = make(vectorizer, position="learned")
    with pytest.raises(ValueError, match="9"):
        model(np.ones((1, 10), "int32"))
