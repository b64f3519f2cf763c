"""Pairs of texts, several labels per text, and rare labels, on real texts.

    python -m training.benchmark.tasks --data_dir ../shared/tfds

Trains `keras-attn train` on three datasets made from TREC and SST-2, with
several seeds each, and prints one line per result:

- pairs: two questions, do they ask for the same kind of answer?
- several: one text of up to three questions, which kinds of answers does it
  ask for?
- rare: film reviews of which one in twenty is negative in training, with and
  without `--class_weights balanced`.
"""

import contextlib
import csv
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import click
import numpy as np

from keras_attn.data import load_corpus


def write_pairs(path, split, names, count, rng):
    """Half of the pairs have the same label, half have not."""
    by_label = _by_label(split)
    with _writer(path, "first", "second", "label") as write:
        for number in range(count):
            first, second = _two_labels(by_label, rng, same=number % 2 == 0)
            texts = rng.choice(by_label[first]), rng.choice(by_label[second])
            same = "same" if first == second else "different"
            write([*texts, same])


def write_several(path, split, names, count, rng):
    """Texts of one, two or three questions, with the labels of all."""
    with _writer(path, "text", "labels") as write:
        for _ in range(count):
            rows = rng.sample(range(len(split)), rng.choice([1, 2, 3]))
            labels = sorted({names[split.labels[row]] for row in rows})
            text = " ".join(split.texts[row] for row in rows)
            write([text, ",".join(labels)])


def write_rare(path, split, names, count, rng):
    """Reviews of which one in twenty is negative; without a count, all."""
    by_label = _by_label(split)
    if count is None:
        with _writer(path, "text", "label") as write:
            for text, label in zip(split.texts, split.labels, strict=True):
                write([text, names[label]])
        return
    rare = names.index("negative")
    common = names.index("positive")
    few = count // 20
    rows = [(text, "negative") for text in rng.sample(by_label[rare], few)]
    rows += [
        (text, "positive") for text in rng.sample(by_label[common], count - few)
    ]
    rng.shuffle(rows)
    with _writer(path, "text", "label") as write:
        for row in rows:
            write(row)


def _two_labels(by_label, rng, same):
    labels = sorted(by_label)
    first = rng.choice(labels)
    if same:
        return first, first
    return first, rng.choice([label for label in labels if label != first])


def _by_label(split):
    found = {}
    for text, label in zip(split.texts, split.labels.tolist(), strict=True):
        found.setdefault(label, []).append(text)
    return found


@contextlib.contextmanager
def _writer(path, *header):
    """Open a CSV file, write its header and yield its `writerow`."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        write = csv.writer(file).writerow
        write(header)
        yield write


# What is made: dataset, function, and sizes of the training and test file.
MADE = {
    "pairs": ("trec", write_pairs, 40_000, 2_000),
    "several": ("trec", write_several, 10_000, 1_000),
    # The recall of a label does not depend on how rare it is in the test.
    "rare": ("glue/sst2", write_rare, 20_000, None),
}
# What is trained: a name, the data, and the arguments.
RUNS = (
    ("pairs", "pairs", ["--text_column", "first", "--pair_column", "second"]),
    ("several labels", "several", ["--multi_label", "--calibrate"]),
    ("rare label", "rare", []),
    ("rare label, balanced", "rare", ["--class_weights", "balanced"]),
)


def make(folder, data_dir):
    """Write the training and test files of all datasets."""
    for name, (dataset, write, *counts) in MADE.items():
        corpus = load_corpus(dataset, data_dir=data_dir)
        splits = {"train": corpus.train, "test": corpus.test}
        for (part, split), count in zip(splits.items(), counts, strict=True):
            path = folder / f"{name}_{part}.csv"
            write(path, split, corpus.label_names, count, random.Random(0))


def measure(folder, data, arguments, seed):
    """Train with one seed; return the evaluation on the test file."""
    run = folder / "run"
    command = [sys.executable, "-m", "keras_attn_cli"]
    files = [folder / f"{data}_train.csv", "--test_file"]
    files.append(folder / f"{data}_test.csv")
    options = ["--run_dir", run, "--overwrite", "--seed", seed]
    for words in (
        ["train", *files, *options, *arguments],
        ["evaluate", run],
    ):
        subprocess.run(
            [*command, *map(str, words)], check=True, stdout=subprocess.DEVNULL
        )
    return json.loads((run / "evaluation" / "test.json").read_text())


def figures(measured):
    """The numbers to print, by name."""
    found = {"accuracy": measured["accuracy"]}
    for name in ("micro_f1", "macro_f1"):
        if name in measured:
            found[name] = measured[name]
    if "negative" in measured["per_label"]:
        negative = measured["per_label"]["negative"]
        found |= {f"negative {k}": negative[k] for k in ("precision", "recall")}
    error = measured["calibration"]["expected_calibration_error"]
    return found | {"calibration error": error}


@click.command()
@click.option("--data_dir", help="folder of the TFDS datasets")
@click.option("--seeds", default=3, show_default=True)
@click.option("--only", type=click.Choice([name for name, *_ in RUNS]))
def main(data_dir, seeds, only):
    """Print the mean of each figure over the seeds, and its range."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        make(folder, data_dir)
        for name, data, words in RUNS:
            if only not in (None, name):
                continue
            found = [
                figures(measure(folder, data, words, seed))
                for seed in range(seeds)
            ]
            for figure in found[0]:
                values = [each[figure] for each in found]
                click.echo(
                    f"{name}: {figure} {np.mean(values):.3f} "
                    f"(from {min(values):.3f} to {max(values):.3f}, "
                    f"{seeds} seeds)"
                )


if __name__ == "__main__":
    main()
