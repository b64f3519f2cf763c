"""Recognizes a column of measurements, which is not one of labels."""

from collections import Counter

from keras_attn.data.errors import DataError, listing

# More distinct numbers than any usual scale of ratings, such as 0.5 to 10.
_MANY = 20


def require_classes(dataset, column, labels):
    """Raise a `DataError` if the labels are numbers to be predicted as such.

    A price or a score that is different for almost every text is not a class.
    Small integers and ratings such as 4.5 are.

    Args:
        dataset: String, the name of the dataset, for the error message.
        column: String, the name of the column.
        labels: List of strings, the label of each training example.
    """
    counts = Counter(labels)
    if not all(map(_is_number, counts)):
        return
    are_rare = len(counts) > len(labels) / 2 and len(labels) > 2
    have_fractions = not all(float(name).is_integer() for name in counts)
    are_many = len(counts) > _MANY
    if are_many and have_fractions or are_rare and (are_many or have_fractions):
        examples = sorted(counts, key=float)
        raise DataError(
            f"{dataset}: column {column!r} contains numbers, {len(counts):,} "
            f"different ones in {len(labels):,} training examples "
            f"({listing(examples, 4)}). Expected classes: predicting a number "
            "(regression) is not supported. Replace the numbers by ranges, "
            "such as low and high, choose another --label_column, or list the "
            "numbers that are classes with --labels."
        )


def _is_number(name):
    try:
        float(name)
    except ValueError:
        return False
    return True
