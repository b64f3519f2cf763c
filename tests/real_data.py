"""Accuracy on real data: `make test-data`, about 20 minutes.

Trains on trec, on trec as CSV files, on sst2 and on imdb with the default
settings, and compares each test accuracy with its lower bound.
"""

import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import click

from keras_attn.data import load_corpus

DATA_DIR = Path(__file__).parents[2] / "shared" / "tfds"
BOUNDS = {"trec": 0.87, "glue/sst2": 0.80, "imdb_reviews": 0.86}
CSV_DIFFERENCE = 0.02


def train(run_dir, *arguments):
    """Train in a new process and return the content of `result.json`."""
    command = [sys.executable, "-m", "training.train", *map(str, arguments)]
    subprocess.run([*command, "--run_dir", str(run_dir)], check=True)
    return json.loads((run_dir / "result.json").read_text())


def write_csv(path, corpus, *splits):
    """Write splits of a corpus to a CSV file."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        for split in splits:
            names = [corpus.label_names[label] for label in split.labels]
            writer.writerows(zip(split.texts, names, strict=True))


def trec_as_csv(folder):
    """Train on trec written to CSV files, like a user's own data."""
    corpus = load_corpus("trec", data_dir=str(DATA_DIR))
    write_csv(folder / "train.csv", corpus, corpus.train, corpus.validation)
    write_csv(folder / "test.csv", corpus, corpus.test)
    return train(
        folder / "csv",
        "--dataset",
        folder / "train.csv",
        "--test_file",
        folder / "test.csv",
    )


def main():
    if not DATA_DIR.is_dir():
        sys.exit(f"The real datasets are missing: {DATA_DIR} does not exist.")
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        found = {}
        for dataset, bound in BOUNDS.items():
            result = train(
                folder / dataset.replace("/", "_"),
                "--dataset",
                dataset,
                "--data_dir",
                DATA_DIR,
            )
            found[dataset] = result["test_accuracy"]
            if found[dataset] < bound:
                failures.append(f"{dataset} is below {bound}")
        found["trec as CSV"] = trec_as_csv(folder)["test_accuracy"]
    if abs(found["trec as CSV"] - found["trec"]) > CSV_DIFFERENCE:
        failures.append("trec as CSV differs by more than 2 points")
    for dataset, accuracy in found.items():
        click.echo(f"{dataset:<14} test accuracy {accuracy:.4f}")
    sys.exit("; ".join(failures) or 0)


if __name__ == "__main__":
    main()
