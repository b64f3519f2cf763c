import pytest

from keras_attn.runs.fitting import _BestWeights


class Weights:
    """Stands for a model; remembers when it was saved."""

    def __init__(self):
        self.saved = []

    def save_weights(self, path):
        self.saved.append(self.epoch)


@pytest.mark.parametrize(
    "best, expected", [(None, [0, 1, 2, 4]), ((1.0, -0.1), [4])]
)
def test_equal_accuracies_are_told_apart_by_the_loss(best, expected):
    model = Weights()
    callback = _BestWeights("best.weights.h5", best)
    callback.set_model(model)
    history = [(0.5, 0.6), (1.0, 0.4), (1.0, 0.1), (0.9, 0.05), (1.0, 0.02)]
    for model.epoch, (accuracy, loss) in enumerate(history):
        logs = {"val_accuracy": accuracy, "val_loss": loss}
        callback.on_epoch_end(model.epoch, logs)
    assert model.saved == expected
