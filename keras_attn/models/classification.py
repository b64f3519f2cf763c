"""The result of classifying one text, and the code that computes it."""

from dataclasses import dataclass

import numpy as np
from keras import ops

from keras_attn._checks import require_boolean, require_positive_integer
from keras_attn.text import EncodedText, pad


@dataclass(frozen=True)
class Classification:
    """One classified text.

    Shapes: T tokens, H heads, L layers.

    Attributes:
        text: String, the text as given.
        label: String, the most probable label.
        labels: Tuple of strings, the labels that the text has. Unless the
            model is a multi-label one, this is only `label`.
        probabilities: Dict from label to probability.
        tokens: List of T strings, the tokens that the model read.
        attention: Float32 array of shape `(L, H, T, T)`. Row t of a map
            contains the weights with which token t attends to every token.
            `None` if no maps were requested.
        truncated: Boolean, whether the text was cut to the number of tokens
            that the model reads.
    """

    text: str
    label: str
    labels: tuple[str, ...]
    probabilities: dict[str, float]
    tokens: list[str]
    attention: np.ndarray | None
    truncated: bool


def classify_texts(model, texts, batch_size, attention):
    """Yield one `Classification` per text; see `classify`."""
    if isinstance(texts, str):
        raise TypeError(
            "`classify` takes a list of texts. Received: one string. Put it "
            "in a list, as in `classify([text])`."
        )
    require_positive_integer("batch_size", batch_size)
    require_boolean("attention", attention)
    encoded = _encoded(model.vectorizer, texts)
    for start in range(0, len(encoded), batch_size):
        batch = encoded[start : start + batch_size]
        yield from _classify_batch(model, batch, attention)


def _encoded(vectorizer, texts):
    if isinstance(texts, list | tuple) and all(
        isinstance(text, EncodedText) for text in texts
    ):
        return texts
    return list(vectorizer.encode_texts(texts))


def _classify_batch(model, batch, attention):
    ids = pad([encoded.ids for encoded in batch])  # (B, T)
    outputs = model(ids, training=False, return_attention_scores=attention)
    logits, maps = outputs if attention else (outputs, None)
    probabilities = ops.convert_to_numpy(model.decision.probabilities(logits))
    decided = model.decision.decide(probabilities)
    if attention:
        maps = np.stack([ops.convert_to_numpy(m) for m in maps], axis=1)
    for row, encoded in enumerate(batch):
        length = len(encoded.tokens)
        yield Classification(
            text=encoded.text,
            label=model.labels[int(probabilities[row].argmax())],
            labels=tuple(np.array(model.labels, object)[decided[row]]),
            probabilities=dict(
                zip(model.labels, probabilities[row].tolist(), strict=True)
            ),
            tokens=encoded.tokens,
            attention=(
                maps[row, :, :, :length, :length].copy() if attention else None
            ),
            truncated=encoded.truncated,
        )
