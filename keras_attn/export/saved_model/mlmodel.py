"""The MLmodel file, with which MLflow's model server loads a SavedModel."""

_MLMODEL = """\
flavors:
  python_function:
    loader_module: mlflow.tensorflow
  tensorflow:
    # MLflow's name for calling a signature of a SavedModel by name.
    model_type: tf1-estimator
    saved_model_dir: .
    meta_graph_tags: [serve]
    signature_def_key: serve
"""


def write_mlmodel(folder):
    """Write an MLmodel file, for `mlflow models serve --env-manager local`.

    Writing it does not need MLflow. See `docs/serving.md` for the requests
    that the server takes.

    Args:
        folder: `Path` of a SavedModel with a signature `serve`. TensorFlow
            ignores the added file.
    """
    (folder / "MLmodel").write_text(_MLMODEL, encoding="utf-8")
