"""The report on the data, printed before training."""

from collections import Counter

from keras_attn.data.labels import label_matrix

_MAX_LABELS = 20  # lines; more are hard to read


def label_counts(corpus):
    """Count the texts of each label in each split.

    Args:
        corpus: `keras_attn.data.Corpus`.

    Returns:
        A dictionary from the name of a split to a dictionary from labels to
        integers.
    """
    return {
        part: dict(
            zip(
                corpus.label_names,
                label_matrix(
                    getattr(corpus, part).labels, len(corpus.label_names)
                )
                .sum(axis=0)
                .tolist(),
                strict=True,
            )
        )
        for part in ("train", "validation", "test")
    }


def duplicates(corpus, keys):
    """Count the test texts that also occur in training.

    Two texts are the same if they have the same tokens.

    Args:
        corpus: `keras_attn.data.Corpus`.
        keys: Dictionary from the name of each split to a list of integers,
            equal for texts with the same tokens.

    Returns:
        A dictionary of `in_train`, the number of test texts that also occur
        in training, and `with_another_label`, how many of them never have
        their label there.
    """
    labels = {
        part: [row.tobytes() for row in getattr(corpus, part).labels]
        for part in ("train", "test")
    }
    in_train = set(keys["train"])
    seen = set(zip(keys["train"], labels["train"], strict=True))
    found = [
        pair
        for pair in zip(keys["test"], labels["test"], strict=True)
        if pair[0] in in_train
    ]
    other = sum(pair not in seen for pair in found)
    return {"in_train": len(found), "with_another_label": other}


def report_lines(corpus, vectorizer, description):
    """Describe the data in lines of text.

    Args:
        corpus: `keras_attn.data.Corpus`.
        vectorizer: `Vectorizer`.
        description: Dictionary, as in `result.json`.

    Returns:
        A list of strings.
    """
    columns = corpus.text_column
    if corpus.pair_column is not None:
        columns += f" + {corpus.pair_column}"
    several = ", several per text" if corpus.multi_label else ""
    return [
        f"{corpus.name}: {columns} -> {corpus.label_column} "
        f"({len(corpus.label_names)} labels{several}), "
        f"{vectorizer.num_ids:,} token ids ({vectorizer.tokens})",
        *_splits(description),
        *_labels(description["label_counts"]),
        *_cuts(description, vectorizer.max_length),
        *_duplicates(description),
    ]


def _splits(description):
    return [
        f"  {part:<10} {size:>7,} from {description['split_sources'][part]}, "
        f"{description['unknown_tokens'][part]:.1%} unknown tokens"
        for part, size in description["split_sizes"].items()
    ]


def _labels(counts):
    """One line per label, with its number of texts in each split."""
    lines = ["  texts per label (train, validation, test):"]
    total = sum(map(Counter, counts.values()), Counter())
    common = sorted(counts["train"], key=lambda label: -total[label])
    shown = set(common[:_MAX_LABELS])
    for label in counts["train"]:
        if label in shown:
            numbers = "".join(f"{c[label]:>8,}" for c in counts.values())
            lines.append(f"  {numbers}  {label}")
    if len(common) > len(shown):
        lines.append(f"    and {len(common) - len(shown)} rarer labels")
    return lines


def _cuts(description, max_length):
    num_cut = description["texts_cut"]
    if not num_cut:
        return []
    total = sum(description["split_sizes"].values())
    return [
        f"  {num_cut:,} of {total:,} texts ({num_cut / total:.1%}) are cut to "
        f"{max_length:,} tokens (--max_length)"
    ]


def _duplicates(description):
    found = description["duplicates"]
    if not found["in_train"]:
        return []
    total = description["split_sizes"]["test"]
    other = found["with_another_label"]
    return [
        f"  {found['in_train']:,} of {total:,} test texts "
        f"({found['in_train'] / total:.1%}) also occur in training"
        + (f", {other:,} of them only with another label" if other else "")
    ]
