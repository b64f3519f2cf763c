"""Maps in the run of `keras.callbacks.TensorBoard`, next to its curves."""

import keras
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import (
    EventAccumulator,
)

from keras_attn.tensorboard import AttentionMaps, ReferentAttention
from keras_attn.tensorboard.run_writer import BoardRun

# Keras 3.15 reads its learning rate in a way that NumPy 2 is to give up.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation")
TEXTS = ["the dog saw a cat", "a dog"]


@pytest.fixture
def board(tmp_path):
    return keras.callbacks.TensorBoard(tmp_path, write_graph=False)


def steps(events):
    return [step for step, _ in events]


def files(folder):
    return list(folder.glob("*.tfevents.*"))


def test_keras_has_its_writer_where_it_is_expected(board, model, tmp_path):
    """The name is private to Keras; this test detects a change."""
    board.set_model(model)
    assert isinstance(board._train_writer, tf.summary.SummaryWriter)
    assert board._train_writer is board._train_writer
    with board._train_writer.as_default(0):
        tf.summary.scalar("here", 0.5)
    board._train_writer.flush()
    assert len(files(tmp_path / "train")) == 1
    first = board._train_writer
    board.set_model(model)
    assert board._train_writer is not first


def test_the_error_for_another_keras_gives_its_version(
    board, model, monkeypatch
):
    monkeypatch.setattr(type(board), "_train_writer", None)
    board.set_model(model)
    with pytest.raises(RuntimeError, match="Pass the path of the log dir"):
        BoardRun(board).open(model)


@pytest.mark.slow
@pytest.mark.parametrize("board_first", [True, False])
def test_curves_and_maps_are_one_run(
    classifier, fit, read, board, tmp_path, board_first
):
    maps = AttentionMaps(board, TEXTS)
    curves = ReferentAttention(board, TEXTS, [1, 0], [0, 1])
    callbacks = [board, maps, curves] if board_first else [maps, curves, board]
    fit(classifier, *callbacks, epochs=2)
    assert [path.name for path in tmp_path.iterdir()] == ["train"]
    assert len(files(tmp_path / "train")) == 1
    events = read(tmp_path / "train")
    assert steps(events["attention"]) == [0, 1, 2]
    assert steps(events["referent_attention/attention/head_0"]) == [0, 1, 2]
    assert steps(events["epoch_loss"]) == [0, 1]


@pytest.mark.slow
@pytest.mark.parametrize("board_first", [True, False])
def test_last_maps_when_the_board_has_ended(
    classifier, fit, read, board, tmp_path, board_first
):
    maps = AttentionMaps(board, TEXTS, every_n_epochs=2)
    fit(classifier, *([board, maps][:: 1 if board_first else -1]), epochs=3)
    events = read(tmp_path / "train")
    assert steps(events["attention"]) == [0, 2, 3]
    assert steps(events["epoch_loss"]) == [0, 1, 2]


@pytest.mark.slow
@pytest.mark.parametrize("board_first", [True, False])
def test_fit_called_twice(classifier, fit, read, board, tmp_path, board_first):
    maps = AttentionMaps(board, TEXTS, every_n_epochs=2)
    callbacks = [board, maps][:: 1 if board_first else -1]
    fit(classifier, *callbacks, epochs=3)
    fit(classifier, *callbacks, epochs=5, initial_epoch=3)
    events = read(tmp_path / "train")
    assert sorted(steps(events["attention"])) == [0, 2, 3, 4, 5]
    assert sorted(steps(events["epoch_loss"])) == [0, 1, 2, 3, 4]


@pytest.mark.slow
def test_a_path_gets_its_own_run(classifier, fit, read, board, tmp_path):
    fit(classifier, board, AttentionMaps(tmp_path, ["a dog"]), epochs=2)
    assert steps(read(tmp_path / "attention")["attention"]) == [0, 1, 2]
    assert steps(read(tmp_path / "train")["epoch_loss"]) == [0, 1]


@pytest.mark.slow
@pytest.mark.parametrize("through_board", [True, False])
def test_maps_are_written_while_recording_is_off(
    classifier, fit, read, tmp_path, through_board
):
    # With `update_freq=7` this callback turns tf.summary off globally between
    # its steps, and so loses its own curves by epoch.
    board = keras.callbacks.TensorBoard(
        tmp_path, update_freq=7, write_graph=False
    )
    place = board if through_board else tmp_path
    fit(classifier, board, AttentionMaps(place, ["a dog"]))
    run = "train" if through_board else "attention"
    assert steps(read(tmp_path / run)["attention"]) == [0, 1]


class Watch(keras.callbacks.Callback):
    """Reads a run again and again with one loader, as TensorBoard does."""

    def __init__(self, folder):
        super().__init__()
        self.folder, self.loader, self.seen = folder, None, []

    def on_epoch_end(self, epoch, logs=None):
        if self.loader is None:
            self.loader = EventAccumulator(str(self.folder), {"tensors": 0})
        self.loader.Reload()
        self.seen.append(
            {
                tag: [event.step for event in self.loader.Tensors(tag)]
                for tag in ("epoch_loss", "attention")
            }
        )


@pytest.mark.slow
def test_curves_continue_while_maps_are_written(
    classifier, fit, board, tmp_path
):
    """With a second file in the folder the loader would leave the first."""
    watch = Watch(tmp_path / "train")
    fit(classifier, board, AttentionMaps(board, TEXTS), watch, epochs=4)
    assert watch.seen == [
        {"epoch_loss": [*range(n)], "attention": [*range(n + 1)]}
        for n in range(1, 5)
    ]


def test_a_board_outside_of_the_fit_raises_an_error(classifier, fit, board):
    with pytest.raises(ValueError, match=r"not among the callbacks.*\[board"):
        fit(classifier, AttentionMaps(board, TEXTS))


@pytest.mark.slow
def test_a_board_of_an_earlier_fit_raises_an_error(classifier, fit, board):
    maps = AttentionMaps(board, TEXTS)
    fit(classifier, board, maps)
    with pytest.raises(ValueError, match="not among the callbacks"):
        fit(classifier, maps)


def test_a_board_of_another_model_raises_an_error(classifier, fit, board):
    other = keras.models.clone_model(classifier)
    board.set_model(other)
    with pytest.raises(ValueError, match="not among the callbacks"):
        fit(classifier, AttentionMaps(board, TEXTS))
