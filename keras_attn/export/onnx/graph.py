"""A classifier as an ONNX graph, converted by tf2onnx."""

import contextlib
import logging
import re

import onnx
import tensorflow as tf
import tf2onnx

from keras_attn.export.outputs import explaining

# What onnxruntime knows since 1.14, from 2023.
_OPSET = 17
# The first merges two reshapes even where the second keeps a size of its
# input (a 0 in its shape), and so breaks every dense layer without a bias.
# The second makes means of layers into poolings of pictures. Which of two equal
# nodes the third one keeps differs from run to run; onnxruntime merges them.
_LEFT_OUT = (
    "remove_back_to_back",
    "global_pool_optimizer",
    "merge_duplication",
)


def to_onnx(model):
    """Converts a classifier.

    Args:
        model: `keras_attn.models.SentenceClassifier`.

    Returns:
        An `onnx.ModelProto` that maps int32 `ids` `(B, T)` to float32
        `probabilities` `(B, C)` and `attention_0`, `attention_1`, ...
        `(B, H, T, T)`; always the same for the same model.

    Raises:
        ValueError: If ONNX has no counterpart of an operation of a layer, or
            none in its dtype, such as bfloat16.
    """
    function = _traced(model)
    inputs = [function.inputs[0].name]
    outputs = {t.name: key for key, t in function.structured_outputs.items()}
    with _silent("tf2onnx"):
        proto = _converted(function, inputs, outputs)
    _put_in_order(proto.graph)
    _require_onnx(proto)
    return proto


def _traced(model):
    ids = tf.TensorSpec([None, None], tf.int32, name="ids")
    return tf.function(
        explaining(model), input_signature=[ids]
    ).get_concrete_function()


def _converted(function, inputs, outputs):
    frozen = tf2onnx.tf_loader.from_function(function, inputs, list(outputs))
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(frozen, name="")
        converted = tf2onnx.tfonnx.process_tf_graph(
            graph,
            continue_on_error=True,  # `_require_onnx` says it better
            opset=_OPSET,
            input_names=inputs,
            output_names=list(outputs),
            tensors_to_rename={inputs[0]: "ids", **outputs},
        )
    passes = tf2onnx.optimizer._get_optimizers()
    passes = {k: v for k, v in passes.items() if k not in _LEFT_OUT}
    optimized = tf2onnx.optimizer.optimize_graph(converted, optimizers=passes)
    return optimized.make_model("", graph_name="sentence_classifier")


@contextlib.contextmanager
def _silent(name):
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


def _put_in_order(graph):
    """Sorts nodes and names them anew, so that equal models give equal bytes.

    tf2onnx goes through sets of objects, and numbers the names that it makes
    up through a whole process.
    """
    nodes = _as_needed(graph)
    del graph.node[:]
    graph.node.extend(nodes)
    numbers = {}

    def rename(name):
        return re.sub(r"__\d+", lambda match: number(match[0]), name)

    def number(suffix):
        return f"__{numbers.setdefault(suffix, len(numbers))}"

    for node in graph.node:
        node.name = rename(node.name)
        node.input[:] = map(rename, node.input)
        node.output[:] = map(rename, node.output)
    for weight in graph.initializer:
        weight.name = rename(weight.name)
    graph.initializer.sort(key=lambda weight: weight.name)
    del graph.value_info[:]
    for value in (*graph.input, *graph.output):
        _name_sizes(value.type.tensor_type.shape.dim)


def _as_needed(graph):
    """The nodes in the order in which the outputs ask for them."""
    makers = {name: node for node in graph.node for name in node.output}
    ordered = {}
    asked = [value.name for value in reversed(graph.output)]
    while asked:
        node = makers.get(asked[-1])
        if node is None or node.name in ordered:
            asked.pop()
            continue
        missing = [
            name
            for name in node.input
            if name in makers and makers[name].name not in ordered
        ]
        asked.extend(reversed(missing))
        if not missing:
            ordered[node.name] = node
    return list(ordered.values())


def _name_sizes(sizes):
    for axis, size in enumerate(sizes):
        if not size.HasField("dim_value"):
            size.dim_param = "length" if axis else "batch"


def _require_onnx(proto):
    for node in proto.graph.node:
        if not onnx.defs.has(node.op_type, node.domain):
            layer = node.name.rpartition("/")[0]
            raise ValueError(
                f"ONNX has no counterpart of the operation {node.op_type} of "
                f"the layer {layer}. Write the layer with other operations, "
                "or export to another format."
            )
    try:
        onnx.checker.check_model(proto, full_check=True)
    except (
        onnx.checker.ValidationError,
        onnx.shape_inference.InferenceError,
    ) as error:
        raise ValueError(
            "What the model computes is not valid in ONNX: "
            f"{' '.join(str(error).split())}"
        ) from error
