"""A folder is replaced whole, or stays as it was."""

import os

import pytest

from keras_attn.export.formats import FORMATS
from keras_attn.release.folder import replaced, require_replaceable
from keras_attn.runs.errors import UserError


def test_a_new_folder_appears_at_the_end(tmp_path):
    path = tmp_path / "deep" / "export"
    with replaced(path) as folder:
        (folder / "a").write_text("new")
        assert not path.exists()
    assert (path / "a").read_text() == "new"
    assert [p.name for p in path.parent.iterdir()] == ["export"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_failure_leaves_the_earlier_folder(tmp_path, error):
    path = tmp_path / "export"
    path.mkdir()
    (path / "a").write_text("old")
    with pytest.raises(error), replaced(path) as folder:
        (folder / "a").write_text("half")
        raise error
    assert (path / "a").read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["export"]


def test_nothing_of_the_earlier_folder_stays(tmp_path):
    path = tmp_path / "export"
    path.mkdir()
    (path / "old").write_text("old")
    with replaced(path) as folder:
        (folder / "new").write_text("new")
        assert (path / "old").exists()
    assert [p.name for p in path.iterdir()] == ["new"]
    assert [p.name for p in tmp_path.iterdir()] == ["export"]


def test_stopped_between_the_two_renames(tmp_path, monkeypatch):
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


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("mine")
    with (
        pytest.raises(UserError, match="file/export cannot be written"),
        replaced(tmp_path / "file" / "export"),
    ):
        pass


@pytest.mark.parametrize("overwrite", [False, True])
def test_what_no_export_wrote_is_left_alone(tmp_path, overwrite):
    (tmp_path / "README.md").write_text("an export's own name")
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(UserError, match="thesis.tex"):
        require_replaceable(tmp_path, overwrite)


def test_a_link_is_not_replaced(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "export").symlink_to("there")
    with pytest.raises(UserError, match="export is no folder"):
        require_replaceable(tmp_path / "export", overwrite=True)


def test_an_export_is_replaced_on_demand(tmp_path):
    for format in ("tflite", "onnx"):
        (tmp_path / FORMATS[format].file_name("int8")).write_text("")
    (tmp_path / FORMATS["saved_model"].file_name()).mkdir()
    (tmp_path / "parity.json").write_text('{"files": {}, "versions": {}}')
    require_replaceable(tmp_path, overwrite=True)
    with pytest.raises(UserError, match="--overwrite"):
        require_replaceable(tmp_path, overwrite=False)
    require_replaceable(tmp_path / "new", overwrite=False)


def test_what_python_makes_of_the_script_is_ours(tmp_path):
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
        *(None, "[]", "my notes", '{"other": 1}', "\xff"),
        *('"files"', '["files", "versions"]', '{"files": {}}'),
    ],
)
def test_names_alone_do_not_make_an_export(tmp_path, proof):
    (tmp_path / "README.md").write_text("my only notes")
    if proof is not None:
        (tmp_path / "parity.json").write_text(proof, encoding="latin-1")
    with pytest.raises(UserError, match="README.md, which no export wrote"):
        require_replaceable(tmp_path, overwrite=True)


def test_what_was_put_into_a_saved_model_is_left_alone(tmp_path):
    (tmp_path / "parity.json").write_text('{"files": {}, "versions": {}}')
    (tmp_path / "saved_model" / "variables").mkdir(parents=True)
    (tmp_path / "saved_model" / "saved_model.pb").write_text("")
    require_replaceable(tmp_path, overwrite=True)
    (tmp_path / "saved_model" / "thesis.txt").write_text("mine")
    with pytest.raises(UserError, match="saved_model/thesis.txt"):
        require_replaceable(tmp_path, overwrite=True)
