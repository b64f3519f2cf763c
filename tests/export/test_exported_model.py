"""Exported files that `open_exported` refuses, and ids that they refuse."""

import numpy as np
import pytest

from keras_attn.export import open_exported


@pytest.fixture(params=["tflite", "onnx"])
def path(request, exported):
    """A file of the model in `exported`."""
    if request.param == "tflite":
        return exported.folder / "model.tflite"
    return request.getfixturevalue("exported_onnx")[0]


@pytest.fixture
def file(path):
    return open_exported(path)


@pytest.mark.slow
def test_ids_outside_the_vocabulary(exported, file):
    num_ids = exported.model.vectorizer.num_ids
    for wrong in (-1, num_ids, 2**32):
        message = f"between 0 and {num_ids - 1}.* {wrong}"
        for run in (file.probabilities, file.explain):
            with pytest.raises(ValueError, match=message):
                run(np.array([[1, wrong, 2]]))


@pytest.mark.parametrize("shape", [(1, 0), (3,), (1, 2, 3)])
def test_ids_of_another_shape(file, shape):
    with pytest.raises(ValueError, match=r"\(B, T\).* shape"):
        file.probabilities(np.ones(shape, np.int32))


@pytest.mark.parametrize("ids", [["a dog"], [[1.0, 2.0]], None])
def test_ids_that_are_not_integers(file, ids):
    with pytest.raises(ValueError, match="takes ids: .*encode.* Received"):
        file.probabilities(ids)


def test_integers_of_any_type(file):
    expected = file.probabilities(np.array([[3, 2]], np.int32))
    for ids in ([[3, 2]], np.array([[3, 2]]), np.array([[3, 2]], np.uint8)):
        np.testing.assert_array_equal(file.probabilities(ids), expected)


@pytest.mark.parametrize("num_threads", [0, -3])
def test_the_number_of_threads_must_be_positive(path, num_threads):
    message = f"positive integer. Received: num_threads={num_threads}"
    with pytest.raises(ValueError, match=message):
        open_exported(path, num_threads)


def test_an_incomplete_file(path, tmp_path):
    content = path.read_bytes()
    for size in (0, 7, len(content) // 2, len(content) - 9):
        cut = tmp_path / path.name
        cut.write_bytes(content[:size])
        with pytest.raises(
            ValueError, match="not an? .* file|incomplete|damaged"
        ):
            open_exported(cut)


def test_a_file_from_another_program(exported, tmp_path):
    path = tmp_path / "model.tflite"
    path.write_bytes(exported.plain)
    with pytest.raises(ValueError, match="contains no associated files"):
        open_exported(path)
    onnx = pytest.importorskip("onnx")
    path = tmp_path / "model.onnx"
    onnx.save(onnx.ModelProto(ir_version=8), path)
    with pytest.raises(ValueError, match="contains no vocabulary: it was not"):
        open_exported(path)


@pytest.mark.parametrize(
    "name, message",
    [
        ("missing.tflite", "does not exist"),
        ("model.bin", "unknown format. .* ends in .tflite or .onnx"),
        ("folder", "unknown format. Expected: a SavedModel folder"),
    ],
)
def test_paths_that_are_not_exported_models(tmp_path, name, message):
    (tmp_path / "model.bin").write_bytes(b"x")
    (tmp_path / "folder").mkdir()
    with pytest.raises((FileNotFoundError, ValueError), match=message):
        open_exported(tmp_path / name)
