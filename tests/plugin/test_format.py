"""Weights as bytes and back; damaged events."""

import contextlib
import gzip
import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from tensorboard.backend.event_processing import event_file_loader

from tensorboard_plugin_attention import format as event_format
from tensorboard_plugin_attention.format import (
    DamagedEvent,
    decode_weights,
    encode_weights,
    pack,
    parse_metadata,
    read_event,
    read_manifest,
    write_event,
)

GOLDEN = Path(__file__).parent / "golden" / "v1.tfevents"
LARGEST_ERROR = {"uint16": 7.7e-6, "uint8": 4e-3, "float32": 0.0}
weights = arrays.arrays(
    "float32",
    arrays.array_shapes(min_dims=3, max_dims=3, max_side=7),
    elements=st.floats(0, 1, width=32),
)


@pytest.mark.parametrize("dtype", LARGEST_ERROR)
@given(weights)
def test_weights_come_back(dtype, array):
    data = encode_weights(array, dtype)
    again = decode_weights(data, dtype, array.shape)
    assert again.dtype == "float32"
    assert np.abs(again - array).max() <= LARGEST_ERROR[dtype]
    np.testing.assert_array_equal(again[array == 0], 0)


def test_levels_are_those_of_the_format():
    some = np.float32([[[0.0, 1e-9, 0.25, 1.0, np.nan, np.inf]]])
    as_16 = np.frombuffer(encode_weights(some, "uint16"), "<u2")
    np.testing.assert_array_equal(as_16, [0, 1, 16384, 65534, 65535, 65535])
    as_8 = np.frombuffer(encode_weights(some, "uint8"), "u1")
    # sqrt(0.25) * 253 = 126.5, rounded to even, and 1 for "not masked"
    np.testing.assert_array_equal(as_8, [0, 1, 127, 254, 255, 255])
    as_32 = np.frombuffer(encode_weights(some, "float32"), "<f4")
    np.testing.assert_array_equal(
        as_32, np.float32([-np.inf, 1e-9, 0.25, 1, np.nan, np.nan])
    )


@pytest.mark.parametrize("dtype", LARGEST_ERROR)
def test_keys_without_weight_in_any_head_are_masked(dtype):
    # A weight of the second head has underflowed.
    weights = np.float32([[[0.0, 0.5, 0.5]], [[0.0, 0.0, 1.0]]])
    data = encode_weights(weights, dtype)
    stored = np.frombuffer(data, np.dtype(dtype)).reshape(weights.shape)
    masked = -np.inf if dtype == "float32" else 0
    np.testing.assert_array_equal(
        stored == masked, [[[True, False, False]]] * 2
    )
    np.testing.assert_allclose(
        decode_weights(data, dtype, weights.shape), weights, atol=4e-3
    )


@pytest.mark.parametrize("dtype", LARGEST_ERROR)
def test_weights_that_are_not_finite_stay_so(dtype):
    array = np.float32([[[0.5, np.nan, np.inf, -np.inf, 0.0]]])
    again = decode_weights(encode_weights(array, dtype), dtype, (1, 1, 5))
    np.testing.assert_array_equal(
        np.isnan(again), [[[False, True, True, True, False]]]
    )
    assert again[0, 0, 4] == 0


def test_float32_keeps_values_outside_0_to_1():
    array = np.array([[[-0.5, 3.0, 1e-30]]], "float32")
    again = decode_weights(
        encode_weights(array, "float32"), "float32", (1, 1, 3)
    )
    np.testing.assert_array_equal(again, array)


def test_bytes_that_do_not_fit_a_shape():
    with pytest.raises(DamagedEvent, match="take 8 bytes. Received: 6 bytes"):
        decode_weights(b"sixsix", "uint16", (1, 2, 2))


@pytest.mark.parametrize(
    "content, version",
    [
        (event_format.METADATA, 1),
        (b'{"format": "attention", "version": 7}', 7),
        (b"", None),
        (b"\xff\x00", None),
        (b"[1]", None),
        (b"[" * 100_000, None),
        (b'{"version": true}', None),
        (b'{"version": "1"}', None),
        (b'{"version": 0}', None),
    ],
)
def test_metadata(content, version):
    assert parse_metadata(content) == version


def chunk(**changes):
    return {
        "kind": "weights",
        "example": 0,
        "layer": 0,
        "dtype": "uint16",
        "shape": [1, 2, 3],
    } | changes


def event(data=bytes(12), **changes):
    return write_event({"notices": []}, [(chunk(**changes), pack(data))])


def test_the_same_maps_give_the_same_bytes():
    assert event() == event()


@pytest.mark.parametrize(
    "items, message",
    [
        ([], "empty"),
        ([b""], "truncated"),
        ([b"no gzip"], "damaged"),
        ([pack(b"no json")], "cannot be read"),
        ([pack(b"[" * 100_000)], "cannot be read"),
        ([pack(b"[]")], "no version"),
        ([pack(b'{"version": "1"}')], "no version"),
        ([pack(b'{"version": 2}')], "format version 2.* Update keras_attn"),
        ([pack(b'{"version": 1}')], "incomplete: 'chunks'"),
        ([pack(b'{"version": 1, "chunks": [1]}')], "incomplete"),
        (event(dtype="int64"), "incomplete: 'int64'"),
        (event(shape=None), "incomplete"),
        (event()[:1], "incomplete: list index"),
        (event(bytes(11)), "take 12 bytes. Received: 11 bytes"),
        (event(bytes(13)), "longer than 12 bytes"),
        (event(bytes(10**6)), "longer than 12 bytes"),
    ],
)
def test_errors_of_damaged_events(items, message):
    with pytest.raises(DamagedEvent, match=message):
        read_event(items)


def test_every_truncation_of_an_event_is_detected():
    items = event(bytes(range(12)))
    for length in range(len(items[1])):
        with pytest.raises(DamagedEvent):
            read_event([items[0], items[1][:length]])


@given(st.data())
def test_a_changed_byte_never_raises_another_error(data):
    change_a_byte(data)


@pytest.mark.long
@settings(max_examples=5000, deadline=None)
@given(st.data())
def test_thousands_of_changed_bytes_never_raise_another_error(data):
    change_a_byte(data)


def change_a_byte(data):
    items = event(bytes(range(12)))
    which = data.draw(st.integers(0, 1))
    place = data.draw(st.integers(0, len(items[which]) - 1))
    changed = bytearray(items[which])
    changed[place] ^= data.draw(st.integers(1, 255))
    items[which] = bytes(changed)
    with contextlib.suppress(DamagedEvent):
        read_event(items)


@pytest.mark.slow
def test_a_decompression_bomb_is_stopped():
    bomb = gzip.compress(bytes(1 << 28))
    assert len(bomb) < 1 << 19
    with pytest.raises(DamagedEvent, match="16777216 bytes"):
        read_manifest([bomb])
    with pytest.raises(DamagedEvent, match="12 bytes"):
        read_event([event()[0], bomb])


def test_unknown_keys_are_ignored():
    items = event(bytes(12))
    manifest = json.loads(gzip.decompress(items[0])) | {"color": "blue"}
    read = read_event([pack(json.dumps(manifest).encode()), *items[1:]])
    np.testing.assert_array_equal(read.weights[0, 0], np.zeros((1, 2, 3)))


def golden_weights(heads, rows, columns):
    """The weights in the golden file, by formula."""
    h, t, s = np.indices((heads, rows, columns))
    raw = 1.0 + (3 * h + t * s) % 7
    return raw / raw.sum(axis=-1, keepdims=True)


def test_the_golden_file_of_version_1_can_be_read():
    """Never rewrite this file: the logs of users have this format."""
    found = {}
    for entry in event_file_loader.RawEventFileLoader(str(GOLDEN)).Load():
        parsed = event_file_loader.event_pb2.Event.FromString(entry)
        for value in parsed.summary.value:
            plugin = value.metadata.plugin_data
            assert plugin.plugin_name == "attention"
            assert parse_metadata(plugin.content) == 1
            items = list(value.tensor.string_val)
            found[value.tag, parsed.step] = read_event(items)
    assert sorted(found) == [("golden", 3), ("golden", 11)]
    for read in found.values():
        manifest = read.manifest
        assert [(e["text"], e["tokens"]) for e in manifest["examples"]] == [
            ("a good dog", ["a", "good", "dog"]),
            (
                "\u4f60\u597d <b>\u202e",
                ["\u4f60\u597d", "<b>", "\u202e", "\x00", ""],
            ),
        ]
        assert manifest["examples"][1]["key_tokens"] == ["k0", "k1"]
        assert manifest["examples"][0]["label"] == "praise"
        assert manifest["examples"][0]["prediction"] == "blame"
        assert [(k["name"], k["kind"]) for k in manifest["layers"]] == [
            ("self", "self"),
            ("cross", "cross"),
            ("pool", "pool"),
        ]
        shapes = {
            (0, 0): (2, 3, 3),
            (0, 1): (3, 3, 4),
            (0, 2): (1, 1, 3),
            (1, 0): (2, 5, 5),
            (1, 1): (3, 5, 2),
            (1, 2): (1, 1, 5),
        }
        assert {k: v.shape for k, v in read.weights.items()} == shapes
        for example, layer in itertools.product(range(2), range(3)):
            shape = shapes[example, layer]
            whole = {0: (2, 5, 5), 1: (3, 5, 4), 2: (1, 1, 5)}[layer]
            expected = golden_weights(*whole)[:, : shape[1], : shape[2]]
            np.testing.assert_allclose(
                read.weights[example, layer], expected, atol=7.7e-6
            )
        entropies = manifest["stats"][1][0]["entropy"]
        rows = golden_weights(2, 5, 5)
        expected = -(rows * np.log(rows)).sum(axis=-1) / np.log(5)
        np.testing.assert_allclose(entropies, expected.mean(axis=-1), atol=1e-6)
