"""A run from its settings to its last file."""

import os

import click
import keras

from keras_attn.release import training_exports
from keras_attn.runs import fitting as experiment
from keras_attn.runs.datasets import read_corpus
from keras_attn.runs.errors import user_errors
from keras_attn.runs.fingerprint import fingerprint
from keras_attn.runs.settings import located, write_settings
from keras_attn.runs.sizing import size_to
from keras_attn.runs.versions import versions


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
        UserError: If the data are not as they should be, or not those a run
            to be resumed began with, or a package that an export needs is
            missing; nothing was written.
    """
    training_exports.require_exportable(settings.export, ())
    keras.utils.set_random_seed(settings.seed)
    keras.config.set_dtype_policy(settings.precision)
    data = _load(settings)
    training_exports.require_exportable(
        settings.export, data.corpus.label_names
    )
    num_texts = len(data.corpus.train)
    settings = size_to(settings, num_texts, data.num_tokens / num_texts)
    data_sha256 = fingerprint(data.corpus)
    if resume:
        run.require_data(data_sha256)
    else:
        run.clear()
        run.unfinished.mkdir(parents=True)
        run.data.write_text(data_sha256, encoding="utf-8")
        write_settings(located(settings), run.recipe)
    _say_what_is_trained(data)
    model, measured = experiment.fit(data, settings, run, verbose)
    _save(model, run)
    result = {
        "dataset": data.corpus.name,
        "data_sha256": data_sha256,
        **_describe(data),
        **measured,
        "seed": settings.seed,
        "versions": versions(),
    }
    result["exports"] = training_exports.export_run(
        model, data.corpus, settings, result, run.export
    )
    run.write_result(result)
    return data, model, result


def _load(settings):
    with user_errors():
        return experiment.prepare(read_corpus(settings), settings)


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
