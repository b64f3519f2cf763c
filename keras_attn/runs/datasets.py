"""The dataset that settings name, and whether a run was trained on it."""

from keras_attn.data import load_corpus
from keras_attn.runs.errors import UserError
from keras_attn.runs.fingerprint import fingerprint
from keras_attn.runs.run_folder import RunDir


def read_corpus(settings):
    """The `keras_attn.data.Corpus` of `Settings`.

    Raises:
        DataError: If the data are not as they should be.
    """
    return load_corpus(
        settings.dataset,
        data_dir=settings.data_dir,
        test_file=settings.test_file,
        text_column=settings.text_column,
        label_column=settings.label_column,
        validation_fraction=settings.validation_fraction,
        seed=settings.seed,
    )


def corpus_of(path, settings, is_given):
    """The data that a model is measured on, and what is known of its training.

    Args:
        path: Path of a model file.
        settings: `Settings`, as of `settings_of`.
        is_given: Boolean, whether the user said on what to measure.

    Returns:
        A `keras_attn.data.Corpus` and what `result.json` says, a dictionary;
        None in its place if the model was not, or is not known to be, trained
        on that corpus.

    Raises:
        DataError: If the data are not as they should be.
        UserError: If they are no longer those the run was trained on, and
            nobody asked for others.
    """
    corpus = read_corpus(settings)
    run = RunDir(path.parent)
    result = run.read_result() if path.name == run.model.name else None
    if result is None:
        return corpus, None
    if result.get("data_sha256") == fingerprint(corpus):
        return corpus, result
    if not is_given:
        raise UserError(
            f"{settings.dataset} is not what the run was trained on any more: "
            "its test split may hold texts that were learned from. Put the "
            "data back, or measure on others with --dataset or --test_file."
        )
    return corpus, None
