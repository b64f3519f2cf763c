"""The cases of the benchmark, by the numbers of docs/performance.md."""

from training.benchmark.cases import (
    blocks,
    from_csv,
    growth,
    starting,
    training,
)

CASES = {
    1: [training.sst2],
    3: [training.imdb],
    4: [blocks.blocks],
    5: [blocks.scores],
    6: [training.watching],
    7: [blocks.share_of_limit],
    8: [starting.one_text],
    9: [starting.starts],
    10: [growth.lengths, growth.vocabularies],
    11: [from_csv.to_fasttexts_accuracy, from_csv.many_short_texts],
}
