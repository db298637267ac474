package dev.nereid.models.operators.elementwise;

import dev.nereid.kernels.elementwise.WhereKernel;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;

/** ONNX Where: of two operands the one that a condition selects; all three broadcast. */
public final class Where implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        DataType condition = inference.type(0).dataType();
        DatatypeChecks.require(condition == DataType.BOOL, inference, condition);
        DataType type = DatatypeChecks.sameDataType(inference, 1);
        return List.of(Broadcasting.type(type, List.of(inference.type(0), inference.type(1), inference.type(2))));
    }

    @Override
    public void lower(Lowering lowering) {
        DataType type = lowering.type(1).dataType();
        if (type == DataType.STRING) {
            lowering.step(run -> selectStrings(run.input(0), run.input(1), run.input(2), run.output(0)));
            return;
        }
        // The widest elements are two of half the size, which go the same way.
        int halves = type.bytes() > 8 ? 2 : 1;
        int bytes = type.bytes() / halves;
        WhereKernel kernel = lowering.kernels().elementwise().where(bytes);
        lowering.step(run -> {
            Tensor condition = run.input(0);
            Tensor x = run.input(1);
            Tensor y = run.input(2);
            Tensor z = run.output(0);
            BroadcastLoop loop = halves == 1
                    ? BroadcastLoop.of(z.shape(), condition.shape(), x.shape(), y.shape())
                    : BroadcastLoop.of(
                            innermost(z.shape(), 2),
                            innermost(condition.shape(), 1),
                            innermost(x.shape(), 2),
                            innermost(y.shape(), 2));
            loop.forEach(
                    run.workers(),
                    Parallel.elements(type),
                    (at, to, length) -> kernel.run(
                            condition.segment(),
                            at[0],
                            loop.step(0),
                            x.segment(),
                            bytes * at[1],
                            loop.step(1),
                            y.segment(),
                            bytes * at[2],
                            loop.step(2),
                            z.segment(),
                            bytes * to,
                            length));
        });
    }

    /** The shape with one more axis. */
    private static Shape innermost(Shape shape, long dim) {
        long[] dims = Arrays.copyOf(shape.dims(), shape.rank() + 1);
        dims[shape.rank()] = dim;
        return Shape.of(dims);
    }

    private static void selectStrings(Tensor condition, Tensor x, Tensor y, Tensor z) {
        byte[][] left = x.strings();
        byte[][] right = y.strings();
        byte[][] result = z.strings();
        Strings.forEach(z.shape(), List.of(condition, x, y), (at, to) -> {
            boolean holds = condition.segment().get(ValueLayout.JAVA_BYTE, at[0]) != 0;
            result[to] = holds ? left[at[1]] : right[at[2]];
        });
    }
}
