"""How a model was trained and exported, for its card."""

from keras_attn.release.markdown import escape, table

# Settings of a run that say nothing of the model: where data stand, what is
# shown in TensorBoard, what is exported.
_LEFT_OUT = (
    *("dataset", "data_dir", "test_file", "map_sentences", "map_every"),
    "export",
)


def making(subject, parity):
    """Sizes, seed, settings and versions, in Markdown.

    Args:
        subject: `keras_attn.release.export_job.Subject`.
        parity: Dictionary, the content of `parity.json`.
    """
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
