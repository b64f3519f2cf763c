"""A run as read by TensorBoard's other loader, the data server in Rust."""

import json

import keras
import pytest

from keras_attn.tensorboard import AttentionMaps
from tests import data_server

TEXTS = ["the dog saw a cat", "a dog"]

READER = (
    data_server.START
    + """
import time
from tensorboard import context
from tensorboard.data import provider

def steps(read, plugin, tag):
    found = read(
        context.RequestContext(),
        experiment_id="",
        plugin_name=plugin,
        downsample=50,
        run_tag_filter=provider.RunTagFilter(["train"], [tag]),
    )
    return [datum.step for datum in found.get("train", {}).get(tag, [])]

data = ingester.data_provider
for _ in range(50):
    maps = steps(data.read_blob_sequences, "attention", "attention")
    curve = steps(data.read_scalars, "scalars", "epoch_loss")
    if len(maps) == 3:
        break
    time.sleep(0.2)
print(json.dumps([maps, curve]))
"""
)


# Keras 3.15 reads its learning rate in a way that NumPy 2 is to give up.
@pytest.mark.filterwarnings("ignore:__array__ implementation")
@pytest.mark.slow
def test_the_data_server_reads_maps_and_curves_as_one_run(
    classifier, fit, new_process, tmp_path
):
    board = keras.callbacks.TensorBoard(tmp_path, write_graph=False)
    # The last maps are written after the board has ended, to a second file.
    maps = AttentionMaps(board, TEXTS, every_n_epochs=2)
    fit(classifier, board, maps, epochs=3)
    found = json.loads(new_process(READER))
    if found is None:
        pytest.skip("tensorboard-data-server is not installed here")
    assert found == [[0, 2, 3], [0, 1, 2]]
