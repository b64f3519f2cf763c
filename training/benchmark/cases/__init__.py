"""The cases of the benchmark, by the numbers of docs/performance.md."""

from training.benchmark.cases import blocks, growth, starting, training

CASES = {
    1: [training.sst2],
    3: [training.imdb],
    4: [blocks.blocks],
    5: [blocks.scores],
    7: [blocks.share_of_limit],
    8: [starting.one_text],
    9: [starting.starts],
    10: [growth.lengths, growth.vocabularies],
}
