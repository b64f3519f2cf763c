"""Logs with known numbers, and damaged logs."""

import gzip
import json
import pathlib
import shutil

import numpy as np

from tensorboard_plugin_attention import AttentionWriter, encode_attention

STEPS = [0, 10, 20, 30, 40, 50]
TAG = "maps"
DOG = ["the", "dog", "did", "not", "chase", "it", "."]
HOSTILE = [
    "<script>window.hacked=1</script>",
    "<img src=x onerror=window.hacked=1>",
    "\"quo'ted`",
    "\u202etxet",
    "nul\0here",
    "",
    "x" * 3000,
    "=1+1",
]
SHORT = ["she", "read", "it"]
TOKENS = [DOG, HOSTILE, SHORT]
LABELS = ["yes", "yes", "no"]
PREDICTIONS = ["yes", "no", "no"]
GERMAN = ["der", "Hund", "schläft"]
ENGLISH = ["the", "dog", "sleeps", "now"]
CAUSAL, PLAIN, POOL = LAYERS = ["block_0", "block_1", "pooling"]


def softmax(random, *shape, hidden=None):
    """Weights of `shape`, exactly 0 where `hidden`."""
    weights = np.exp(2 * random.standard_normal(shape))
    if hidden is not None:
        weights = np.where(hidden, 0, weights)
    return (weights / weights.sum(-1, keepdims=True)).astype("float32")


def maps_at(seed):
    """Three layers of two heads, for three texts padded to eight tokens."""
    random = np.random.default_rng(seed)
    layers = {
        name: np.zeros((3, 2, 1 if name == POOL else 8, 8), "float32")
        for name in LAYERS
    }
    for example, tokens in enumerate(TOKENS):
        n = len(tokens)
        future = np.triu(np.ones((n, n), bool), 1)
        layers[CAUSAL][example, :, :n, :n] = softmax(
            random, 2, n, n, hidden=future
        )
        layers[PLAIN][example, :, :n, :n] = softmax(random, 2, n, n)
        layers[POOL][example, :, :, :n] = softmax(random, 2, 1, n)
    return layers


TRAIN = {step: maps_at(step) for step in STEPS}
SECOND = {step: maps_at(1000 + step) for step in (0, 20)}
CROSS = softmax(np.random.default_rng(3), 1, 2, 3, 4)
WORDS = [f"word{i:02}" for i in range(60)]
# All weights are similar.
EVEN = softmax(np.random.default_rng(4), 1, 1, 60, 60) / 1000 + 0.999 / 60
CUT = 12
CLOSE = {0: 0.5, 1: 0.50005}
DETAILS = {
    "labels": LABELS,
    "predictions": PREDICTIONS,
    "probabilities": [[0.9, 0.1], [0.25, 0.75], [0.4, 0.6]],
    "label_names": ["yes", "no"],
    "special": [[6], [7], [2]],
    "kinds": {POOL: "pool"},
}


GOLDEN = pathlib.Path(__file__).parents[1] / "golden" / "v1.tfevents"


def weights_of(step, layer, head, example=0, run=TRAIN):
    """(T, S), one map without its padding."""
    n = len(TOKENS[example])
    return run[step][layer][example, head, :n, :n]


def write_logs(folder):
    """Writes all runs; returns the tag and the last step of each run."""
    last = {}
    for run, maps in ("train", TRAIN), ("second", SECOND):
        with AttentionWriter(folder / run) as writer:
            for step, weights in maps.items():
                writer.add(TAG, weights, TOKENS, step, **DETAILS)
        last[run] = (TAG, step)
    with AttentionWriter(folder / "translation") as writer:
        weights = {"cross_attention": CROSS}
        writer.add("cross", weights, [GERMAN], 7, key_tokens=[ENGLISH])
    last["translation"] = ("cross", 7)
    with AttentionWriter(folder / "odd") as writer:
        writer.add(TAG, odd_weights(), [SHORT], 1, precision="full")
    last["odd"] = (TAG, 1)
    with AttentionWriter(folder / "long") as writer:
        writer.add(TAG, {"even": EVEN}, [WORDS], 0)
    last["long"] = (TAG, 0)
    with AttentionWriter(folder / "one") as writer:
        writer.add("one", {"own": np.ones((1, 1, 1, 1))}, [["alone"]], 0)
    last["one"] = ("one", 0)
    with AttentionWriter(folder / "many") as writer:
        many = np.full((1, 120, 2, 2), 0.5)
        writer.add("many", {"layer": many}, [["yes", "no"]], 0)
    last["many"] = ("many", 0)
    with AttentionWriter(folder / "close") as writer:
        for step, weight in CLOSE.items():
            weights = np.array([[[[weight, 1 - weight]] * 2]])
            writer.add("pair", weights, [["yes", "no"]], step)
    last["close"] = ("pair", max(CLOSE))
    with AttentionWriter(folder / "cut") as writer:
        writer.add("cut", {"even": EVEN}, [WORDS], 0, max_tokens=CUT)
    last["cut"] = ("cut", 0)
    (folder / "golden").mkdir()
    shutil.copy(GOLDEN, folder / "golden" / "events.out.tfevents.1.golden")
    last["golden"] = ("golden", 11)
    for run, items in damaged().items():
        with AttentionWriter(folder / run) as writer:
            writer.add_items(TAG, items, 0)
        last[run] = (TAG, 0)
    return last


def odd_weights():
    """Weights with NaN, infinity and a row that sums to 2."""
    weights = np.full((1, 1, 3, 3), 1 / 3, "float32")
    weights[0, 0, 0, 1] = np.nan
    weights[0, 0, 0, 2] = np.inf
    weights[0, 0, 2] = [0.5, 0.5, 1]
    return weights


def damaged():
    """The items of damaged events, by run."""
    weights = {PLAIN: TRAIN[0][PLAIN][2:, :, :3, :3]}
    items, _ = encode_attention(weights, [SHORT])
    manifest = json.loads(gzip.decompress(items[0]))
    maps = next(c for c in manifest["chunks"] if c["kind"] == "weights")

    def replaced(item, place):
        return [*items[:place], item, *items[place + 1 :]]

    def told(**changes):
        text = json.dumps({**manifest, **changes})
        return replaced(gzip.compress(text.encode()), 0)

    pair = {PLAIN: weights[PLAIN], CAUSAL: TRAIN[0][CAUSAL][2:, :, :3, :3]}
    half, _ = encode_attention(pair, [SHORT])
    chunks = json.loads(gzip.decompress(half[0]))["chunks"]
    last = next(c["item"] for c in chunks if c.get("layer") == 1)
    half = [*half[:last], half[last][:-9], *half[last + 1 :]]
    bomb = gzip.compress(bytes(64 << 20))
    wrong = [
        {**c, "shape": [2, 3, 5]} if c is maps else c
        for c in manifest["chunks"]
    ]
    return {
        "bad_cut": replaced(items[maps["item"]][:-9], maps["item"]),
        "bad_newer": told(version=7),
        "bad_bomb": replaced(bomb, maps["item"]),
        "bad_bomb_manifest": replaced(bomb, 0),
        "bad_shape": told(chunks=wrong),
        "bad_half": half,
        "bad_json": replaced(gzip.compress(b'{"version": 1,'), 0),
    }
