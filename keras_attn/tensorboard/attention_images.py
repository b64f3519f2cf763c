"""Images of the attention maps of a few texts, for the Images tab."""

from keras_attn.plots import attention_figure
from keras_attn.plots.visible_text import visible_text
from keras_attn.tensorboard.figure_summary import figure_summary
from keras_attn.tensorboard.predictions import verdict

_TEXT_CHARACTERS = 160  # of a text in a title; longer texts are shortened
_LONGEST_DRAWN = 48  # tokens; more are unreadable in a small heat map


def image_summaries(record, when, max_tokens):
    """Draw one image per text and layer, with all heads side by side.

    Args:
        record: `AttentionRecord` with the maps of the texts.
        when: String, such as "after epoch 3".
        max_tokens: Positive integer, the number of tokens to draw, at most 48.
            If a text has more, the title mentions it.

    Yields:
        `Summary` messages with the tags `attention/sentence_0/layer`.
    """
    most = min(max_tokens, _LONGEST_DRAWN)
    for tag, layer in record.layers.items():
        for index, example in enumerate(record.examples):
            weights = layer.of(index, example)[:, :most, :most]
            _, num_queries, num_keys = weights.shape
            figure = attention_figure(
                weights,
                _labels(example.get(layer.axes.rows), num_queries),
                _labels(example.get(layer.axes.columns), num_keys),
                _title(example, tag, when, most),
            )
            yield figure_summary(f"attention/sentence_{index}/{tag}", figure)


def _labels(tokens, count):
    """Return the labels of an axis: its tokens, or numbers without tokens."""
    if tokens:
        return tokens[:count]
    return [str(position) for position in range(count)]


def _title(example, tag, when, most):
    text, count = " ".join(example["text"].split()), len(example["tokens"])
    parts = [tag, *verdict(example), when]
    if count > most:
        parts.append(f"first {most} of {count} tokens")
    parts = [visible_text(part) for part in parts]
    return f"{visible_text(text, _TEXT_CHARACTERS)}\n{' · '.join(parts)}"
