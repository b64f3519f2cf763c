import keras
import numpy as np
import pytest

from keras_attn.models import Decision, SentenceClassifier
from keras_attn.text import Vectorizer

LOGITS = np.array([[0.0, np.log(3.0)], [2.0, -2.0]], "float32")


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def test_one_label():
    decision = Decision()
    probabilities = array(decision.probabilities(keras.ops.array(LOGITS)))
    np.testing.assert_allclose(probabilities[0], [0.25, 0.75], rtol=1e-6)
    assert decision.decide(probabilities).tolist() == [[0, 1], [1, 0]]
    # The first of equally probable labels, as NumPy does.
    assert decision.decide([[0.5, 0.5]]).tolist() == [[1, 0]]


def test_several_labels():
    decision = Decision(thresholds=(0.5, 0.75))
    probabilities = array(decision.probabilities(keras.ops.array(LOGITS)))
    np.testing.assert_allclose(probabilities[0], [0.5, 0.75], rtol=1e-6)
    decided = decision.decide([[0.5, 0.75], [0.49, 0.74]])
    assert decided.tolist() == [[1, 1], [0, 0]]


def test_temperature():
    decision = Decision(temperature=2.0)
    probabilities = array(decision.probabilities(keras.ops.array(LOGITS)))
    root = np.sqrt(3.0)
    expected = [1 / (1 + root), root / (1 + root)]
    np.testing.assert_allclose(probabilities[0], expected, rtol=1e-6)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"temperature": 0}, "`temperature` must be a finite number above 0"),
        ({"temperature": np.nan}, "Received: temperature=nan"),
        ({"thresholds": (0.5, 1.0)}, "`thresholds` must be at least 0"),
        ({"thresholds": (-0.1,)}, "Received: thresholds=-0.1"),
    ],
)
def test_wrong_numbers(options, message):
    with pytest.raises(ValueError, match=message):
        Decision(**options)


def classifier(labels=("x", "y"), **options):
    return SentenceClassifier(
        Vectorizer(["a", "b"]),
        labels,
        num_layers=1,
        d_model=4,
        num_heads=2,
        **options,
    )


@pytest.mark.parametrize(
    "labels, options, message",
    [
        (["x"], {}, "at least two distinct labels"),
        ([], {"multi_label": True}, "at least one label"),
        (["x", "x"], {"multi_label": True}, "no label twice"),
        (["x", "y"], {"thresholds": [0.5, 0.5]}, "multi_label=False"),
        (["x", "y"], {"multi_label": True, "thresholds": [0.5]}, "2 labels"),
        (["x", "y"], {"multi_label": 1}, "`multi_label` must be True or Fal"),
    ],
)
def test_decisions_that_do_not_fit_the_labels(labels, options, message):
    with pytest.raises(ValueError, match=message):
        classifier(labels, **options)


@pytest.mark.slow
def test_a_file_remembers_the_decision(tmp_path):
    model = classifier(multi_label=True)
    assert model.decision == Decision(thresholds=(0.5, 0.5))
    model.build((None, None))
    # Fitted after training, hence not an argument of the constructor.
    model.decision = Decision(thresholds=(0.3, 0.9), temperature=1.7)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.decision == model.decision
    assert keras.models.clone_model(model).decision == model.decision
    expected = model.classify(["a b", "b"], attention=False)
    found = loaded.classify(["a b", "b"], attention=False)
    assert [r.probabilities for r in found] == [
        r.probabilities for r in expected
    ]


def test_a_text_may_have_every_label_or_none():
    model = classifier(("x", "y", "z"), multi_label=True)
    result = model.classify(["a"])[0]
    p = result.probabilities
    assert result.labels == tuple(label for label in p if p[label] >= 0.5)
    model.decision = Decision(thresholds=(0.0, 0.0, 0.0))
    assert model.classify(["a"])[0].labels == ("x", "y", "z")
    model.decision = Decision(thresholds=(0.999, 0.999, 0.999))
    nothing = model.classify(["a"])[0]
    assert nothing.labels == ()
    assert nothing.label == max(p, key=p.get)


def test_one_label_is_the_most_probable():
    result = classifier().classify(["a"])[0]
    assert result.labels == (result.label,)


def test_logits_of_keras_do_not_change_with_the_temperature():
    model = classifier()
    ids = np.array([[2, 3]])
    before = array(model(ids))
    model.decision = Decision(temperature=3.0)
    assert array(model(ids)).tolist() == before.tolist()
