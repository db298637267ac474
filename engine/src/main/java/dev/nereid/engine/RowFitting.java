package dev.nereid.engine;

import dev.nereid.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** Checks what a row has for each input, and gives flat lists the shape that an input declares. */
final class RowFitting {
    private final List<TensorSpec> inputs;
    private final boolean texts;
    private final long longest;

    /**
     * @param inputs of one row
     * @param texts whether the first dim of every input is the number of the row's tokens
     * @param longest tokens that a row may have
     */
    RowFitting(List<TensorSpec> inputs, boolean texts, long longest) {
        this.inputs = inputs;
        this.texts = texts;
        this.longest = longest;
    }

    List<RowTensor> fitted(List<RowTensor> row) {
        if (row.size() != inputs.size()) {
            throw EngineException.invalid(
                    "a row for " + inputs.size() + " inputs: expected " + inputs + ", got " + row.size() + " tensors");
        }
        List<RowTensor> fitted = new ArrayList<>(row.size());
        for (int i = 0; i < row.size(); i++) {
            fitted.add(fitted(inputs.get(i), row.get(i)));
        }
        if (texts) {
            requireTokens(fitted);
        }
        return fitted;
    }

    private void requireTokens(List<RowTensor> row) {
        long tokens = row.getFirst().shape().dim(0);
        for (int i = 1; i < row.size(); i++) {
            if (row.get(i).shape().dim(0) != tokens) {
                throw EngineException.invalid("inputs " + inputs.getFirst() + " and " + inputs.get(i)
                        + ": expected as many tokens in both, got " + tokens + " and "
                        + row.get(i).shape().dim(0));
            }
        }
        if (tokens < 1 || tokens > longest) {
            throw EngineException.invalid("input " + inputs.getFirst() + ": expected at least 1 token"
                    + (longest == Long.MAX_VALUE ? "" : " and at most " + longest) + ", got " + tokens);
        }
    }

    private static RowTensor fitted(TensorSpec input, RowTensor given) {
        if (given.dataType() != input.dataType()) {
            throw EngineException.invalid(
                    "input " + input + ": got " + given.dataType().protocolName());
        }
        if (input.dims().isEmpty() || suits(input.dims().get(), given.shape())) {
            return given;
        }
        return given.withShape(reshaped(input, input.dims().get(), given.shape()));
    }

    private static boolean suits(List<Long> dims, Shape shape) {
        boolean suits = shape.rank() == dims.size();
        for (int axis = 0; suits && axis < dims.size(); axis++) {
            suits = dims.get(axis) == TensorSpec.ANY || dims.get(axis) == shape.dim(axis);
        }
        return suits;
    }

    /** The one shape that an input's dims leave for so many elements; of a list or a single value only. */
    private static Shape reshaped(TensorSpec input, List<Long> dims, Shape given) {
        long open = dims.stream().filter(dim -> dim == TensorSpec.ANY).count();
        long known = dims.stream().filter(dim -> dim != TensorSpec.ANY).reduce(1L, Math::multiplyExact);
        if (given.rank() <= 1 && open == 0 && known == given.elements()) {
            return Shape.of(dims.stream().mapToLong(Long::longValue).toArray());
        }
        if (given.rank() <= 1 && open == 1 && known > 0 && given.elements() % known == 0) {
            return Shape.of(dims.stream()
                    .mapToLong(dim -> dim == TensorSpec.ANY ? given.elements() / known : dim)
                    .toArray());
        }
        throw EngineException.invalid("input " + input + ": got shape " + given);
    }
}
