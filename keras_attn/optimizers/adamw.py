"""AdamW, fused, right for rows that occur twice, and lazy on request."""

import keras

from keras_attn._checks import require_boolean
from keras_attn._registration import register

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf
else:
    tf = None


@register
class AdamW(keras.optimizers.AdamW):
    """`keras.optimizers.AdamW` for models with embeddings.

        m = b1 m + (1 - b1) g
        v = b2 v + (1 - b2) g^2
        a = rate sqrt(1 - b2^t) / (1 - b1^t)
        w = (1 - rate decay) w - a m / (sqrt(v) + e)

    On TensorFlow, it differs from Keras's class in three ways; on JAX and
    PyTorch it is Keras's class.

    - The gradient g of an embedding is that of the loss. Keras 3.15 squares the
      gradients of a word that occurs twice in a batch before it adds them, in v
      and in the global norm, so that v is too small.
    - Each weight is updated by one fused operator, instead of about 20.
    - With `lazy=True`, the time of a step does not depend on the vocabulary: a
      row of an embedding is updated only if it has a gradient. Rows that a
      batch does not contain keep their moments m and v, whereas AdamW
      multiplies these by b1 and b2 and goes on moving the row. Weight decay
      remains exact: a row gets the decay of all steps since its last gradient
      with its next one, and at the end of `fit`. `apply_pending_decay` applies
      it to all rows at any time.

    Rows are lazy if their gradient is a `tf.IndexedSlices`: with float32
    computation, outside of `tf.distribute` strategies, and without `amsgrad` or
    gradient accumulation.

    Args:
        learning_rate: Float, or a `LearningRateSchedule`. Defaults to `0.001`.
        weight_decay: Float, multiplied by the learning rate. Defaults to
            `0.004`.
        lazy: Boolean, whether embeddings are updated by rows. Defaults to
            `False`.
        **kwargs: Other arguments of `keras.optimizers.AdamW`, such as
            `global_clipnorm`.

    Raises:
        ValueError: If `lazy` is not a boolean.

    Example:

    ```python
    optimizer = keras_attn.optimizers.AdamW(
        5e-4, weight_decay=0.01, global_clipnorm=1.0
    )
    model.compile(optimizer, loss)
    ```

    Reference:
        Loshchilov and Hutter, 2019, [Decoupled Weight Decay
        Regularization](https://arxiv.org/abs/1711.05101). Lazy updates are
        those of TensorFlow Addons's LazyAdam.
    """

    def __init__(
        self, learning_rate=0.001, weight_decay=0.004, lazy=False, **kwargs
    ):
        super().__init__(learning_rate, weight_decay, **kwargs)
        self.lazy = require_boolean("lazy", lazy)
        # The indices of the variables whose gradient has only some rows.
        self._by_rows = frozenset()

    def build(self, var_list):
        if self.built:
            return
        super().build(var_list)
        self._row_decay = {}
        if tf is None or not self.lazy:
            return  # with the variables of Keras's class, so its files fit
        # The logarithm of the decay of all steps so far, and of what each row
        # of an embedding has got of it.
        self._decay = self.add_variable((), name="decay", dtype="float32")
        for index, variable in enumerate(var_list):
            if _is_embedding(variable) and self._decays(variable):
                self._row_decay[index] = self.add_variable(
                    variable.shape[:1],
                    name=f"row_decay_{index}",
                    dtype="float32",
                )

    def apply_pending_decay(self):
        """Apply the decay that rows without a gradient have not got yet."""
        if not self.built:
            return
        for index in self._row_decay:
            self._apply_decay_to_all_rows(index)

    def finalize_variable_values(self, var_list):
        self.apply_pending_decay()
        super().finalize_variable_values(var_list)

    def _backend_apply_gradients(self, grads, trainable_variables):
        if tf is not None:
            grads = self._with_rows(grads, trainable_variables)
        super()._backend_apply_gradients(grads, trainable_variables)

    def _with_rows(self, grads, variables):
        """Sum the gradients of each row, or fill in the other rows with 0.

        Sets `_by_rows`.
        """
        lazy = self.lazy and not (
            self.amsgrad
            or self.gradient_accumulation_steps
            or tf.distribute.has_strategy()
        )
        by_rows, result = set(), []
        for gradient, variable in zip(grads, variables, strict=True):
            if isinstance(gradient, tf.IndexedSlices):
                if lazy and _is_embedding(variable):
                    gradient = _summed_rows(gradient)
                    by_rows.add(self._get_variable_index(variable))
                else:
                    gradient = tf.convert_to_tensor(gradient)
            result.append(gradient)
        self._by_rows = frozenset(by_rows)
        return result

    def _clip_gradients(self, grads):
        if tf is None or not self.global_clipnorm:
            return super()._clip_gradients(grads)
        # Keras's own would fill in the rows without a gradient.
        return tf.clip_by_global_norm(grads, self.global_clipnorm)[0]

    def _apply_weight_decay(self, variables):
        if tf is None or tf.distribute.has_strategy():
            super()._apply_weight_decay(variables)
            return
        if not self._has_decay():
            return
        step = self.learning_rate * self.weight_decay
        if self._row_decay:
            self._decay.assign_add(keras.ops.log1p(-step))
        for variable in variables:
            index = self._get_variable_index(variable)
            if index in self._by_rows or not self._decays(variable):
                continue
            if index in self._row_decay:
                self._apply_decay_to_all_rows(index)
            else:
                value = variable.value
                value.assign_sub(value * tf.cast(step, value.dtype))

    def _apply_decay_to_all_rows(self, index):
        rows, variable = (
            self._row_decay[index],
            self._trainable_variables[index],
        )
        pending = keras.ops.exp(self._decay - rows)
        pending = keras.ops.cast(
            keras.ops.expand_dims(pending, -1), variable.dtype
        )
        variable.assign(variable * pending)
        rows.assign(keras.ops.broadcast_to(self._decay, rows.shape))

    def update_step(self, gradient, variable, learning_rate):
        if tf is None or self.amsgrad or tf.distribute.has_strategy():
            super().update_step(gradient, variable, learning_rate)
            return
        index = self._get_variable_index(variable)
        number = tf.cast(self.iterations + 1, variable.dtype)
        arguments = {
            "beta1_power": tf.cast(self.beta_1, variable.dtype) ** number,
            "beta2_power": tf.cast(self.beta_2, variable.dtype) ** number,
            "lr": tf.cast(learning_rate, variable.dtype),
        }
        if isinstance(gradient, tf.IndexedSlices):
            self._update_rows(index, variable, gradient, **arguments)
            return
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            beta1=tf.cast(self.beta_1, variable.dtype),
            beta2=tf.cast(self.beta_2, variable.dtype),
            epsilon=tf.cast(self.epsilon, variable.dtype),
            grad=tf.cast(gradient, variable.dtype),
            **arguments,
        )

    def _update_rows(
        self, index, variable, gradient, beta1_power, beta2_power, lr
    ):
        rows, values = (
            gradient.indices,
            tf.cast(gradient.values, variable.dtype),
        )
        m, v = self._momentums[index].value, self._velocities[index].value
        of_m = tf.gather(m, rows)
        of_m += (values - of_m) * (1 - self.beta_1)
        of_v = tf.gather(v, rows)
        of_v += (tf.square(values) - of_v) * (1 - self.beta_2)
        rate = lr * tf.sqrt(1 - beta2_power) / (1 - beta1_power)
        kept = tf.gather(variable, rows)
        if index in self._row_decay:
            decayed = self._row_decay[index].value
            pending = tf.exp(self._decay - tf.gather(decayed, rows))
            kept *= tf.cast(pending[:, None], variable.dtype)
            now = tf.fill(tf.shape(rows), self._decay.value)
            decayed.scatter_update(tf.IndexedSlices(now, rows))
        moved = kept - rate * of_m / (tf.sqrt(of_v) + self.epsilon)
        for each, new in ((m, of_m), (v, of_v), (variable, moved)):
            each.scatter_update(tf.IndexedSlices(new, rows))

    def get_config(self):
        return {**super().get_config(), "lazy": self.lazy}

    def _has_decay(self):
        return self.weight_decay is not None and self.weight_decay != 0

    def _decays(self, variable):
        return self._has_decay() and self._use_weight_decay(variable)


def _is_embedding(variable):
    """Whether rows are looked up: the only weights with gradients of rows."""
    return variable.name == "embeddings" and len(variable.shape) == 2


def _summed_rows(slices):
    """Return the gradient with each of its rows once."""
    rows, of_row = tf.unique(tf.reshape(slices.indices, [-1]))
    values = tf.math.unsorted_segment_sum(slices.values, of_row, tf.size(rows))
    return tf.IndexedSlices(values, rows, slices.dense_shape)
