"""The exports of a training run, as its `result.json` lists them."""

from keras_attn.export.bundle import require_lines
from keras_attn.release.exporter import ExportPlan, export, require_packages
from keras_attn.release.trained_model import TrainedModel
from keras_attn.runs.errors import user_errors


def require_exportable(formats, labels):
    """Check before training that its exports can be written.

    Args:
        formats: Sequence of export format names, may be empty.
        labels: Sequence of strings, the label names of the dataset.

    Raises:
        UserError: If a package that a format needs is missing, or a label
            cannot be stored in an exported file.
    """
    require_packages(formats)
    if formats:
        with user_errors():
            require_lines("label", labels)


def export_run(model, corpus, settings, result, folder):
    """Export a trained model in float32, in the formats its settings name.

    Args:
        model: The trained `SentenceClassifier`.
        corpus: `keras_attn.data.Corpus` it was trained on.
        settings: `Settings` of the run.
        result: Dictionary, the content of `result.json` so far.
        folder: `Path` of the export folder to write.

    Returns:
        The value of `exports` in `result.json`: a dictionary from each format
        to the path and the parity of its file. Empty if no format is set.

    Raises:
        UserError: As in `keras_attn.release.exporter.export`.
    """
    if not settings.export:
        return {}
    trained = TrainedModel(model, corpus, settings, result)
    plan = ExportPlan([(format, None) for format in settings.export])
    parity = export(trained, plan, folder)
    return {
        measured["format"]: {
            "path": f"{folder.name}/{file}",
            "max_difference": measured["max_difference"],
            "max_attention_difference": measured["max_attention_difference"],
            "equal_decisions": measured["equal_decisions"],
            "texts_compared": parity["texts"],
        }
        for file, measured in parity["files"].items()
    }
