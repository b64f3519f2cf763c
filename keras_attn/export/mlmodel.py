"""The file from which MLflow's model server starts a SavedModel."""

_MLMODEL = """\
flavors:
  python_function:
    loader_module: mlflow.tensorflow
  tensorflow:
    # MLflow's name for: call a signature of a SavedModel, by names.
    model_type: tf1-estimator
    saved_model_dir: .
    meta_graph_tags: [serve]
    signature_def_key: serve
"""


def write_mlmodel(folder):
    """Makes `mlflow models serve -m FOLDER --env-manager local` work.

    MLflow itself is not needed for that. See `docs/serving.md` for how to ask.

    Args:
        folder: `Path` of a SavedModel with a signature `serve`. The file
            `MLmodel` is written into it; TensorFlow takes no notice.
    """
    (folder / "MLmodel").write_text(_MLMODEL, encoding="utf-8")
