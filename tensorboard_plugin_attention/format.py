"""Event format v1: how attention lies in a log, written and read.

One event holds a few sentences at one step, under one tag. It is a rank-1
tensor of strings in TensorBoard's data class BLOB_SEQUENCE; each string, an
item, is one gzip member. Item 0 is the manifest, JSON in UTF-8; the other items
are the numbers that its `chunks` describe. `docs/plugin_http_api.md` tells it
in full.

A weight is stored, little-endian, as one of

    uint16    0: masked, 65535: not finite, else w = (q - 1) / 65533
    uint8     0: masked,   255: not finite, else w = ((q - 1) / 253)^2
    float32   -inf: masked, NaN: not finite, else w itself

Masked is what is exactly 0 in every head of a layer: a softmax gives no exact 0
where it may look, unless one head is so sharp that a weight underflows. The
square spends the 254 levels of a byte where weights are small, as most are.
"""

import dataclasses
import gzip
import json
import zlib

import numpy as np
from tensorboard.compat.proto import summary_pb2

PLUGIN_NAME = "attention"
VERSION = 1
METADATA = json.dumps({"format": PLUGIN_NAME, "version": VERSION}).encode()

# More than any manifest of ours: what is longer is no manifest.
_MANIFEST_BYTES = 16 << 20
_ITEM_SIZES = {"uint8": 1, "uint16": 2, "float32": 4}
# Level 1 costs twice the space of nothing; level 6 a second for 2 % less.
_GZIP_LEVEL = 1


class DamagedEvent(ValueError):
    """An event that is not what it says, with a message for its reader."""


@dataclasses.dataclass(frozen=True)
class Event:
    """What one event holds.

    Attributes:
        manifest: Dict, as described in `docs/plugin_http_api.md`.
        overviews: Dict from example index to a list of arrays, one a layer,
            (H, rows <= 32, columns <= 32), float32.
        weights: Dict from (example index, layer index) to a float32 array
            (H, T, S): 0 where masked, NaN where not finite.
    """

    manifest: dict
    overviews: dict
    weights: dict


def summary_metadata():
    """The `SummaryMetadata` that tells TensorBoard whose data these are."""
    metadata = summary_pb2.SummaryMetadata(
        data_class=summary_pb2.DATA_CLASS_BLOB_SEQUENCE
    )
    metadata.plugin_data.plugin_name = PLUGIN_NAME
    metadata.plugin_data.content = METADATA
    return metadata


def parse_metadata(content):
    """The format version that a tag's `plugin_data.content` names.

    Args:
        content: Bytes.

    Returns:
        A positive integer, or `None` if they are not metadata of ours.
    """
    try:
        version = json.loads(content)["version"]
    except (ValueError, TypeError, LookupError, RecursionError):
        return None
    is_version = isinstance(version, int) and not isinstance(version, bool)
    return version if is_version and version > 0 else None


def encode_weights(weights, dtype):
    """Weights as the bytes of an item, not yet compressed.

    Args:
        weights: Float array (H, T, S), all heads of a layer.
        dtype: `"uint16"`, `"uint8"`, or `"float32"`. The whole numbers hold
            weights from 0 to 1 only; what lies beyond is not finite to them.

    Returns:
        Bytes, little-endian, in C order.
    """
    # Overflow, as from float64, is what "not finite" is for.
    with np.errstate(over="ignore"):
        weights = np.asarray(weights).astype("float32")
    masked = np.broadcast_to((weights == 0).all(axis=0), weights.shape)
    finite = np.isfinite(weights)
    if dtype == "float32":
        marked = np.where(finite, weights, np.float32("nan"))
        return np.where(masked, np.float32("-inf"), marked).tobytes()
    finite &= (weights >= 0) & (weights <= 1)
    unit = np.where(finite, weights, 0)
    if dtype == "uint16":
        levels = np.rint(unit * np.float32(65533)) + 1
        return _marked(levels, masked, finite, "<u2")
    levels = np.rint(np.sqrt(unit) * np.float32(253)) + 1
    return _marked(levels, masked, finite, "u1")


def _marked(levels, masked, finite, dtype):
    levels = levels.astype(dtype)
    levels[~finite] = np.iinfo(dtype).max
    levels[masked] = 0
    return levels.tobytes()


def decode_weights(data, dtype, shape):
    """The inverse of `encode_weights`.

    Returns:
        A float32 array of `shape`: 0 where masked, NaN where not finite.

    Raises:
        DamagedEvent: If the bytes do not fit the shape.
    """
    expected = int(np.prod(shape)) * _ITEM_SIZES[dtype]
    if len(data) != expected:
        raise DamagedEvent(
            f"{len(data)} bytes do not hold {dtype} of shape {tuple(shape)}; "
            f"that takes {expected}."
        )
    stored = np.frombuffer(data, np.dtype(dtype).newbyteorder("<"))
    stored = stored.reshape(shape)
    if dtype == "float32":
        return np.where(np.isneginf(stored), np.float32(0), stored)
    last = np.iinfo(dtype).max
    weights = (np.maximum(stored, 1) - 1).astype("float32") / (last - 2)
    if dtype == "uint8":
        weights = weights**2
    weights[stored == last] = np.nan
    return weights


def write_event(manifest, packed):
    """The items of one event.

    Args:
        manifest: Dict, everything but `format`, `version` and `chunks`.
        packed: List of pairs `(chunk, item)`: what the manifest says of an
            item, without its place, and the item, from `pack`.

    Returns:
        A list of bytes, the manifest first.
    """
    chunks = [
        {"item": item, **chunk} for item, (chunk, _) in enumerate(packed, 1)
    ]
    whole = {"format": PLUGIN_NAME, "version": VERSION, **manifest}
    # Escaped to ASCII: a lone surrogate in a token would be no UTF-8.
    text = json.dumps({**whole, "chunks": chunks}, allow_nan=False)
    return [pack(text.encode()), *(item for _, item in packed)]


def pack(data):
    """Bytes as an item, the same ones for the same bytes."""
    return gzip.compress(data, _GZIP_LEVEL, mtime=0)


def read_event(items):
    """Everything an event holds.

    Args:
        items: List of bytes, as `write_event` returns.

    Returns:
        An `Event`.

    Raises:
        DamagedEvent: If an item is missing, cut, corrupted, longer than it
            says, or of a newer version of the format.
    """
    manifest = read_manifest(items)
    overviews, weights = {}, {}
    try:
        for chunk in manifest["chunks"]:
            whole = chunk["kind"] == "weights"
            shapes = [chunk["shape"]] if whole else chunk["shapes"]
            sizes = [int(np.prod(shape)) for shape in shapes]
            width = _ITEM_SIZES[chunk["dtype"]]
            data = _inflated(items[chunk["item"]], sum(sizes) * width)
            ends = np.cumsum([0, *sizes]) * width
            parts = [
                decode_weights(data[start:end], chunk["dtype"], shape)
                for start, end, shape in zip(
                    ends, ends[1:], shapes, strict=False
                )
            ]
            if whole:
                weights[chunk["example"], chunk["layer"]] = parts[0]
            else:
                overviews[chunk["example"]] = parts
    except (LookupError, TypeError) as error:
        raise DamagedEvent(f"The manifest lacks {error}.") from error
    return Event(manifest, overviews, weights)


def read_manifest(items):
    """The manifest alone, item 0 of an event; see `read_event`."""
    if not items:
        raise DamagedEvent("The event is empty.")
    try:
        manifest = json.loads(_inflated(items[0], _MANIFEST_BYTES))
    except (ValueError, RecursionError) as error:
        raise DamagedEvent(f"The manifest cannot be read: {error}") from error
    version = manifest.get("version") if isinstance(manifest, dict) else None
    if not isinstance(version, int) or version < 1:
        raise DamagedEvent("Item 0 is no manifest: it has no version.")
    if version > VERSION:
        raise DamagedEvent(
            f"Written by version {version} of the format, newer than the "
            f"{VERSION} known here. Update keras_attn."
        )
    return manifest


def _inflated(item, most):
    """The bytes of a gzip member, at most `most` of them: no bomb goes off."""
    inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        data = inflater.decompress(item, most + 1)
    except zlib.error as error:
        raise DamagedEvent(f"An item is damaged: {error}.") from error
    if len(data) > most:
        raise DamagedEvent(f"An item holds more than the {most} bytes it may.")
    if not inflater.eof:
        raise DamagedEvent("An item is cut short.")
    return data
