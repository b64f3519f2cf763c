"""A run from its settings to its last file."""

import os
import platform
from importlib.metadata import version

import click
import keras

from keras_attn.data import load_corpus
from keras_attn.export import export_saved_model, export_tflite
from training import experiment
from training.errors import user_errors
from training.quiet import quiet
from training.settings import write_settings
from training.sizing import size_to

_COMPARED_TEXTS = 500  # of the test split, in the proof of an export
_EXPORTS = {
    "saved_model": ("saved_model", export_saved_model),
    "tflite": ("model.tflite", export_tflite),
}


def train(settings, run, resume, verbose):
    """Trains, saves, exports, and writes down what came out.

    Args:
        settings: `Settings`.
        run: `RunDir` that may be written to.
        resume: Boolean, whether to go on with the run in it.
        verbose: As in `keras.Model.fit`.

    Returns:
        The `Data`, the model, and the content of `result.json`.

    Raises:
        UserError: If the data are not as they should be; nothing was written.
    """
    keras.utils.set_random_seed(settings.seed)
    keras.config.set_dtype_policy(settings.precision)
    data = _load(settings)
    num_texts = len(data.corpus.train)
    settings = size_to(settings, num_texts, data.num_tokens / num_texts)
    if not resume:
        run.clear()
        run.unfinished.mkdir(parents=True)
        write_settings(settings, run.recipe)
    _say_what_is_trained(data)
    model, measured = experiment.fit(data, settings, run, verbose)
    _save(model, run)
    result = {
        "dataset": data.corpus.name,
        **_describe(data),
        **measured,
        "seed": settings.seed,
        "exports": _export(model, data, settings, run),
        "versions": _versions(),
    }
    run.write_result(result)
    return data, model, result


def _load(settings):
    with user_errors():
        corpus = load_corpus(
            settings.dataset,
            data_dir=settings.data_dir,
            test_file=settings.test_file,
            text_column=settings.text_column,
            label_column=settings.label_column,
            validation_fraction=settings.validation_fraction,
            seed=settings.seed,
        )
        return experiment.prepare(corpus, settings)


def _say_what_is_trained(data):
    corpus = data.corpus
    click.echo(
        f"{corpus.name}: {corpus.text_column} -> {corpus.label_column} "
        f"({len(corpus.label_names)} labels), "
        f"{data.vectorizer.num_ids:,} token ids"
    )
    for part, split in _parts(corpus):
        click.echo(f"  {part:<10} {len(split):>7,} from {split.source}")
    if data.num_cut:
        click.echo(
            f"  {data.num_cut:,} texts reach {data.vectorizer.max_length} "
            "tokens; what follows is not read (--max_length)"
        )


def _parts(corpus):
    return [(p, getattr(corpus, p)) for p in ("train", "validation", "test")]


def _describe(data):
    parts = _parts(data.corpus)
    return {
        "labels": list(data.corpus.label_names),
        "split_sizes": {part: len(split) for part, split in parts},
        "split_sources": {part: split.source for part, split in parts},
        "texts_cut": data.num_cut,
    }


def _save(model, run):
    # Not compiled: the optimizer's state would triple the file, and serves no
    # prediction.
    bare = model.from_config(model.get_config())
    bare.build((None, None))
    bare.set_weights(model.get_weights())
    partial = run.unfinished / "model.keras"
    bare.save(partial)
    os.replace(partial, run.model)


def _export(model, data, settings, run):
    texts = data.corpus.test.texts[:_COMPARED_TEXTS]
    exported = {}
    for name in settings.export:
        file, function = _EXPORTS[name]
        with quiet():
            parity = function(model, run.export / file, texts)
        exported[name] = {
            "path": f"{run.export.name}/{file}",
            "max_difference": parity.max_difference,
            "max_attention_difference": parity.max_attention_difference,
            "equal_decisions": parity.equal_decisions,
            "texts_compared": parity.num_texts,
        }
    return exported


def _versions():
    names = ("keras-attn", "keras", "tensorflow", "numpy")
    versions = {name: version(name) for name in names}
    versions["backend"] = keras.backend.backend()
    return versions | {"python": platform.python_version()}
