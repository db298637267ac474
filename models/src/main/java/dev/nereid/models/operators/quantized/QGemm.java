package dev.nereid.models.operators.quantized;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.quantized.Int8Left;
import dev.nereid.kernels.quantized.Int8ProductKernels;
import dev.nereid.kernels.quantized.Int8Right;
import dev.nereid.kernels.quantized.QuantizationKernels;
import dev.nereid.kernels.quantized.ZeroPoints;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.elementwise.Broadcasting;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;

/**
 * com.microsoft QGemm: {@code alpha * a_scale * b_scale * (A' * B' + C)} of quantised matrices and an INT32 addend that
 * broadcasts to the product; quantised again where the node has a y_scale, else FP32.
 */
final class QGemm implements Operator {
    private static final int A = 0;
    private static final int A_SCALE = 1;
    private static final int A_ZERO_POINT = 2;
    private static final int B = 3;
    private static final int B_SCALE = 4;
    private static final int B_ZERO_POINT = 5;
    private static final int C = 6;
    private static final int Y_SCALE = 7;
    private static final int Y_ZERO_POINT = 8;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

    private record Settings(float alpha, boolean transposeA, boolean transposeB, boolean signedA, boolean signedB) {
        static Settings of(Inference inference) {
            Attributes attributes = inference.attributes();
            return new Settings(
                    attributes.real("alpha", 1f),
                    attributes.integer("transA", 0) != 0,
                    attributes.integer("transB", 0) != 0,
                    IntegerProduct.isSigned(inference, A),
                    IntegerProduct.isSigned(inference, B));
        }
    }

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        Settings settings = Settings.of(inference);
        TensorType a = inference.type(A);
        TensorType b = inference.type(B);
        if ((a.hasRank() && a.rank() != 2) || (b.hasRank() && b.rank() != 2)) {
            throw new ModelFormatException("expected two matrices, got " + a + " and " + b);
        }
        DataType type = DataType.FP32;
        if (inference.has(Y_SCALE)) {
            type = inference
                    .type(inference.has(Y_ZERO_POINT) ? Y_ZERO_POINT : A)
                    .dataType();
        }
        Dim rows = a.hasRank() ? a.dim(settings.transposeA() ? 1 : 0) : inference.unknownDim();
        Dim columns = b.hasRank() ? b.dim(settings.transposeB() ? 0 : 1) : inference.unknownDim();
        return List.of(TensorType.of(type, List.of(rows, columns)));
    }

    @Override
    public void lower(Lowering lowering) {
        Settings settings = Settings.of(lowering);
        KernelSet kernels = lowering.kernels();
        DataType type = lowering.outputType(0).dataType();
        boolean signedY = type == DataType.INT8;
        if (lowering.has(Y_SCALE) && type != DataType.INT8 && type != DataType.UINT8) {
            throw new ModelFormatException("input " + Y_ZERO_POINT + ": expected INT8 or UINT8, got " + type);
        }
        lowering.step(run -> run(run, kernels, settings, signedY));
    }

    private static void run(StepRun run, KernelSet all, Settings settings, boolean signedY) {
        Int8ProductKernels products = all.quantized().products();
        QuantizationKernels quantization = all.quantized().quantization();
        Shape shape = run.output(0).shape();
        int m = Math.toIntExact(shape.dim(0));
        int n = Math.toIntExact(shape.dim(1));
        int k = Math.toIntExact(run.input(A).shape().dim(settings.transposeA() ? 0 : 1));
        if (run.input(B).shape().dim(settings.transposeB() ? 1 : 0) != k) {
            throw new IllegalArgumentException("expected matrices that can be multiplied, got shapes "
                    + run.input(A).shape() + " and " + run.input(B).shape());
        }
        Int8Left left = products.left(
                settings.signedA(),
                m,
                k,
                matrix(run, A, settings.transposeA(), all),
                run.scratch(products.leftBytes(m, k)),
                run.workers());
        Int8Right right = products.right(
                settings.signedB(),
                k,
                n,
                matrix(run, B, settings.transposeB(), all),
                run.scratch(products.rightBytes(k, n)));
        ZeroPoints aZero = QuantizationInputs.operand(run, A_ZERO_POINT, m, 0);
        ZeroPoints bZero = QuantizationInputs.operand(run, B_ZERO_POINT, n, 0);
        boolean floats = !run.has(Y_SCALE);
        MemorySegment y = run.output(0).segment();
        MemorySegment sums = floats ? y : run.scratch(4L * m * n);
        products.multiply(
                left,
                aZero,
                right,
                bZero,
                Optional.empty(),
                sums,
                run.scratch(products.scratchBytes(m, k, n)),
                run.workers());
        if (run.has(C)) {
            add(run.input(C), shape, sums);
        }
        float scale = settings.alpha()
                * QuantizationInputs.single(run, A_SCALE, quantization).get(FLOAT, 0);
        if (floats) {
            SumScaling.of(run, quantization, scale, B_SCALE, Integer.MAX_VALUE, n)
                    .apply(m, sums, y);
            return;
        }
        float yScale = QuantizationInputs.single(run, Y_SCALE, quantization).get(FLOAT, 0);
        MemorySegment multipliers = SumScaling.columnMultipliers(run, quantization, scale, B_SCALE, n);
        for (int j = 0; j < n; j++) {
            multipliers.set(FLOAT, 4L * j, multipliers.get(FLOAT, 4L * j) / yScale);
        }
        int zeroPoint = run.has(Y_ZERO_POINT) ? QuantizationInputs.element(run.input(Y_ZERO_POINT), 0) : 0;
        quantization.requantize(m, n, sums, QuantizationInputs.zeros(run, n), multipliers, signedY, zeroPoint, y);
    }

    private static MemorySegment matrix(StepRun run, int input, boolean transposed, KernelSet kernels) {
        Tensor tensor = run.input(input);
        if (!transposed) {
            return tensor.segment();
        }
        MemorySegment copy = run.scratch(Math.max(1, tensor.shape().elements()));
        int[] swap = {1, 0};
        kernels.layout().transpose(1, tensor.shape().dims(), swap, tensor.segment(), copy, run.workers());
        return copy;
    }

    private static void add(Tensor addend, Shape shape, MemorySegment sums) {
        long[] strides = Broadcasting.strides(addend.shape(), shape);
        for (long row = 0; row < shape.dim(0); row++) {
            for (long column = 0; column < shape.dim(1); column++) {
                long at = 4 * (row * shape.dim(1) + column);
                int value = addend.segment().get(INT, 4 * (row * strides[0] + column * strides[1]));
                sums.set(INT, at, sums.get(INT, at) + value);
            }
        }
    }
}
