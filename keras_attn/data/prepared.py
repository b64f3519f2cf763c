"""Finds a TFDS dataset, and prepares it if it is not on disk."""

import contextlib
import logging
import sys
import urllib.error
import urllib.request
from pathlib import Path

import tensorflow_datasets as tfds
from tensorflow_datasets.core.utils import tqdm_utils

from keras_attn._checks import did_you_mean
from keras_attn.data.errors import DataError, listing
from keras_attn.data.pronouns import Pronouns

# TFDS itself looks here first. Any response proves that there is a network.
PROBE_URL = "https://storage.googleapis.com/tfds-data"
PROBE_SECONDS = 5


def find_builder(dataset, data_dir=None):
    """Return the TFDS builder of a dataset, prepared or not.

    Args:
        dataset: String, a TFDS name: `"name"`, `"name/config"` or
            `"name:version"`.
        data_dir: String, an existing folder. Defaults to `None`: TFDS's own
            folder.

    Returns:
        A `tfds.core.DatasetBuilder`. Its `info.features` are known; its files
        may be missing: see `prepare`.

    Raises:
        DataError: If the folder, the dataset or the configuration does not
            exist.
    """
    if data_dir is not None and not Path(data_dir).is_dir():
        raise DataError(
            f"data_dir {str(data_dir)!r} is not a folder. Give the folder that "
            "contains the TFDS datasets, or create it."
        )
    with _quiet():
        return _builder(dataset, data_dir)


def prepare(dataset, builder, data_dir=None):
    """Write the files of a dataset if they are missing.

    `pronouns` is generated from its grammar, and any other dataset is
    downloaded by TFDS. Without a network, this function raises an error at
    once, whereas TFDS would retry for minutes.

    Args:
        dataset: String, the name that was passed to `find_builder`.
        builder: The `tfds.core.DatasetBuilder` that it returned.
        data_dir: String, as in `find_builder`, for the error message.

    Raises:
        DataError: If the dataset is missing and cannot be prepared.
    """
    with _quiet(), _bars_only_in_a_terminal():
        if not builder.is_prepared():
            _prepare(dataset, builder, data_dir)


@contextlib.contextmanager
def _quiet():
    """Hide the warnings of TFDS, and print its output on standard error."""
    logger = logging.getLogger("absl")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        logger.setLevel(level)


@contextlib.contextmanager
def _bars_only_in_a_terminal():
    """Turn off TFDS's progress bars in log files, where each step is a line.

    TFDS still prints one line at the start and one at the end.
    """
    active = getattr(tqdm_utils, "_active", True)
    if not sys.stderr.isatty():
        tfds.disable_progress_bar()
    try:
        yield
    finally:
        tfds.display_progress_bar(active)


def _builder(dataset, data_dir):
    # TFDS raises different types here: AssertionError for an unknown version,
    # ImportError for a missing library, ValueError for a bad name.
    try:
        return tfds.builder(dataset, data_dir=data_dir)
    except tfds.core.DatasetNotFoundError:
        names = tfds.list_builders(with_community_datasets=False)
        where = data_dir or "TFDS's folder"
        raise DataError(
            f"There is no dataset {dataset!r}: it is not a .csv, .tsv or "
            f".jsonl file, not a dataset of TFDS, and not in {where}."
            + did_you_mean(dataset.split("/")[0], names)
        ) from None
    except Exception as error:
        configs = _configs(dataset)
        if configs and "BuilderConfig" in str(error):
            config = dataset.partition("/")[2].partition(":")[0]
            raise DataError(
                f"{dataset}: there is no configuration {config!r}. Expected "
                f"one of {listing(configs)}.{did_you_mean(config, configs)}"
            ) from None
        raise DataError(
            f"TFDS cannot open the dataset {dataset!r} ({_first_line(error)}). "
            "Expected name, name/config or name:version."
        ) from None


def _configs(dataset):
    try:
        return list(tfds.builder_cls(dataset.split("/")[0]).builder_configs)
    except Exception:
        return []


def _prepare(dataset, builder, data_dir):
    folder = Path(builder.data_dir)
    advice = "Give the folder that contains it with --data_dir"
    if not isinstance(builder, Pronouns) and not network_is_reachable():
        raise DataError(
            f"{dataset} ({builder.info.full_name}) is not prepared in {folder} "
            f"and there is no network to download it. {advice}."
        )
    try:
        builder.download_and_prepare()
    except Exception as error:  # any library that TFDS calls may fail here
        if data_dir is not None:
            advice += ", or a folder that can be written to"
        raise DataError(
            f"{dataset} ({builder.info.full_name}) is not prepared in {folder} "
            f"and preparing it failed ({_first_line(error)}). {advice}."
        ) from error


def network_is_reachable():
    """Return whether a download is possible, after a few seconds at most."""
    try:
        urllib.request.urlopen(PROBE_URL, timeout=PROBE_SECONDS).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def _first_line(error):
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else repr(error)
