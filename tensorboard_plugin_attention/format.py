"""Reading and writing event format v1, which stores attention in logs.

An event contains a few texts at one step, under one tag. It is a rank-1 string
tensor of TensorBoard's data class BLOB_SEQUENCE. Each string, called an item,
is one gzip member. Item 0 is the manifest, JSON in UTF-8. The other items are
the arrays that its `chunks` describe. `docs/plugin_http_api.md` has the full
specification.

A weight is stored in little-endian order in one of these types:

    uint16    0: masked, 65535: not finite, else w = (q - 1) / 65533
    uint8     0: masked,   255: not finite, else w = ((q - 1) / 253)^2
    float32   -inf: masked, NaN: not finite, else w itself

A weight that is exactly 0 in every head of a layer counts as masked: a softmax
gives an exact 0 to an unmasked key only if the weight underflows, which rarely
happens in all heads. The square puts most of the 254 levels of a byte where
most weights are, near 0.
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

# What the page reads; see format.js.
MANIFEST_BYTES = 2**24
MOST_HEADS = 1024
MOST_LAYERS = 4096
MOST_TEXTS = 4096
MOST_ROWS = 2**20  # and columns
MOST_WEIGHTS = 2**25  # of all heads of one layer, for one text
_ITEM_SIZES = {"uint8": 1, "uint16": 2, "float32": 4}
# Higher levels are much slower and save only about 2%.
_GZIP_LEVEL = 1


class DamagedEvent(ValueError):
    """Error for an event that cannot be read, with a message for the user."""


@dataclasses.dataclass(frozen=True)
class Event:
    """The contents of one event.

    Attributes:
        manifest: Dict, as described in `docs/plugin_http_api.md`.
        overviews: Dict from example index to a list of float32 arrays, one per
            layer, of shape `(H, rows, columns)`, with at most 32 rows and
            columns.
        weights: Dict from (example index, layer index) to a float32 array of
            shape `(H, T, S)`: 0 where masked, NaN where not finite.
    """

    manifest: dict
    overviews: dict
    weights: dict


def summary_metadata():
    """Return the `SummaryMetadata` that assigns an event to this plugin."""
    metadata = summary_pb2.SummaryMetadata(
        data_class=summary_pb2.DATA_CLASS_BLOB_SEQUENCE
    )
    metadata.plugin_data.plugin_name = PLUGIN_NAME
    metadata.plugin_data.content = METADATA
    return metadata


def parse_metadata(content):
    """Read the format version from a tag's `plugin_data.content`.

    Args:
        content: Bytes.

    Returns:
        A positive integer, or `None` if the content is not valid.
    """
    try:
        version = json.loads(content)["version"]
    except (ValueError, TypeError, LookupError, RecursionError):
        return None
    is_version = isinstance(version, int) and not isinstance(version, bool)
    return version if is_version and version > 0 else None


def encode_weights(weights, dtype):
    """Encode weights as the bytes of an item, not yet compressed.

    Args:
        weights: Float32 array of shape `(H, T, S)`, all heads of a layer.
        dtype: String, `"uint16"`, `"uint8"` or `"float32"`. The integer types
            can only store weights from 0 to 1. Other weights are marked as not
            finite.

    Returns:
        Bytes, little-endian, in C order.
    """
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
    """Decode the bytes that `encode_weights` returns.

    Returns:
        A float32 array of `shape`: 0 where masked, NaN where not finite.

    Raises:
        DamagedEvent: If the bytes do not fit the shape.
    """
    expected = int(np.prod(shape)) * _ITEM_SIZES[dtype]
    if len(data) != expected:
        raise DamagedEvent(
            f"{dtype} weights of shape {tuple(shape)} take {expected} bytes. "
            f"Received: {len(data)} bytes."
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
    """Build the items of one event.

    Args:
        manifest: Dict, everything except `format`, `version` and `chunks`.
        packed: List of pairs `(chunk, item)`: the manifest's description of an
            item, without its index, and the item as returned by `pack`.

    Returns:
        A list of bytes, the manifest first.

    Raises:
        ValueError: If the manifest is too long to be read.
    """
    chunks = [
        {"item": item, **chunk} for item, (chunk, _) in enumerate(packed, 1)
    ]
    whole = {"format": PLUGIN_NAME, "version": VERSION, **manifest}
    # Escaped to ASCII, because UTF-8 cannot encode a lone surrogate.
    text = json.dumps({**whole, "chunks": chunks}, allow_nan=False)
    if len(text) > MANIFEST_BYTES:
        raise ValueError(
            "The texts, tokens, labels and statistics of one event may take "
            f"{MANIFEST_BYTES:,} bytes. Received: {len(text):,} bytes. Log "
            "fewer texts, tokens or layers."
        )
    return [pack(text.encode()), *(item for _, item in packed)]


def pack(data):
    """Compress bytes to an item, with the same result every time."""
    return gzip.compress(data, _GZIP_LEVEL, mtime=0)


def read_event(items):
    """Read all contents of an event.

    Args:
        items: List of bytes, as returned by `write_event`.

    Returns:
        An `Event`.

    Raises:
        DamagedEvent: If an item is missing, truncated, corrupted or longer than
            declared, or if the format version is too new.
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
        raise DamagedEvent(f"The manifest is incomplete: {error}.") from error
    return Event(manifest, overviews, weights)


def read_manifest(items):
    """Read only the manifest, item 0 of an event; see `read_event`."""
    if not items:
        raise DamagedEvent("The event is empty.")
    try:
        manifest = json.loads(_inflated(items[0], MANIFEST_BYTES))
    except (ValueError, RecursionError) as error:
        raise DamagedEvent(f"The manifest cannot be read: {error}") from error
    version = manifest.get("version") if isinstance(manifest, dict) else None
    if not isinstance(version, int) or version < 1:
        raise DamagedEvent("Item 0 is not a manifest: it has no version.")
    if version > VERSION:
        raise DamagedEvent(
            f"The event uses format version {version}, but this version of "
            f"keras_attn reads only version {VERSION}. Update keras_attn."
        )
    return manifest


def _inflated(item, most):
    """Decompress a gzip member, but never more than `most` bytes."""
    inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        data = inflater.decompress(item, most + 1)
    except zlib.error as error:
        raise DamagedEvent(f"An item is damaged: {error}.") from error
    if len(data) > most:
        raise DamagedEvent(f"An item is longer than {most} bytes.")
    if not inflater.eof:
        raise DamagedEvent("An item is truncated.")
    return data
