"""The rules of tokenization, and texts that test normalization."""

import itertools
import random

from keras_attn.text.unicode_tables import (
    combining_classes,
    compositions,
    decompositions,
)

# (tokens, normalization); the first pair is the default.
RULES = list(itertools.product(["words", "characters"], ["nfc", None]))


def random_marks(count):
    """Letters and marks that compose, block each other or are out of order."""
    rng = random.Random(0)
    firsts = sorted({a for a, _ in compositions()} | set(decompositions()))
    firsts += [*range(0x1100, 0x1113), 0xAC00, 0xAC01, *map(ord, "aI \u017f'")]
    others = sorted({b for _, b in compositions()} | set(combining_classes()))
    others += [*range(0x1161, 0x1176), *range(0x11A6, 0x11C4)]
    for _ in range(count):
        kinds = rng.choices([firsts, others], [2, 3], k=rng.randint(1, 8))
        yield "".join(chr(rng.choice(kind)) for kind in kinds)
