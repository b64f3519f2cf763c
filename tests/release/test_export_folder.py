"""An export folder is replaced completely or not at all."""

import os

import pytest

from keras_attn.export.formats import FORMATS
from keras_attn.release.export_folder import (
    first_foreign,
    replaced,
    require_replaceable,
)
from keras_attn.runs.errors import UserError


def test_a_new_folder_appears_at_the_end(tmp_path):
    path = tmp_path / "deep" / "export"
    with replaced(path) as folder:
        (folder / "a").write_text("new")
        assert not path.exists()
    assert (path / "a").read_text() == "new"
    assert [p.name for p in path.parent.iterdir()] == ["export"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_failure_keeps_the_earlier_folder(tmp_path, error):
    path = tmp_path / "export"
    path.mkdir()
    (path / "a").write_text("old")
    with pytest.raises(error), replaced(path) as folder:
        (folder / "a").write_text("half")
        raise error
    assert (path / "a").read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["export"]


def test_the_earlier_folder_is_replaced_completely(tmp_path):
    path = tmp_path / "export"
    path.mkdir()
    (path / "old").write_text("old")
    with replaced(path) as folder:
        (folder / "new").write_text("new")
        assert (path / "old").exists()
    assert [p.name for p in path.iterdir()] == ["new"]
    assert [p.name for p in tmp_path.iterdir()] == ["export"]


def test_a_stop_between_the_two_renames_restores_the_earlier_folder(
    tmp_path, monkeypatch
):
    path = tmp_path / "export"
    path.mkdir()
    (path / "a").write_text("old")
    rename, calls = os.rename, []

    def stopped(source, target):
        calls.append(target)
        if len(calls) == 2:
            raise KeyboardInterrupt
        rename(source, target)

    monkeypatch.setattr("os.rename", stopped)
    with pytest.raises(KeyboardInterrupt), replaced(path):
        pass
    assert (path / "a").read_text() == "old"
    assert len(calls) == 3


def test_an_unwritable_path_is_an_error(tmp_path):
    (tmp_path / "file").write_text("mine")
    with (
        pytest.raises(UserError, match="file/export cannot be written"),
        replaced(tmp_path / "file" / "export"),
    ):
        pass


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_with_other_files_is_refused(tmp_path, overwrite):
    (tmp_path / "README.md").write_text("an export's own name")
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(UserError, match="thesis.tex"):
        require_replaceable(tmp_path, overwrite)


def test_a_symbolic_link_is_not_replaced(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "export").symlink_to("there")
    with pytest.raises(UserError, match="export is not a folder"):
        require_replaceable(tmp_path / "export", overwrite=True)


def test_an_export_is_replaced_with_overwrite(tmp_path):
    for format in ("tflite", "onnx"):
        (tmp_path / FORMATS[format].file_name("int8")).write_text("")
    (tmp_path / FORMATS["saved_model"].file_name()).mkdir()
    (tmp_path / "parity.json").write_text('{"files": {}, "versions": {}}')
    require_replaceable(tmp_path, overwrite=True)
    with pytest.raises(UserError, match="--overwrite"):
        require_replaceable(tmp_path, overwrite=False)
    require_replaceable(tmp_path / "new", overwrite=False)


def test_compiled_classify_py_belongs_to_the_export(tmp_path):
    (tmp_path / "parity.json").write_text('{"files": {}, "versions": {}}')
    cache = tmp_path / "__pycache__"
    cache.mkdir()
    (cache / "classify.cpython-311.pyc").write_bytes(b"")
    require_replaceable(tmp_path, overwrite=True)
    (cache / "mine.cpython-311.pyc").write_bytes(b"")
    with pytest.raises(UserError, match="mine.cpython-311.pyc"):
        require_replaceable(tmp_path, overwrite=True)


@pytest.mark.parametrize(
    "proof",
    [
        None,
        "[]",
        "my notes",
        '{"other": 1}',
        "\xff",
        '"files"',
        '["files", "versions"]',
        '{"files": {}}',
    ],
)
def test_file_names_alone_do_not_make_an_export(tmp_path, proof):
    (tmp_path / "README.md").write_text("my only notes")
    if proof is not None:
        (tmp_path / "parity.json").write_text(proof, encoding="latin-1")
    with pytest.raises(
        UserError, match="README.md, which is not part of an export"
    ):
        require_replaceable(tmp_path, overwrite=True)


def test_other_files_in_a_saved_model_are_refused(tmp_path):
    (tmp_path / "parity.json").write_text('{"files": {}, "versions": {}}')
    (tmp_path / "saved_model" / "variables").mkdir(parents=True)
    (tmp_path / "saved_model" / "saved_model.pb").write_text("")
    require_replaceable(tmp_path, overwrite=True)
    (tmp_path / "saved_model" / "thesis.txt").write_text("mine")
    with pytest.raises(UserError, match="saved_model/thesis.txt"):
        require_replaceable(tmp_path, overwrite=True)


def test_first_foreign_names_one_file(tmp_path):
    assert first_foreign(tmp_path / "missing") is None
    assert first_foreign(tmp_path) is None
    (tmp_path / "parity.json").write_text('{"files": {}, "versions": {}}')
    assert first_foreign(tmp_path) is None
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").write_text("mine")
    (tmp_path / "zebra.txt").write_text("mine")
    assert first_foreign(tmp_path) == "notes"
