"""The model card's section about training and export."""

from keras_attn.release.card.markdown import escape, table

# Settings that do not affect the model: where the data is, what TensorBoard
# shows, what is exported.
_LEFT_OUT = (
    "dataset",
    "data_dir",
    "test_file",
    "map_sentences",
    "map_every",
    "export",
)


def provenance(trained, parity):
    """Describe the model's size, training and versions, in Markdown.

    Args:
        trained: `keras_attn.release.trained_model.TrainedModel`.
        parity: Dictionary, the content of `parity.json`.
    """
    model = trained.model
    parts = [
        f"Architecture: {model.num_layers} encoder block(s) of width "
        f"{model.d_model} with {model.num_heads} attention heads each, "
        f"{model.count_params():,} parameters."
    ]
    if trained.result is None:
        parts.append("The training settings, seed and versions are unknown.")
    else:
        parts += _training(trained.settings, trained.result)
    parts.append(f"Exported with {_listed(parity['versions'])}.")
    return "\n\n".join(parts)


def _training(settings, result):
    rows = [
        [escape(name), escape("default" if value in (None, []) else value)]
        for name, value in settings.model_dump(mode="json").items()
        if name not in _LEFT_OUT
    ]
    return [
        f"Trained with seed {result['seed']}. The best of "
        f"{result['epochs']} epochs was epoch {result['best_epoch']}, with a "
        f"validation {_score(result)}. Settings:",
        table(["setting", "value"], rows),
        f"Trained with {_listed(result['versions'])}.",
    ]


def _score(result):
    """The metric by which the best epoch was chosen, with its value."""
    prefix = "validation_"
    (name,) = (name for name in result if name.startswith(prefix))
    metric = name.removeprefix(prefix).replace("_", " ").replace("f1", "F1")
    return f"{metric} of {result[name]:.2%}"


def _listed(versions):
    return ", ".join(f"{escape(k)} {escape(v)}" for k, v in versions.items())
