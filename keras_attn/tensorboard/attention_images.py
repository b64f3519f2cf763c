"""The attention maps of a few sentences as pictures, for the Images tab."""

import numpy as np
import tensorflow as tf

from keras_attn.plots.attention_figure import attention_figure
from keras_attn.plots.visible_text import visible_text
from keras_attn.tensorboard.predictions import verdict

_TEXT_CHARACTERS = 160  # of a sentence in a title; a longer one is shortened
_LONGEST_DRAWN = 48  # tokens: more cannot be read in a small heat map


def write_images(maps, sides, examples, label_names, when, max_tokens):
    """Draws one picture for each sentence and layer, all heads side by side.

    It writes with `tf.summary`, under the tags `attention/sentence_0/layer`.

    Args:
        maps: Dict from layer to weights (B, H, T, S).
        sides: Dict from layer to the names of its rows and columns: a key of
            the examples, whose tokens they are, or anything else, to number
            them.
        examples: B dicts of `text`, `tokens`, `key_tokens`, `label` and
            `probabilities`.
        label_names: As `verdict` takes them.
        when: String, such as "after epoch 3".
        max_tokens: Positive integer; of a longer sentence only so many tokens
            are drawn, and never more than 48. The title says so.
    """
    most = min(max_tokens, _LONGEST_DRAWN)
    for tag, weights in maps.items():
        for index, example in enumerate(examples):
            rows, columns = (
                _axis(example.get(side), length)[:most]
                for side, length in zip(
                    sides[tag], weights.shape[2:], strict=True
                )
            )
            figure = attention_figure(
                weights[index, :, : len(rows), : len(columns)],
                rows,
                columns,
                _title(example, label_names, tag, when, most),
            )
            _write_image(f"attention/sentence_{index}/{tag}", figure)


def _axis(tokens, length):
    """What to write along an axis of a map, its padding left out."""
    if tokens:
        return tokens
    return [str(position) for position in range(length)]


def _title(example, label_names, tag, when, most):
    text, count = " ".join(example["text"].split()), len(example["tokens"])
    parts = [
        tag,
        *verdict(example["probabilities"], example["label"], label_names),
        when,
    ]
    if count > most:
        parts.append(f"first {most} of {count} tokens")
    parts = [visible_text(part) for part in parts]
    return f"{visible_text(text, _TEXT_CHARACTERS)}\n{' · '.join(parts)}"


def _write_image(tag, figure):
    figure.canvas.draw()
    pixels = tf.constant(np.asarray(figure.canvas.buffer_rgba()))
    tf.summary.image(tag, pixels[None, :, :, :3])
