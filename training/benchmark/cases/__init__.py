"""The cases of the benchmark, by the numbers of docs/performance.md."""

from training.benchmark.cases import blocks

CASES = {
    4: [blocks.blocks],
    5: [blocks.scores],
    7: [blocks.share_of_limit],
}
