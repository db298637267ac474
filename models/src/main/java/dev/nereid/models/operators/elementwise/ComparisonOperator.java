package dev.nereid.models.operators.elementwise;

import dev.nereid.kernels.elementwise.BinaryKernel;
import dev.nereid.kernels.elementwise.CompareOp;
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

/** An operator that compares two operands of one type that broadcast. Strings are equal or not, nothing else. */
public record ComparisonOperator(CompareOp op) implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        DataType type = DatatypeChecks.sameDataType(inference, 0);
        boolean known = type == DataType.STRING ? op == CompareOp.EQUAL : type.kind() != DataType.Kind.COMPLEX;
        DatatypeChecks.require(known, inference, type);
        return List.of(
                Broadcasting.type(DataType.BOOL, List.of(inference.type(0), BroadcastBeforeOpset7.right(inference))));
    }

    @Override
    public void lower(Lowering lowering) {
        DataType type = lowering.type(0).dataType();
        if (type == DataType.STRING) {
            lowering.step(run -> equalStrings(run.input(0), run.input(1), run.output(0)));
            return;
        }
        BinaryKernel kernel = lowering.kernels().elementwise().compare(op, type);
        lowering.step(run -> {
            Tensor x = run.input(0);
            Tensor y = run.input(1);
            Shape right = BroadcastBeforeOpset7.right(lowering, x.shape(), y.shape());
            BinaryLoop.run(kernel, x, x.shape(), y, right, run.output(0), run.workers());
        });
    }

    private static void equalStrings(Tensor x, Tensor y, Tensor z) {
        byte[][] left = x.strings();
        byte[][] right = y.strings();
        Strings.forEach(z.shape(), List.of(x, y), (at, to) -> {
            boolean equal = Arrays.equals(left[at[0]], right[at[1]]);
            z.segment().set(ValueLayout.JAVA_BYTE, to, equal ? (byte) 1 : 0);
        });
    }
}
