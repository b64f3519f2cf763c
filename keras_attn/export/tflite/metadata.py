"""Files inside a TFLite file, in the format of TFLite metadata.

A TFLite file with metadata is two things at once: a model, which lists its
associated files in a buffer called TFLITE_METADATA, and a zip archive of these
files, appended to the model. Python's `zipfile`, `unzip` and Google's metadata
readers can read them.
"""

import io
import zipfile

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

_BUFFER = b"TFLITE_METADATA"
_MODEL_IDENTIFIER = b"TFL3"
_METADATA_IDENTIFIER = b"M001"
# From metadata_schema.fbs: the first parser version that supports VOCABULARY,
# and the values of AssociatedFileType. Other files are DESCRIPTIONS.
_PARSER = "1.0.1"
_TYPES = {"labels.txt": 2, "vocabulary.txt": 5}
_DESCRIPTIONS = 1
# A zip archive stores dates. The earliest gives the same bytes on every day.
_DATE = (1980, 1, 1, 0, 0, 0)


def with_files(tflite, files, *, name, description, version):
    """Add files to a TFLite file, without changing weights or signatures.

    Files and metadata that it already contains are replaced.

    Args:
        tflite: Bytes, a TFLite file.
        files: Dictionary from file names to bytes.
        name: String, the model's name.
        description: String, what the model does.
        version: String, the model's version.

    Returns:
        Bytes, a TFLite file that is also a zip archive of `files`. The same
        arguments always give the same bytes.

    Raises:
        ValueError: If `tflite` is not a TFLite file, or is damaged.
    """
    _require_model(tflite)
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(tflite))
    if any(buffer.offset for buffer in model.buffers):
        raise ValueError(
            "This TFLite file stores weights outside its flatbuffer, as files "
            "over 2 GB do. Files can only be added to a smaller one."
        )
    content = _metadata(files, name, description, version)
    _set_buffer(model, content)
    builder = _AlignedBuilder(len(tflite) + len(content))
    builder.Finish(model.Pack(builder), _MODEL_IDENTIFIER)
    stream = io.BytesIO(builder.Output())
    # Not compressed: readers on devices map the files into memory.
    with zipfile.ZipFile(stream, "a") as archive:
        for file_name, data in files.items():
            entry = zipfile.ZipInfo(file_name, _DATE)
            entry.create_system = 3  # the same bytes on Windows
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return stream.getvalue()


def read_files(tflite):
    """Return the files inside a TFLite file.

    Args:
        tflite: Bytes, a TFLite file with associated files.

    Returns:
        A dictionary from file names to bytes.

    Raises:
        ValueError: If `tflite` is not a TFLite file, is damaged, or has no
            associated files.
    """
    _require_model(tflite)
    try:
        with zipfile.ZipFile(io.BytesIO(tflite)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    except zipfile.BadZipFile as error:
        raise ValueError(
            "This TFLite file contains no associated files, or it is "
            f"incomplete: {error}. Export it again with `export_tflite`."
        ) from error


def _require_model(tflite):
    if tflite[4:8] != _MODEL_IDENTIFIER:
        raise ValueError(
            f"This is not a TFLite file: it starts with {tflite[:8]!r}. "
            f"Bytes 4 to 7 must be {_MODEL_IDENTIFIER!r}."
        )
    try:
        Interpreter(model_content=tflite)  # checks every offset
    except ValueError as error:
        raise ValueError(
            "This TFLite file is damaged: LiteRT cannot open it. Export or "
            "copy it again."
        ) from error


class _AlignedBuilder(flatbuffers.Builder):
    """Align weights to 16 bytes, as LiteRT's kernels require.

    The schema has `force_align: 16`, which Python's flatbuffers ignores.
    """

    def StartVector(self, size, count, alignment):
        if size == 1:
            alignment = 16
        return super().StartVector(size, count, alignment)


def _set_buffer(model, content):
    """Store the metadata, replacing any that the model already has."""
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(content, np.uint8)
    model.metadata = model.metadata or []
    for entry in model.metadata:
        if entry.name == _BUFFER:
            model.buffers[entry.buffer] = buffer
            return
    entry = schema.MetadataT()
    entry.name = _BUFFER
    entry.buffer = len(model.buffers)
    model.buffers.append(buffer)
    model.metadata.append(entry)


def _metadata(files, name, description, version):
    """Build the flatbuffer `ModelMetadata`, by the field ids of its schema."""
    builder = flatbuffers.Builder()
    listed = [_associated_file(builder, file_name) for file_name in files]
    builder.StartVector(4, len(listed), 4)
    for offset in reversed(listed):
        builder.PrependUOffsetTRelative(offset)
    associated_files = builder.EndVector()
    texts = {0: name, 1: description, 2: version, 7: _PARSER}
    offsets = {i: builder.CreateString(text) for i, text in texts.items()}
    builder.StartObject(8)
    for i, offset in offsets.items():
        builder.PrependUOffsetTRelativeSlot(i, offset, 0)
    builder.PrependUOffsetTRelativeSlot(6, associated_files, 0)
    builder.Finish(builder.EndObject(), _METADATA_IDENTIFIER)
    return bytes(builder.Output())


def _associated_file(builder, name):
    offset = builder.CreateString(name)
    builder.StartObject(4)
    builder.PrependUOffsetTRelativeSlot(0, offset, 0)
    builder.PrependInt8Slot(2, _TYPES.get(name, _DESCRIPTIONS), 0)
    return builder.EndObject()
