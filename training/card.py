"""The model card of an exported folder, its README.md.

Every figure in it is one of the run's own, or measured on the test split.
"""

import unicodedata
from collections import Counter

import numpy as np

from keras_attn.text import UNK_ID
from training import card_figures as figures
from training.card_calls import calls
from training.markdown import escape, table

_PARTS = ("train", "validation", "test")
# Settings of a run that say nothing of the model: where data stand, what is
# shown in TensorBoard, what is exported.
_LEFT_OUT = (
    *("dataset", "data_dir", "test_file", "map_sentences", "map_every"),
    "export",
)
_DESCRIPTIONS = {
    "saved_model": "strings in; label, probabilities, attention out",
    "tflite": "ids in; probabilities, attention out; vocabulary inside",
    "onnx": "ids in; probabilities, attention out; vocabulary inside",
}


def text(subject, reference, parity):
    """The card, as a string of Markdown.

    It is the same for the same model, data and versions, except between the
    marks `<!-- latency -->` and `<!-- /latency -->`.

    Args:
        subject: `training.exporting.Subject`.
        reference: `training.proof.Reference`.
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
        f"## Limits\n\n{_limits(model, reference)}",
        f"## How it was made\n\n{_making(subject, parity)}",
    ]
    return "\n\n".join(sections) + "\n"


def example(vectorizer):
    """Four frequent words of a vocabulary, or as many as there are.

    They quote nobody's text.
    """
    words = [t for t in vectorizer.vocabulary if t.isalpha()]
    return (words or list(vectorizer.vocabulary))[
        : min(4, vectorizer.max_length)
    ]


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
            _precision(f["quantize"]),
            _DESCRIPTIONS[f["format"]],
        ]
        for name, f in files.items()
    ]
    if any(f["format"] == "tflite" for f in files.values()):
        what = "runs a `.tflite` file, with numpy and ai-edge-litert alone"
        rows.append(["`classify.py`", "", what])
    rows.append(["`parity.json`", "", "the proof below, for programs"])
    return table(["file", "numbers", "what it is"], rows)


def _precision(quantize):
    return {
        "none": "float32",
        "float16": "weights in 16 bits",
        "dynamic": "weights in 8 bits",
        "int8": "weights and products in 8 bits",
    }[quantize]


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
            "known here**: only the model's file was given. If texts of the "
            "test split were among its training texts, the figures below are "
            "too good."
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
        f"Operators used, and how often:\n\n{figures.operators(parity)}"
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


def _limits(model, reference):
    ids = np.concatenate(reference.ids)
    vectorizer = model.vectorizer
    longest = vectorizer.max_length
    cut = sum(len(row) >= longest for row in reference.ids)
    return "\n".join(
        [
            f"- It knows {len(vectorizer.vocabulary):,} words and signs, those "
            "of its training data, and so the language of these data alone "
            f"(letters: {_scripts(vectorizer)}). All other words look the "
            f"same to it; they are {np.mean(ids == UNK_ID):.1%} of the tokens "
            "in the test split.",
            f"- It reads the first {longest:,} tokens of a text. In the test "
            f"split {cut:,} of {len(reference.ids):,} texts reach that.",
            f"- It always gives one of its {len(model.labels)} labels, also "
            "to a text that none of them fits. It cannot say that it does not "
            "know, give two labels, or answer about anything else.",
            "- Its probabilities were not calibrated, and its figures hold "
            "for texts like those of the test split.",
            "- Attention shows where the model looked. It is no explanation "
            "of the decision: other weights can give the same one.",
            "- Whether it treats groups of people alike was not tested.",
        ]
    )


def _scripts(vectorizer):
    """Which scripts the letters of the vocabulary belong to, in words."""
    counts = Counter(
        unicodedata.name(c, "unknown").split()[0].capitalize()
        for token in vectorizer.vocabulary
        for c in token
        if c.isalpha()
    )
    total = sum(counts.values())
    found = [f"{100 * n / total:.3g} % {s}" for s, n in counts.most_common(3)]
    return ", ".join(found) or "none"


def _making(subject, parity):
    model, result = subject.model, subject.result
    lines = [
        f"{model.num_layers} encoder block(s) of width {model.d_model} with "
        f"{model.num_heads} attention heads each, "
        f"{model.count_params():,} parameters."
    ]
    if result is None:
        lines.append(
            "Settings, seed and versions of the training are not known here."
        )
    else:
        lines.append(
            f"Trained with seed {result['seed']}; epoch "
            f"{result['best_epoch']} of {result['epochs']} was the best, with "
            f"an accuracy of {result['validation_accuracy']:.2%} on the "
            "validation split. Settings:"
        )
        settings = subject.settings.model_dump(mode="json")
        lines.append(
            table(
                ["setting", "value"],
                [
                    [escape(name), escape(_by_default(value))]
                    for name, value in settings.items()
                    if name not in _LEFT_OUT
                ],
            )
        )
        lines.append(f"Trained with {_listed(result['versions'])}.")
    lines.append(f"Exported with {_listed(parity['versions'])}.")
    return "\n\n".join(lines)


def _by_default(value):
    return "by default" if value is None else value


def _listed(versions):
    return ", ".join(f"{escape(k)} {escape(v)}" for k, v in versions.items())
