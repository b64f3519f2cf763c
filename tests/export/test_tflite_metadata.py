"""The files inside a TFLite file."""

import io
import zipfile
from importlib.metadata import version

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
from flatbuffers import number_types

from keras_attn.export import bundle
from keras_attn.export.tflite import metadata
from tests.export.cases import ABOUT

FILES = {"vocabulary.txt": b"[PAD]\n", "b/c": bytes(range(256)), "d": b""}
IDS = np.array([[2, 3, 5, 7, 11], [2, 1, 0, 0, 0]], np.int32)


def outputs(tflite, signature):
    interpreter = Interpreter(model_content=tflite)
    return interpreter.get_signature_runner(signature)(ids=IDS)


@pytest.mark.parametrize("signature, count", [("classify", 1), ("explain", 4)])
def test_outputs_stay_the_same_to_the_last_bit(exported, signature, count):
    before = outputs(exported.plain, signature)
    after = outputs(exported.tflite, signature)
    assert len(before) == count
    assert after.keys() == before.keys()
    for name in before:
        assert after[name].tobytes() == before[name].tobytes()


def unpacked(value):
    """A flatbuffer's objects as plain data."""
    if isinstance(value, list):
        return [unpacked(item) for item in value]
    if isinstance(value, np.ndarray):
        return value.tobytes()
    if hasattr(value, "__dict__"):
        return {name: unpacked(item) for name, item in vars(value).items()}
    return value


def test_only_the_metadata_is_added(exported):
    before, after = (
        unpacked(schema.ModelT.InitFromObj(schema.Model.GetRootAs(tflite)))
        for tflite in (exported.plain, exported.tflite)
    )
    entry = after["metadata"].pop()
    assert entry["name"] == b"TFLITE_METADATA"
    assert entry["buffer"] == len(before["buffers"])
    after["buffers"].pop()
    assert len(before["signatureDefs"]) == 2
    assert after == before


def metadata_of(tflite):
    """The metadata buffer: itself, and its root as a flatbuffers table."""
    model = schema.Model.GetRootAs(tflite)
    entries = [model.Metadata(i) for i in range(model.MetadataLength())]
    (entry,) = [e for e in entries if e.Name() == b"TFLITE_METADATA"]
    content = model.Buffers(entry.Buffer()).DataAsNumpy().tobytes()
    root = flatbuffers.encode.Get(
        number_types.UOffsetTFlags.packer_type, content, 0
    )
    return content, flatbuffers.table.Table(content, root)


def text(table, field):
    return table.String(table.Offset(4 + 2 * field) + table.Pos).decode()


def test_the_metadata_lists_the_files(exported):
    """Field ids of metadata_schema.fbs; tflite-support 0.4.4 reads the same."""
    content, root = metadata_of(exported.tflite)
    assert content[4:8] == b"M001"
    assert text(root, 0) == "Sentence classifier"
    assert text(root, 1) == "Ids of tokens to 3 labels"
    assert text(root, 2) == version("keras-attn")
    assert text(root, 7) == "1.0.1"
    field = root.Offset(4 + 2 * 6)
    listed = []
    for i in range(root.VectorLen(field)):
        at = root.Indirect(root.Vector(field) + 4 * i)
        file = flatbuffers.table.Table(content, at)
        kind = file.Get(number_types.Int8Flags, file.Offset(4 + 2 * 2) + at)
        listed.append((text(file, 0), kind))
    assert listed == [
        ("vocabulary.txt", 5),  # VOCABULARY
        ("labels.txt", 2),  # TENSOR_AXIS_LABELS
        ("tokenization.json", 1),  # DESCRIPTIONS
    ]


def test_the_file_is_a_model_and_a_zip(exported):
    tflite = metadata.with_files(exported.plain, FILES, **ABOUT)
    assert tflite[4:8] == b"TFL3"
    with zipfile.ZipFile(io.BytesIO(tflite)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == list(FILES)
        for entry in archive.infolist():
            assert entry.date_time == (1980, 1, 1, 0, 0, 0)
            assert entry.compress_type == zipfile.ZIP_STORED
    assert metadata.read_files(tflite) == FILES


def test_an_exported_file_contains_the_bundle(exported):
    expected = bundle.files(exported.model)
    assert metadata.read_files(exported.tflite) == expected


@pytest.mark.slow
def test_the_same_bytes_each_time(exported):
    once = metadata.with_files(exported.plain, FILES, **ABOUT)
    assert metadata.with_files(exported.plain, FILES, **ABOUT) == once
    assert metadata.with_files(exported.tflite, FILES, **ABOUT) == once


def test_the_export_is_the_conversion_with_the_bundle(exported):
    again = metadata.with_files(
        exported.plain,
        bundle.files(exported.model),
        name="Sentence classifier",
        description="Ids of tokens to 3 labels",
        version=version("keras-attn"),
    )
    assert again == exported.tflite


def test_weights_are_aligned_to_16_bytes(exported):
    model = schema.Model.GetRootAs(exported.tflite)
    buffers = [model.Buffers(i) for i in range(model.BuffersLength())]
    starts = [
        b._tab.Vector(b._tab.Offset(4)) for b in buffers if b.DataLength()
    ]
    assert len(starts) > 20
    assert {start % 16 for start in starts} == {0}


def put(tflite):
    return metadata.with_files(tflite, FILES, **ABOUT)


@pytest.mark.parametrize("function", [put, metadata.read_files])
def test_other_files_are_refused(function):
    for foreign in (b"", b"TFL3", b"PK\x03\x04" * 9, b"<html></html>"):
        with pytest.raises(ValueError, match="not a TFLite file"):
            function(foreign)


@pytest.mark.parametrize("function", [put, metadata.read_files])
def test_damaged_files_are_refused(function, exported):
    size = len(exported.plain)
    for cut in (8, 11, 99, size // 2, size - 97):
        with pytest.raises(ValueError, match="damaged: LiteRT cannot open"):
            function(exported.plain[:cut])
    root = b"\xff\xff\xff\x7f"
    with pytest.raises(ValueError, match="damaged: LiteRT cannot open"):
        function(root + exported.tflite[4:])


def test_a_model_without_files_is_refused(exported):
    with pytest.raises(ValueError, match="contains no associated files"):
        metadata.read_files(exported.plain)
    with pytest.raises(ValueError, match="or it is incomplete"):
        metadata.read_files(exported.tflite[:-7])


def test_a_damaged_associated_file_is_refused(exported):
    damaged = exported.tflite.replace(b"[UNK]\n", b"[UNX]\n")
    with pytest.raises(ValueError, match="Bad CRC-32 for file 'vocabulary.txt"):
        metadata.read_files(damaged)
