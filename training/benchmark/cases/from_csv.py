"""From raw CSV files to an accuracy, and a million short texts."""

import tempfile

from training.benchmark.report import Row
from training.benchmark.systems.from_csv import write_splits
from training.benchmark.timing import Worker

_DATA_DIR = "../shared/tfds"
_ENVIRONMENT = {"KERAS_BACKEND": "tensorflow"}


def to_fasttexts_accuracy(effort):
    """Case 11: seconds from raw CSV to fastText's accuracy on validation."""
    for dataset in ("trec",) if effort.quick else ("trec", "glue/sst2"):
        with tempfile.TemporaryDirectory() as folder:
            write_splits(dataset, _DATA_DIR, folder)
            with Worker("from_csv:fasttext", folder=folder) as worker:
                theirs = worker.run()
            accuracy = theirs["returned"]["accuracy"]
            yield _seconds(f"{dataset}, fastText: {accuracy:.3f}", theirs)
            with Worker(
                "from_csv:ours", _ENVIRONMENT, folder=folder, accuracy=accuracy
            ) as worker:
                ours = worker.run()
        found = ours["returned"]
        yield _seconds(
            f"{dataset}, ours: {found['accuracy']:.3f} after "
            f"{found['epochs']} epochs",
            ours,
        )


def _seconds(measured, timed):
    return Row(
        11, f"{measured} on validation, from CSV", timed["wall"], unit="s"
    )


def many_short_texts(effort):
    """Case 11: a million short texts, one epoch, each step in texts/s."""
    count = 20_000 if effort.quick else 1_000_000
    with Worker("from_csv:many_texts", _ENVIRONMENT, num_texts=count) as worker:
        timed = worker.run()
    for step, seconds in timed["returned"].items():
        yield Row(
            11,
            f"{count:,} short texts, {step}",
            count / seconds,
            unit="texts/s",
        )
    yield Row(
        11,
        f"{count:,} short texts, memory",
        timed["peak_mb"] / 1024,
        2,
        unit="GB",
    )
