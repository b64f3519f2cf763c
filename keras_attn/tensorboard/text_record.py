"""The attention maps of texts, with their tokens and axes."""

from keras_attn.maps import call_with_attention
from keras_attn.tensorboard.encoding import encode_texts
from keras_attn.tensorboard.layer_tags import layer_tags
from tensorboard_plugin_attention.record import attention_record


def text_record(
    model, texts, encode=None, *, layers=None, kinds=None, describe=None
):
    """Run `model` on `texts` and return what the Attention tab can show.

    This is the only place where attention maps are combined with the tokens
    along their axes and the tags of their layers.

    Args:
        model: Keras model.
        texts: List of B strings.
        encode: Function from texts to inputs and tokens; see `encode_texts`.
            Defaults to `None`: the model's `vectorizer`.
        layers: Names or paths of layers; see `record_attention`. Defaults to
            `None`: all.
        kinds: Dict from layer tag to kind; see `encode_attention`. Defaults to
            `None`: inferred from the shapes of the maps.
        describe: Function from the outputs of the model to a dict of further
            arguments of `attention_record`, such as `labels`. Defaults to
            `None`.

    Returns:
        An `AttentionRecord` with layers named as in `layer_tags`.
    """
    inputs, tokens, key_tokens = encode_texts(model, texts, encode)
    outputs, maps = call_with_attention(model, inputs, layers)
    tags = layer_tags(maps, model.name)
    weights = {tags[path]: its_weights for path, its_weights in maps.items()}
    return attention_record(
        weights,
        tokens,
        key_tokens=key_tokens,
        kinds=_poolings(weights, tokens) | (kinds or {}),
        model=model.name,
        texts=texts,
        **({} if describe is None else describe(outputs)),
    )


def _poolings(weights, tokens):
    """Return the kinds of pooling layers with several hops, by layer.

    Their maps have fewer rows than tokens, but one column per token.
    """
    longest = max(map(len, tokens))
    return {
        tag: "pool"
        for tag, its_weights in weights.items()
        if its_weights.shape[2] < longest <= its_weights.shape[3]
    }
