"""What a classifier says of a text, and how it is asked."""

from dataclasses import dataclass

import numpy as np
from keras import ops

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
            token t distributes its attention over all tokens.
        truncated: Whether the text has more tokens than the model reads.
    """

    text: str
    label: str
    probabilities: dict[str, float]
    tokens: list[str]
    attention: np.ndarray
    truncated: bool


def classify_texts(model, texts, batch_size):
    """Yields a `Classification` for each text; see `classify`."""
    if isinstance(texts, str):
        raise TypeError(
            "`classify` takes a list of texts. Received one string: put it "
            "into a list, as in `classify([text])`."
        )
    texts = list(texts)
    encoded = model.vectorizer.encode(texts)
    for start in range(0, len(texts), batch_size):
        batch = slice(start, start + batch_size)
        yield from _classify_batch(model, texts[batch], encoded[batch])


def _classify_batch(model, texts, encoded):
    logits, maps = model(
        pad(encoded), training=False, return_attention_scores=True
    )
    probabilities = ops.convert_to_numpy(ops.softmax(logits, axis=-1))
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
            attention=maps[row, :, :, :length, :length].copy(),
            truncated=len(tokens) > length,
        )
