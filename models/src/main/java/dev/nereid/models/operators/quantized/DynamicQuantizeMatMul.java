package dev.nereid.models.operators.quantized;

import dev.nereid.kernels.quantized.Int8Left;
import dev.nereid.kernels.quantized.Int8ProductKernels;
import dev.nereid.kernels.quantized.Int8Right;
import dev.nereid.kernels.quantized.LinearQuantization;
import dev.nereid.kernels.quantized.ProductScaling;
import dev.nereid.kernels.quantized.QuantizationKernels;
import dev.nereid.kernels.quantized.QuantizedKernels;
import dev.nereid.kernels.quantized.ZeroPoints;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.linear.MatMulShape;
import dev.nereid.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * com.microsoft DynamicQuantizeMatMul: FP32 rows, quantised over the whole tensor as DynamicQuantizeLinear does it,
 * times an int8 or uint8 operand whose scale and zero point are for all of it or one a column; plus a bias. By this
 * definition a row's result depends on all of its batch.
 */
final class DynamicQuantizeMatMul implements Operator {
    private static final int B = 1;
    private static final int B_SCALE = 2;
    private static final int B_ZERO_POINT = 3;
    private static final int BIAS = 4;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        IntegerProduct.isSigned(inference, B);
        return List.of(MatMulShape.type(
                inference.type(0),
                inference.type(B).withDataType(inference.type(0).dataType())));
    }

    @Override
    public void lower(Lowering lowering) {
        QuantizedKernels kernels = lowering.kernels().quantized();
        Int8ProductKernels products = kernels.products();
        boolean signed = IntegerProduct.isSigned(lowering, B);
        Optional<Int8Right> packed = lowering.constant(B)
                .filter(b -> b.shape().rank() == 2)
                .map(b -> {
                    int k = Math.toIntExact(b.shape().dim(0));
                    int n = Math.toIntExact(b.shape().dim(1));
                    return products.right(
                            signed, k, n, b.segment(), lowering.constantMemory(products.rightBytes(k, n)));
                });
        int[] read = IntStream.rangeClosed(0, BIAS)
                .filter(input -> lowering.has(input) && (input != B || packed.isEmpty()))
                .toArray();
        lowering.stepReading(read, run -> run(run, kernels, packed, signed));
    }

    private static void run(StepRun run, QuantizedKernels kernels, Optional<Int8Right> packed, boolean signed) {
        Int8ProductKernels products = kernels.products();
        QuantizationKernels quantization = kernels.quantization();
        Shape b = packed.map(right -> Shape.of(right.k(), right.n()))
                .orElseGet(() -> run.input(B).shape());
        MatMulShape shape = MatMulShape.of(run.input(0).shape(), b);
        int m = shape.m();
        int k = shape.k();
        int n = shape.n();
        MemorySegment a = run.input(0).segment();
        LinearQuantization mapping =
                quantization.dynamicQuantization(a, run.input(0).shape().elements(), run.workers());
        MemorySegment leftMemory = run.scratch(products.leftBytes(m, k));
        MemorySegment rightMemory = run.scratch(packed.isPresent() ? 1 : products.rightBytes(k, n));
        MemorySegment scratch = run.scratch(products.scratchBytes(m, k, n));
        MemorySegment y = run.output(0).segment();
        ProductScaling scaling = SumScaling.of(run, quantization, mapping.scale(), B_SCALE, BIAS, n)
                .inProduct();
        for (int i = 0; i < shape.aOffsets().length; i++) {
            MemorySegment rows = a.asSlice(4 * shape.aOffsets()[i], 4L * m * k);
            Int8Left left = products.quantizedLeft(mapping, m, k, rows, leftMemory, run.workers());
            Int8Right right = packed.isPresent()
                    ? packed.get()
                    : products.right(
                            signed,
                            k,
                            n,
                            run.input(B).segment().asSlice(shape.bOffsets()[i], (long) k * n),
                            rightMemory);
            ZeroPoints zeroPoints = QuantizationInputs.operand(run, B_ZERO_POINT, n, IntegerProduct.right(shape, i));
            products.multiply(
                    left,
                    ZeroPoints.uniform(mapping.zeroPoint()),
                    right,
                    zeroPoints,
                    Optional.of(scaling),
                    y.asSlice(4L * i * m * n, 4L * m * n),
                    scratch,
                    run.workers());
        }
    }
}
