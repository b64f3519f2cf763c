"""What a classifier says of a text, and how it is asked."""

from dataclasses import dataclass

import numpy as np
from keras import ops

from keras_attn._checks import (
    each_string,
    require_boolean,
    require_positive_integer,
)
from keras_attn.text import pad


@dataclass(frozen=True)
class Classification:
    """One classified text.

    Shapes: T tokens, H heads, L layers.

    Attributes:
        text: The text as given.
        label: The most probable label.
        probabilities: Dictionary from every label to its probability.
        tokens: The T tokens that were read.
        attention: Float32 array of shape `(L, H, T, T)`; row t of a map is how
            token t distributes its attention over all tokens. None where it
            was not asked for.
        truncated: Whether the text has more tokens than the model reads.
    """

    text: str
    label: str
    probabilities: dict[str, float]
    tokens: list[str]
    attention: np.ndarray | None
    truncated: bool


def classify_texts(model, texts, batch_size, attention):
    """Yields a `Classification` for each text; see `classify`."""
    if isinstance(texts, str):
        raise TypeError(
            "`classify` takes a list of texts. Received one string: put it "
            "into a list, as in `classify([text])`."
        )
    require_positive_integer("batch_size", batch_size)
    require_boolean("attention", attention)
    texts = list(each_string("texts", texts))
    encoded = model.vectorizer.encode(texts)
    for start in range(0, len(texts), batch_size):
        batch = slice(start, start + batch_size)
        yield from _classify_batch(
            model, texts[batch], encoded[batch], attention
        )


def _classify_batch(model, texts, encoded, attention):
    outputs = model(
        pad(encoded), training=False, return_attention_scores=attention
    )
    logits, maps = outputs if attention else (outputs, None)
    probabilities = ops.convert_to_numpy(ops.softmax(logits, axis=-1))
    if attention:
        maps = np.stack([ops.convert_to_numpy(m) for m in maps], axis=1)
    for row, (text, ids) in enumerate(zip(texts, encoded, strict=True)):
        tokens = model.vectorizer.tokenize(text)
        length = len(ids)
        yield Classification(
            text=text,
            label=model.labels[int(probabilities[row].argmax())],
            probabilities=dict(
                zip(model.labels, probabilities[row].tolist(), strict=True)
            ),
            tokens=tokens[:length],
            attention=(
                maps[row, :, :, :length, :length].copy() if attention else None
            ),
            truncated=len(tokens) > length,
        )
