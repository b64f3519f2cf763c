"""Finding a TFDS dataset on the disk, or preparing it there."""

import contextlib
import logging
import sys
import urllib.error
import urllib.request
from pathlib import Path

import tensorflow_datasets as tfds

from keras_attn._checks import did_you_mean
from keras_attn.data.errors import DataError, listing
from keras_attn.data.pronouns import Pronouns

# Where TFDS itself looks first; any answer proves a network.
PROBE_URL = "https://storage.googleapis.com/tfds-data"
PROBE_SECONDS = 5


def prepared_builder(
    dataset: str, data_dir: str | None = None
) -> tfds.core.DatasetBuilder:
    """The builder of a dataset whose files are there to be read.

    A dataset that is not there is prepared: pronouns from its grammar, any
    other by TFDS, with a download. Without a network this is refused at once,
    where TFDS would retry for minutes.

    Args:
        dataset: a TFDS name, "name", "name/config" or "name:version".
        data_dir: an existing folder. Defaults to TFDS's own, which is made.

    Raises:
        DataError: no such folder, dataset or configuration, or the dataset is
            not there and cannot be prepared.
    """
    if data_dir is not None and not Path(data_dir).is_dir():
        raise DataError(
            f"data_dir {str(data_dir)!r} is no folder; give the one that holds "
            "the TFDS datasets, or make it"
        )
    with _quiet():
        builder = _builder(dataset, data_dir)
        if not builder.is_prepared():
            _prepare(dataset, builder, data_dir)
    return builder


@contextlib.contextmanager
def _quiet():
    """TFDS's warnings off, and its prints on standard error."""
    logger = logging.getLogger("absl")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        logger.setLevel(level)


def _builder(dataset, data_dir):
    # TFDS has no one type for what can go wrong here: an unknown version is an
    # AssertionError, a missing library an ImportError, a bad name a ValueError.
    try:
        return tfds.builder(dataset, data_dir=data_dir)
    except tfds.core.DatasetNotFoundError:
        names = tfds.list_builders(with_community_datasets=False)
        where = data_dir or "TFDS's folder"
        raise DataError(
            f"there is no dataset {dataset!r}: no file of that name ending in "
            f".csv, .tsv or .jsonl, none known to TFDS, none in {where}."
            + did_you_mean(dataset.split("/")[0], names)
        ) from None
    except Exception as error:
        configs = _configs(dataset)
        if configs and "BuilderConfig" in str(error):
            config = dataset.partition("/")[2].partition(":")[0]
            raise DataError(
                f"{dataset}: there is no configuration {config!r}; expected "
                f"one of {listing(configs)}.{did_you_mean(config, configs)}"
            ) from None
        raise DataError(
            f"TFDS cannot open the dataset {dataset!r} ({_first_line(error)}); "
            "expected name, name/config or name:version"
        ) from None


def _configs(dataset) -> list[str]:
    try:
        return list(tfds.builder_cls(dataset.split("/")[0]).builder_configs)
    except Exception:
        return []


def _prepare(dataset, builder, data_dir):
    folder = Path(builder.data_dir)
    advice = "give the folder that holds it with --data_dir"
    if not isinstance(builder, Pronouns) and not network_is_reachable():
        raise DataError(
            f"{dataset} ({builder.info.full_name}) is not prepared in {folder} "
            f"and there is no network to download it; {advice}"
        )
    try:
        builder.download_and_prepare()
    except Exception as error:  # Any library that TFDS calls may fail here.
        if data_dir is not None:
            advice += ", or one that can be written to"
        raise DataError(
            f"{dataset} ({builder.info.full_name}) is not prepared in {folder} "
            f"and preparing it failed ({_first_line(error)}); {advice}"
        ) from error


def network_is_reachable() -> bool:
    """Whether a download can be tried; asks for at most a few seconds."""
    try:
        urllib.request.urlopen(PROBE_URL, timeout=PROBE_SECONDS).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else repr(error)
