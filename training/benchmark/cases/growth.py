"""Memory against the length, and time against the vocabulary."""

from training.benchmark.report import Row, ratio_row
from training.benchmark.timing import Worker, in_turn

_LENGTHS = (64, 512, 2048, 4096, 8192)
_QUICK_LENGTHS = (64, 2048, 4096)
_VOCABULARIES = (1_000, 100_000, 1_000_000)


def lengths(effort):
    """Case 10: memory and time of a step of `fit` with unknown lengths."""
    memory, seconds = {}, {}
    for length in _QUICK_LENGTHS if effort.quick else _LENGTHS:
        with Worker("growth:attention_in_fit", length=length) as worker:
            measured = worker.run(), worker.run(effort.seconds)
        memory[length] = measured[1]["peak_mb"]
        seconds[length] = measured[1]["wall"]
        yield Row(
            10,
            f"fit, {length} tokens: memory",
            memory[length] - min(memory.values()),
            unit="MB above 64 tokens",
        )
        yield Row(
            10, f"fit, {length} tokens: step", 1e3 * seconds[length], unit="ms"
        )
    shortest, half, longest = min(memory), *sorted(memory)[-2:]
    growth = [memory[n] - memory[shortest] for n in (longest, half)]
    yield Row(
        10,
        f"memory of {longest} tokens / of {half}",
        growth[0] / growth[1],
        2.2,
    )


def vocabularies(effort):
    """Case 10: a step with 1,000 ids, 100,000 and 1,000,000."""
    workers = {
        size: Worker("growth:classifier_step", vocabulary_size=size)
        for size in _VOCABULARIES
    }
    try:
        timings = in_turn(workers, effort.turns, effort.seconds)
    finally:
        for worker in workers.values():
            worker.close()
    small, *others = _VOCABULARIES
    for size in others:
        yield ratio_row(
            10,
            f"training step, vocabulary of {size:,} / of {small:,}",
            timings.ratio(size, small),
            1.1,
        )
