package dev.nereid.engine;

import dev.nereid.engine.EngineException.Code;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** One output of a run, shared out among its rows in order. */
final class RowSplit {
    private final TensorSpec spec;
    private final Tensor tensor;
    private long next;

    RowSplit(TensorSpec spec, Tensor tensor) {
        this.spec = spec;
        this.tensor = tensor;
    }

    RowTensor whole() {
        return part(0, tensor.shape().elements(), tensor.shape());
    }

    /** The next of [rows, ...]. */
    RowTensor nextOf(int rows) {
        Shape shape = tensor.shape();
        if (shape.rank() == 0 || shape.dim(0) != rows) {
            throw new EngineException(
                    Code.RUN_FAILED, "output " + spec + ": expected " + rows + " rows, got shape " + shape);
        }
        return next(Shape.of(Arrays.copyOfRange(shape.dims(), 1, shape.rank())));
    }

    /** The next tokens of [1, tokens, ...]. */
    RowTensor nextTokens(long tokens) {
        long[] dims =
                Arrays.copyOfRange(tensor.shape().dims(), 1, tensor.shape().rank());
        dims[0] = tokens;
        return next(Shape.of(dims));
    }

    private RowTensor next(Shape shape) {
        long from = next;
        next += shape.elements();
        return part(from, shape.elements(), shape);
    }

    private RowTensor part(long from, long elements, Shape shape) {
        if (tensor.dataType() == DataType.STRING) {
            return RowTensor.ofStrings(
                    shape,
                    Arrays.copyOfRange(tensor.strings(), Math.toIntExact(from), Math.toIntExact(from + elements)));
        }
        long bytes = tensor.dataType().bytes();
        return RowTensor.of(
                tensor.dataType(),
                shape,
                tensor.segment().asSlice(from * bytes, elements * bytes).toArray(ValueLayout.JAVA_BYTE));
    }
}
