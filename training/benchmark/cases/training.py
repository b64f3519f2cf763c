"""Training on real texts, against KerasHub padded and on our batches."""

import contextlib

from training.benchmark.report import Row, ratio_row, speedup_row
from training.benchmark.timing import Timings, Worker

_EPOCHS = 3
_DATA_DIR = "../shared/tfds"


def sst2(effort):
    """Cases 1 and 2: sst2, padded to 64 and on batches of similar length."""
    texts = 3_200 if effort.quick else 12_800
    turns = _turns(
        "glue/sst2",
        64,
        texts,
        "ours",
        "our_layers_in_a_script",
        "keras_hub_on_our_batches",
        "keras_hub_padded",
    )
    padded, batches = "keras_hub_padded", "keras_hub_on_our_batches"
    yield _later(
        turns, 1, "sst2 from epoch 2, KerasHub padded to 64", padded, 8
    )
    yield _whole(turns, 1, "sst2, 3 epochs, KerasHub padded to 64", padded, 4)
    yield _later(
        turns, 2, "sst2 from epoch 2, KerasHub on our batches", batches, 1.5
    )
    script = _timings(turns, "our_layers_in_a_script", "ours")
    yield ratio_row(
        2,
        "sst2 from epoch 2, our layers in a user's script / the command",
        script.ratio("our_layers_in_a_script", "ours"),
        1.05,
    )
    yield Row(
        1,
        "sst2, validation accuracy after 3 epochs: ours minus KerasHub's",
        turns["ours"].accuracy - turns[padded].accuracy,
        -0.01,
        at_least=True,
    )


def imdb(effort):
    """Case 3: imdb, at most 512 tokens, against padding to 512."""
    texts = 320 if effort.quick else 1_600
    turns = _turns("imdb_reviews", 512, texts, "ours", "keras_hub_padded")
    yield _later(
        turns,
        3,
        "imdb from epoch 2, KerasHub padded to 512",
        "keras_hub_padded",
        3,
    )


def watching(effort):
    """Case 6: what a run logs and saves, as shares of an epoch without it."""
    texts = 3_200 if effort.quick else None
    with _worker("ours_watched", "glue/sst2", 64, texts) as worker:
        shares = worker.run()["returned"]
    for what, measured, target in (
        ("maps", "sst2, maps after every epoch: share of it", 0.02),
        ("everything", "sst2, curves, maps and checkpoints: share", 0.05),
    ):
        yield Row(6, measured, shares[what], target)


class _Turns:
    """The epochs of one system: wall and CPU seconds, and its accuracy."""

    def __init__(self):
        self.wall, self.cpu, self.accuracy = [], [], None


def _turns(dataset, max_length, num_texts, *names):
    """Train all systems for some epochs, one epoch each in turn."""
    turns = {name: _Turns() for name in names}
    with contextlib.ExitStack() as stack:
        workers = {
            name: stack.enter_context(
                _worker(name, dataset, max_length, num_texts)
            )
            for name in names
        }
        for _ in range(_EPOCHS):
            for name, worker in workers.items():
                timed = worker.run()
                turns[name].wall.append(timed["wall"])
                turns[name].cpu.append(timed["cpu"])
        for name, worker in workers.items():
            turns[name].accuracy = float(worker.results()["accuracy"])
    return turns


def _worker(name, dataset, max_length, num_texts):
    return Worker(
        f"training:{name}",
        {"KERAS_BACKEND": "tensorflow"},
        dataset=dataset,
        data_dir=_DATA_DIR,
        max_length=max_length,
        num_texts=num_texts,
    )


def _later(turns, case, measured, rival, target):
    """The `Row` of the epochs after the first one."""
    ratio = _timings(turns, "ours", rival).ratio("ours", rival)
    return speedup_row(case, measured, ratio, target)


def _timings(turns, *names):
    """The `Timings` of the epochs after the first one."""
    return Timings(
        wall={name: turns[name].wall[1:] for name in names},
        cpu={name: turns[name].cpu[1:] for name in names},
    )


def _whole(turns, case, measured, rival, target):
    """The `Row` of all epochs together, tracing included."""
    timings = Timings(
        wall={name: [sum(turns[name].wall)] for name in ("ours", rival)},
        cpu={name: [sum(turns[name].cpu)] for name in ("ours", rival)},
    )
    return speedup_row(case, measured, timings.ratio("ours", rival), target)
