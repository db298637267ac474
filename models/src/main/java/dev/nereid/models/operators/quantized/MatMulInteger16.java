package dev.nereid.models.operators.quantized;

import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.linear.MatMulShape;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** com.microsoft MatMulInteger16: the product of two INT16 operands as INT32, modulo 2^32. */
final class MatMulInteger16 implements Operator {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        return List.of(MatMulShape.type(inference.type(0), inference.type(1)).withDataType(DataType.INT32));
    }

    @Override
    public void lower(Lowering lowering) {
        lowering.step(MatMulInteger16::multiply);
    }

    private static void multiply(StepRun run) {
        Tensor a = run.input(0);
        Tensor b = run.input(1);
        MatMulShape shape = MatMulShape.of(a.shape(), b.shape());
        MemorySegment y = run.output(0).segment();
        int n = shape.n();
        int[] sums = new int[n];
        for (int i = 0; i < shape.aOffsets().length; i++) {
            for (int row = 0; row < shape.m(); row++) {
                java.util.Arrays.fill(sums, 0);
                for (int inner = 0; inner < shape.k(); inner++) {
                    long from = shape.aOffsets()[i] + (long) row * shape.k() + inner;
                    int left = a.segment().get(SHORT, 2 * from);
                    long columns = 2 * (shape.bOffsets()[i] + (long) inner * n);
                    for (int j = 0; j < n; j++) {
                        sums[j] += left * b.segment().get(SHORT, columns + 2L * j);
                    }
                }
                long to = 4 * ((long) i * shape.m() + row) * n;
                MemorySegment.copy(sums, 0, y, ValueLayout.JAVA_INT_UNALIGNED, to, n);
            }
        }
    }
}
