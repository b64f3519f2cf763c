"""The model card of an exported folder, its README.md.

Every figure in it is one of the run's own, or measured on the test split.
"""

import numpy as np

from keras_attn.export.formats import FORMATS, QUANTIZATIONS
from keras_attn.release import card_tables as figures
from keras_attn.release.limitations import limits
from keras_attn.release.markdown import escape, table
from keras_attn.release.provenance import making
from keras_attn.release.usage import calls

_PARTS = ("train", "validation", "test")


def text(subject, reference, parity):
    """The card, as a string of Markdown.

    It is the same for the same model, data and versions, except between the
    marks `<!-- latency -->` and `<!-- /latency -->`.

    Args:
        subject: `keras_attn.release.export_job.Subject`.
        reference: `keras_attn.release.proof.Reference`.
        parity: Dictionary, the content of `parity.json`.
    """
    model = subject.model
    files = parity["files"]
    sections = [
        f"# Sentence classifier: {escape(parity['dataset'])}",
        _task(model),
        f"## Files\n\n{_files(files)}",
        f"## How to call them\n\n{calls(files, example(model.vectorizer))}",
        f"## Data\n\n{_data(subject)}",
        "## How often it is right\n\n"
        + _metrics(subject, reference, parity["dataset"]),
        f"## Do the files say what the model says?\n\n{_proof(parity)}",
        f"## Latency\n\n{_latency(parity)}",
        f"## Limits\n\n{limits(model, reference)}",
        f"## How it was made\n\n{making(subject, parity)}",
    ]
    return "\n\n".join(sections) + "\n"


def example(vectorizer):
    """A sentence of four frequent words, or as many as there are.

    It has a capital, a sign and a word that no vocabulary is likely to hold,
    and quotes nobody's text.
    """
    words = [t for t in vectorizer.vocabulary if t.isalpha()]
    known = (words or list(vectorizer.vocabulary))[:4]
    return f"{' '.join(known).capitalize()} Xyzzy?"


def _task(model):
    return (
        f"It reads a text and says which of {len(model.labels)} labels fits: "
        f"{', '.join(map(escape, model.labels))}. With the label come the "
        "probabilities of all labels, and how the model's attention went from "
        "token to token. A small transformer encoder, made with keras\\_attn."
    )


def _files(files):
    rows = [
        [
            f"`{name}`",
            _precision(f["quantize"], f["weights"]),
            FORMATS[f["format"]].description,
        ]
        for name, f in files.items()
    ]
    if any(FORMATS[f["format"]].takes == "ids" for f in files.values()):
        what = (
            "runs a `.tflite` file, with numpy and ai-edge-litert alone; makes "
            "the ids for an `.onnx` file, with numpy alone"
        )
        rows.append(["`classify.py`", "", what])
    rows.append(["`parity.json`", "", "the proof below, for programs"])
    return table(["file", "numbers", "what it is"], rows)


def _precision(quantize, weights):
    if quantize != "none" and not {"float16", "int8", "uint8"} & set(weights):
        # TensorFlow leaves matrices of less than 1,024 numbers as they are.
        return "float32: all its weights are too small to be quantized"
    descriptions = {row.name: row.description for row in QUANTIZATIONS.values()}
    return descriptions[quantize]


def _data(subject):
    corpus = subject.corpus
    rows = []
    for part in _PARTS:
        split = getattr(corpus, part)
        counts = np.bincount(split.labels, minlength=len(corpus.label_names))
        shares = "; ".join(
            f"{escape(label)} {count:,}"
            for label, count in zip(corpus.label_names, counts, strict=True)
        )
        source = escape(subject.shown(split.source))
        rows.append([part, f"{len(split):,}", source, shares])
    lines = [
        f"Dataset {escape(subject.shown(corpus.name))}: "
        f"{escape(corpus.text_column)} in, {escape(corpus.label_column)} out.",
        table(["split", "texts:", "made from", "labels"], rows),
    ]
    if subject.result is None:
        lines.append(
            "This is what it was measured on. **What it was trained on is not "
            "known here**: the model's file came without its run, or was "
            "measured on other data. If texts of the test split were among "
            "its training texts, the figures below are too good."
        )
    else:
        lines.append(
            "The vocabulary and the weights were learned from the train "
            "split, the best epoch was chosen on the validation split, and "
            "the test split decided nothing."
        )
    return "\n\n".join(lines)


def _metrics(subject, reference, dataset):
    labels = subject.model.labels
    lines = [
        f"The Keras model, on all {len(reference.texts):,} texts of the test "
        f"split of {escape(dataset)}. {figures.accuracy(reference)}",
        figures.per_label(labels, reference),
        figures.confusions(labels, reference),
    ]
    return "\n\n".join(line for line in lines if line)


def _proof(parity):
    lines = [
        f"Each file against the Keras model, on all {parity['texts']:,} texts "
        "of the test split. A size is compared with the file in float32 of "
        "the same format.",
        figures.proof(parity),
    ]
    if parity["calibration_texts"]:
        lines.append(
            "The int8 files were calibrated on "
            f"{parity['calibration_texts']:,} training texts."
        )
    lines.append(
        "Operators used, and how often; of a TFLite file in both signatures "
        f"together:\n\n{figures.operators(parity)}"
    )
    return "\n\n".join(lines)


def _latency(parity):
    latency = parity["latency"]
    return (
        "<!-- latency -->\n\n"
        f"One sentence at a time, on {latency['threads']} thread, over "
        f"{latency['texts']:,} test texts, after a warm-up; on the machine "
        "that exported. A SavedModel's time includes the cutting into tokens, "
        "which others get as ids.\n\n"
        f"{figures.latency(parity)}\n\n"
        "<!-- /latency -->"
    )
