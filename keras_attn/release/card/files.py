"""The model card's sections about the exported files."""

from keras_attn.export.formats import FORMATS, QUANTIZATIONS
from keras_attn.release.card.markdown import table
from keras_attn.release.file_size import file_size

_PRECISIONS = {row.name: row.description for row in QUANTIZATIONS.values()}


def file_list(files):
    """List the files of an export folder, as a Markdown table.

    Args:
        files: Dictionary, `files` of `parity.json`.
    """
    rows = [
        [
            f"`{name}`",
            _precision(measured["quantize"], measured["weights"]),
            FORMATS[measured["format"]].description,
        ]
        for name, measured in files.items()
    ]
    formats = (FORMATS[measured["format"]] for measured in files.values())
    if any(format.takes == "ids" for format in formats):
        description = (
            "runs a `.tflite` file (needs numpy and ai-edge-litert) and "
            "converts text to ids for an `.onnx` file (needs numpy)"
        )
        rows.append(["`classify.py`", "", description])
    rows.append(["`parity.json`", "", "the measurements below, as JSON"])
    return table(["file", "precision", "description"], rows)


def _precision(quantize, weights):
    if quantize != "none" and not {"float16", "int8", "uint8"} & set(weights):
        # TensorFlow does not quantize matrices of fewer than 1,024 numbers.
        return "float32: all weights are too small to quantize"
    return _PRECISIONS[quantize]


def parity_section(parity):
    """Compare every file with the Keras model, in Markdown.

    Args:
        parity: Dictionary, the content of `parity.json`.
    """
    parts = [
        f"Each file was compared with the Keras model on all "
        f"{parity['texts']:,} texts of the test split. The last column is the "
        "size, relative to the float32 file of the same format.",
        _parity_table(parity["files"]),
    ]
    if parity["calibration_texts"]:
        parts.append(
            "The int8 files were calibrated on "
            f"{parity['calibration_texts']:,} training texts."
        )
    parts.append(
        "Operators in each file and how often they occur (in a TFLite file, "
        f"the total of both signatures):\n\n{_operators(parity['files'])}"
    )
    return "\n\n".join(parts)


def _parity_table(files):
    heads = [
        "file",
        "largest probability difference:",
        "largest attention difference:",
        "equal decisions:",
        "accuracy:",
        "difference in points:",
        "size:",
        "of float32:",
    ]
    rows = [
        [
            f"`{name}`",
            f"{measured['max_difference']:.1e}",
            f"{measured['max_attention_difference']:.1e}",
            f"{measured['equal_decisions']:.2%}",
            f"{measured['accuracy']:.2%}",
            f"{measured['accuracy_points']:+.2f}",
            file_size(measured["size"]),
            f"{measured['size_ratio']:.1%}",
        ]
        for name, measured in files.items()
    ]
    notes = [
        f"\n**`{name}` misses its bound** and was kept on request: {miss}."
        for name, measured in files.items()
        for miss in measured["misses"]
    ]
    return "\n".join([table(heads, rows), *notes])


def _operators(files):
    return "\n".join(
        f"- `{name}`: "
        + ", ".join(f"{op} {n}" for op, n in sorted(measured["ops"].items()))
        for name, measured in files.items()
    )


def latency_section(latency):
    """Report the time per text, between the two latency marks.

    Args:
        latency: Dictionary, `latency` of `parity.json`.
    """
    rows = [
        [f"`{name}`", f"{t['median_ms']:.2f} ms", f"{t['p99_ms']:.2f} ms"]
        for name, t in latency["files"].items()
    ]
    return (
        "<!-- latency -->\n\n"
        f"Measured on the machine that exported the files: one text at a time "
        f"on {latency['threads']} thread, over {latency['texts']:,} test "
        "texts, after a warm-up. The time of a SavedModel includes "
        "tokenization. The other files receive ids.\n\n"
        f"{table(['file', 'median:', '99th percentile:'], rows)}\n\n"
        "<!-- /latency -->"
    )
