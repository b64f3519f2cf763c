import socket
import urllib.error

import numpy as np
import pytest
import tensorflow_datasets as tfds
from tensorflow_datasets.core.utils import tqdm_utils

from keras_attn.data import DataError, prepared
from keras_attn.data.rows import Request
from keras_attn.data.tfds_source import read_rows


@pytest.fixture
def offline(monkeypatch):
    def refuse(*args, **kwargs):
        raise urllib.error.URLError(socket.gaierror("no such host"))

    monkeypatch.setattr("urllib.request.urlopen", refuse)


def find_and_prepare(dataset, data_dir):
    builder = prepared.find_builder(dataset, data_dir)
    prepared.prepare(dataset, builder, data_dir)
    return builder


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        ("keras_attn_none", "no dataset 'keras_attn_none': it is not a .csv"),
        ("trecc", "not a dataset of TFDS, and not in .*Did you mean 'trec'"),
        ("glue/sst", r"no configuration 'sst'\. Expected one of co.*'sst2'"),
        ("trec:9.9.9", "cannot open the dataset 'trec:9.9.9'"),
        ("", "cannot open the dataset ''"),
        ("a b", "Expected name, name/config or name:version"),
        ("ag_news_subset", r"\(ag_news_subset/1.0.0\) is not prepared in .* no "
         r"network to download it\. Give the folder .* with --data_dir"),
        ("glue", r"glue \(glue/cola/2.0.0\) is not prepared"),
    ],
)  # fmt: skip
def test_rejected(tmp_path, dataset, message):
    with pytest.raises(DataError, match=message) as error:
        find_and_prepare(dataset, str(tmp_path))
    assert "\n" not in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_a_data_dir_that_is_not_a_folder(tmp_path):
    for path in (tmp_path / "none", __file__):
        with pytest.raises(DataError, match=r"data_dir .* is not a folder"):
            prepared.find_builder("trec", path)


def test_a_failed_preparation_is_one_line(tmp_path, monkeypatch, capsys):
    def fail(self):
        print("noise")
        raise RuntimeError("disk\nfull")

    monkeypatch.setattr(prepared, "network_is_reachable", lambda: True)
    monkeypatch.setattr(
        tfds.core.GeneratorBasedBuilder, "download_and_prepare", fail
    )
    message = r"preparing it failed \(RuntimeError: disk\)\. Give the folder"
    with pytest.raises(DataError, match=message):
        find_and_prepare("trec", str(tmp_path))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("is_terminal", [True, False])
def test_progress_bars_only_in_a_terminal(tmp_path, monkeypatch, is_terminal):
    shown = []

    def prepare(self):
        with tqdm_utils.tqdm(total=2, disable=None) as bar:
            shown.append(type(bar).__name__ != "EmptyTqdm")

    # The tests before may have turned bars off for the whole process.
    monkeypatch.setattr(tqdm_utils, "_active", True)
    monkeypatch.setattr("sys.stderr.isatty", lambda: is_terminal)
    monkeypatch.setattr(prepared, "network_is_reachable", lambda: True)
    monkeypatch.setattr(
        tfds.core.GeneratorBasedBuilder, "download_and_prepare", prepare
    )
    find_and_prepare("trec", str(tmp_path))
    with tqdm_utils.tqdm(total=2, disable=True) as bar:
        assert type(bar).__name__ != "EmptyTqdm"  # as it was before
    assert shown == [is_terminal]


def test_a_wrong_column_is_told_before_anything_is_prepared(tmp_path):
    with pytest.raises(DataError, match="no feature 'txet'"):
        read_rows("pronouns", str(tmp_path), request=Request("txet"))
    assert list(tmp_path.iterdir()) == []


def test_prepared_files_need_no_network(prepare, monkeypatch):
    monkeypatch.setattr(prepared, "network_is_reachable", lambda: 1 / 0)
    features = {"text": tfds.features.Text(), "label": np.int64}
    rows = [{"text": "a", "label": 0}]
    names = prepare(features, {"train": rows})
    builder = find_and_prepare(**names)
    assert builder.info.splits["train"].num_examples == 1


@pytest.mark.usefixtures("offline")
def test_without_a_response_there_is_no_network():
    assert not prepared.network_is_reachable()


def test_any_response_means_a_network(monkeypatch):
    def forbid(url, timeout):
        raise urllib.error.HTTPError(url, 403, "Forbidden", {}, None)

    monkeypatch.setattr("urllib.request.urlopen", forbid)
    assert prepared.network_is_reachable()
