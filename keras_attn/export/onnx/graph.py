"""A classifier as an ONNX graph, made by tf2onnx."""

import contextlib
import logging
import re

import onnx
import tensorflow as tf
import tf2onnx

from keras_attn.export.outputs import explain_function

_OPSET = 17  # supported since onnxruntime 1.14 (2023)
# `remove_back_to_back` merges two reshapes even if the second copies a size of
# its input (a 0 in its shape), which breaks every dense layer without a bias.
# `global_pool_optimizer` turns means over a layer into image poolings.
# `merge_duplication` keeps either of two equal nodes, a different one in each
# run; onnxruntime merges them anyway.
_SKIPPED_PASSES = (
    "remove_back_to_back",
    "global_pool_optimizer",
    "merge_duplication",
)


def to_onnx(model):
    """Convert a classifier.

    Args:
        model: `keras_attn.models.SentenceClassifier`.

    Returns:
        An `onnx.ModelProto` that maps int32 `ids` `(B, T)` to float32
        `probabilities` `(B, C)` and `attention_0`, `attention_1`, ...
        `(B, H, T, T)`. The same model always gives the same proto.

    Raises:
        ValueError: If ONNX has no operator for what a layer computes, or none
            in its dtype, such as bfloat16.
    """
    function = _traced(model)
    inputs = [function.inputs[0].name]
    outputs = {t.name: key for key, t in function.structured_outputs.items()}
    with _silenced("tf2onnx"):
        proto = _converted(function, inputs, outputs)
    _put_in_order(proto.graph)
    _require_onnx(proto)
    return proto


def _traced(model):
    ids = tf.TensorSpec([None, None], tf.int32, name="ids")
    return tf.function(
        explain_function(model), input_signature=[ids]
    ).get_concrete_function()


def _converted(function, inputs, outputs):
    frozen = tf2onnx.tf_loader.from_function(function, inputs, list(outputs))
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(frozen, name="")
        converted = tf2onnx.tfonnx.process_tf_graph(
            graph,
            continue_on_error=True,  # `_require_onnx` has a clearer message
            opset=_OPSET,
            input_names=inputs,
            output_names=list(outputs),
            tensors_to_rename={inputs[0]: "ids", **outputs},
        )
    passes = tf2onnx.optimizer._get_optimizers()
    passes = {k: v for k, v in passes.items() if k not in _SKIPPED_PASSES}
    optimized = tf2onnx.optimizer.optimize_graph(converted, optimizers=passes)
    return optimized.make_model("", graph_name="sentence_classifier")


@contextlib.contextmanager
def _silenced(name):
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


def _put_in_order(graph):
    """Sort and rename nodes, so that equal models give equal bytes.

    tf2onnx iterates over sets of objects, and numbers generated names
    throughout a process.
    """
    nodes = _sorted_nodes(graph)
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


def _sorted_nodes(graph):
    """Return the nodes in topological order, starting from the outputs."""
    makers = {name: node for node in graph.node for name in node.output}
    ordered = {}
    pending = [value.name for value in reversed(graph.output)]
    while pending:
        node = makers.get(pending[-1])
        if node is None or node.name in ordered:
            pending.pop()
            continue
        missing = [
            name
            for name in node.input
            if name in makers and makers[name].name not in ordered
        ]
        pending.extend(reversed(missing))
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
                f"ONNX has no operator for {node.op_type} in the layer "
                f"{layer}. Use other operations in the layer, or export to "
                "another format."
            )
    try:
        onnx.checker.check_model(proto, full_check=True)
    except (
        onnx.checker.ValidationError,
        onnx.shape_inference.InferenceError,
    ) as error:
        raise ValueError(
            "The converted model is not valid ONNX: "
            f"{' '.join(str(error).split())}"
        ) from error
