"""The dataset that settings name."""

from keras_attn.data import load_corpus


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
