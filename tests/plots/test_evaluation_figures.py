import numpy as np
import pytest

from keras_attn.plots.confusion import confusion_figure
from keras_attn.plots.reliability import reliability_figure

COUNTS = [[8, 2, 0], [0, 1, 0], [1, 0, 1234]]


def texts(axes):
    return {(t.get_position(), t.get_text()) for t in axes.texts}


def test_a_confusion_matrix_shows_counts_and_shares():
    axes = confusion_figure(COUNTS, ["a", "$b$", "c\x1b"], "title").axes[0]
    shares = axes.images[0].get_array()
    np.testing.assert_allclose(shares[0], [0.8, 0.2, 0.0])
    assert texts(axes) == {
        ((0, 0), "8"), ((1, 0), "2"), ((1, 1), "1"), ((0, 2), "1"),
        ((2, 2), "1,234"),
    }  # fmt: skip
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names[:2] == ["a", "$b$"] and "\x1b" not in names[2]
    assert axes.get_ylabel() == "true label"


def test_a_label_without_texts_has_an_empty_row():
    axes = confusion_figure([[1, 0], [0, 0]], ["a", "b"]).axes[0]
    assert axes.images[0].get_array().tolist() == [[1, 0], [0, 0]]


@pytest.mark.slow
def test_many_labels_fit_on_a_page():
    for count in (60, 150):
        figure = confusion_figure(
            np.eye(count, dtype=int), [f"label {i}" for i in range(count)]
        )
        figure.canvas.draw()
        assert max(figure.get_size_inches()) <= 17
        assert not figure.axes[0].texts


def test_a_matrix_of_another_size():
    with pytest.raises(ValueError, match=r"shape \(2, 2\) for 3 labels"):
        confusion_figure(np.eye(2), ["a", "b", "c"])


def test_a_reliability_diagram():
    figure = reliability_figure(
        {
            "count": [0, 3, 1],
            "probability": [0.0, 0.5, 0.9],
            "accuracy": [0.0, 0.4, 1.0],
            "expected_calibration_error": 0.1,
        },
        "title",
    )
    axes, below = figure.axes
    bars = [(bar.get_x(), bar.get_height()) for bar in axes.patches]
    np.testing.assert_allclose(bars, [(1 / 3, 0.4), (2 / 3, 1.0)])
    dots = axes.lines[0].get_xydata()
    np.testing.assert_allclose(dots, [(0.5, 0.5), (5 / 6, 0.9)])
    assert [bar.get_height() for bar in below.patches] == [0, 3, 1]
    assert "calibration error 0.100" in axes.get_title()
    figure.canvas.draw()
