"""One encoder block, forward and backward, against the rivals' blocks."""

import contextlib

from training.benchmark.report import Row, ratio_row
from training.benchmark.systems.machine import PRODUCT_OPERATIONS
from training.benchmark.timing import Worker, in_turn, require_equal_results

# (batch, length, width, heads): the limits against KerasHub and torch.
SHAPES = {
    (64, 64, 128, 4): (0.9, 1.0),
    (16, 256, 512, 8): (0.9, 1.0),
    (16, 512, 256, 8): (0.6, 1.1),
    (2, 4096, 256, 4): (0.6, 1.1),
}
SHORT, WIDE, LONG, LONGEST = SHAPES
# Relative to the largest value; see `require_equal_results`.
_TOLERANCE = {"float32": 2e-4, "mixed_bfloat16": 0.1}


def blocks(effort):
    """Case 4: every backend against the rivals on it, and torch's layer."""
    for shape, (to_hub, to_torch) in SHAPES.items():
        timings = _timed(
            effort,
            shape,
            ours=("ours", "tensorflow"),
            KerasHub=("keras_hub", "tensorflow"),
            torch=("torch_layer", "torch"),
        )
        for rival, target in (("KerasHub", to_hub), ("torch", to_torch)):
            yield ratio_row(
                4,
                f"block {shape}, TensorFlow: ours / {rival}",
                timings.ratio("ours", rival),
                target,
            )
    for shape in (SHORT, LONG):
        yield _on_one_backend(effort, shape, "torch", "torch_layer", 1.05)
        yield _on_one_backend(effort, shape, "jax", "jax_attention", 1.05)


def _on_one_backend(effort, shape, backend, rival, target):
    timings = _timed(
        effort, shape, ours=("ours", backend), rival=(rival, backend)
    )
    return ratio_row(
        4,
        f"block {shape}, {backend} backend: ours / {rival}",
        timings.ratio("ours", "rival"),
        target,
    )


def scores(effort):
    """Case 5: what it costs to ask for the attention scores."""
    shape = SHORT
    with _workers(
        shape,
        asked=("ours", "tensorflow", {"scores": True}),
        not_asked=("ours", "tensorflow"),
    ) as workers:
        timings = in_turn(workers, effort.turns, effort.seconds)
    yield ratio_row(
        5,
        f"block {shape}: scores requested / not requested",
        timings.ratio("asked", "not_asked"),
        1.05,
    )


def share_of_limit(effort):
    """Case 7: the operations per second of a block and of a product."""
    for precision, least in (("float32", 0.8), ("mixed_bfloat16", 0.45)):
        dtype = precision.removeprefix("mixed_")
        if dtype == "bfloat16" and not _has_bfloat16():
            continue
        with (
            Worker("machine:matrix_product", precision=dtype) as limit,
            Worker(
                "block:ours",
                _on("tensorflow"),
                **_sizes(WIDE),
                precision=precision,
            ) as block,
        ):
            timings = in_turn(
                {"limit": limit, "block": block}, effort.turns, effort.seconds
            )
        shares = [
            _operations(WIDE) / seconds / (PRODUCT_OPERATIONS / product)
            for seconds, product in zip(
                timings.wall["block"], timings.wall["limit"], strict=True
            )
        ]
        yield Row(
            7,
            f"block {WIDE}, {dtype}: share of the matrix limit",
            sorted(shares)[len(shares) // 2],
            least,
            at_least=True,
            spread=(min(shares), max(shares)),
        )


def _operations(shape):
    """Return the operations of the matrix products, forward and backward."""
    batch, length, width, _ = shape
    per_token = 2 * 12 * width**2 + 4 * length * width
    return 3 * batch * length * per_token


def _has_bfloat16():
    """Whether the processor multiplies bfloat16 itself."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            flags = set(file.read().split())
    except OSError:
        return False
    return bool(flags & {"amx_bf16", "avx512_bf16"})


def _timed(effort, shape, precision="float32", **systems):
    """Check that the systems compute the same, and time them in turn."""
    with _workers(shape, precision, **systems) as workers:
        require_equal_results(workers, _TOLERANCE[precision])
        return in_turn(workers, effort.turns, effort.seconds)


@contextlib.contextmanager
def _workers(shape, precision="float32", **systems):
    """Yield a dictionary from names to `Worker`s of `systems.block`."""
    with contextlib.ExitStack() as stack:
        yield {
            name: stack.enter_context(
                Worker(
                    f"block:{function}",
                    _on(backend),
                    **_sizes(shape),
                    precision=precision,
                    **(options[0] if options else {}),
                )
            )
            for name, (function, backend, *options) in systems.items()
        }


def _on(backend):
    return {"KERAS_BACKEND": backend}


def _sizes(shape):
    return dict(zip(("batch", "length", "width", "heads"), shape, strict=True))
