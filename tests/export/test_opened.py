"""What `open_exported` opens, what it refuses, and the ids that it takes."""

import numpy as np
import pytest

from keras_attn.export import export_onnx, open_exported
from tests.export.cases import TEXTS


@pytest.fixture(scope="module", params=["tflite", "onnx"])
def path(request, exported, tmp_path_factory):
    """A file of the model in `exported`."""
    if request.param == "tflite":
        return exported.folder / "model.tflite"
    request.getfixturevalue("onnx_packages")
    path = tmp_path_factory.mktemp("onnx") / "model.onnx"
    export_onnx(exported.model, path, TEXTS)
    return path


@pytest.fixture
def file(path):
    return open_exported(path)


def test_ids_outside_the_vocabulary_are_refused(exported, file):
    num_ids = exported.model.vectorizer.num_ids
    for wrong in (-1, num_ids, 2**32):
        message = f"from 0 to {num_ids - 1}.* {wrong}"
        for run in (file.probabilities, file.explain):
            with pytest.raises(ValueError, match=message):
                run(np.array([[1, wrong, 2]]))


@pytest.mark.parametrize("shape", [(1, 0), (3,), (1, 2, 3)])
def test_ids_of_another_shape_are_refused(file, shape):
    with pytest.raises(ValueError, match=r"\(B, T\).* shape"):
        file.probabilities(np.ones(shape, np.int32))


@pytest.mark.parametrize("ids", [["a dog"], [[1.0, 2.0]], None])
def test_what_is_no_ids_is_refused(file, ids):
    with pytest.raises(ValueError, match="takes ids: .*encode.* Received"):
        file.probabilities(ids)


def test_integers_of_any_kind_will_do(file):
    expected = file.probabilities(np.array([[3, 2]], np.int32))
    for ids in ([[3, 2]], np.array([[3, 2]]), np.array([[3, 2]], np.uint8)):
        np.testing.assert_array_equal(file.probabilities(ids), expected)


@pytest.mark.parametrize("num_threads", [0, -3])
def test_no_threads_are_refused(path, num_threads):
    with pytest.raises(ValueError, match=f"positive. Received: {num_threads}"):
        open_exported(path, num_threads)


def test_a_file_cut_short_is_refused(path, tmp_path):
    content = path.read_bytes()
    for size in (0, 7, len(content) // 2, len(content) - 9):
        cut = tmp_path / path.name
        cut.write_bytes(content[:size])
        with pytest.raises(
            ValueError, match="no(t a)? .* file|cut short|damag"
        ):
            open_exported(cut)


def test_a_file_of_somebody_else_is_refused(exported, tmp_path):
    path = tmp_path / "model.tflite"
    path.write_bytes(exported.plain)
    with pytest.raises(ValueError, match="holds no associated files"):
        open_exported(path)
    onnx = pytest.importorskip("onnx")
    path = tmp_path / "model.onnx"
    onnx.save(onnx.ModelProto(ir_version=8), path)
    with pytest.raises(ValueError, match="holds no vocabulary: it was not"):
        open_exported(path)


@pytest.mark.parametrize(
    "name, message",
    [("missing.tflite", "does not exist"), ("model.bin", "no format that")],
)
def test_what_cannot_be_opened(tmp_path, name, message):
    (tmp_path / "model.bin").write_bytes(b"x")
    with pytest.raises((FileNotFoundError, ValueError), match=message):
        open_exported(tmp_path / name)
