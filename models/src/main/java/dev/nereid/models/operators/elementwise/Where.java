package dev.nereid.models.operators.elementwise;

import dev.nereid.kernels.elementwise.WhereKernel;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** ONNX Where: of two operands the one that a condition selects; all three broadcast. */
final class Where implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        DataType condition = inference.type(0).dataType();
        Checks.require(condition == DataType.BOOL, inference, condition);
        DataType type = Checks.sameDataType(inference, 1);
        return List.of(Broadcasting.type(type, List.of(inference.type(0), inference.type(1), inference.type(2))));
    }

    @Override
    public void lower(Lowering lowering) {
        DataType type = lowering.type(1).dataType();
        if (type == DataType.STRING) {
            lowering.step(run -> selectStrings(run.input(0), run.input(1), run.input(2), run.output(0)));
            return;
        }
        WhereKernel kernel = lowering.kernels().elementwise().where(type.bytes());
        long bytes = type.bytes();
        lowering.step(run -> {
            Tensor condition = run.input(0);
            Tensor x = run.input(1);
            Tensor y = run.input(2);
            Tensor z = run.output(0);
            BroadcastLoop loop = BroadcastLoop.of(z.shape(), condition.shape(), x.shape(), y.shape());
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
