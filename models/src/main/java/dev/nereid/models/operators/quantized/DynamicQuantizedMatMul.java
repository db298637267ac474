package dev.nereid.models.operators.quantized;

import dev.nereid.kernels.quantized.Int8Left;
import dev.nereid.kernels.quantized.Int8ProductKernels;
import dev.nereid.kernels.quantized.Int8Right;
import dev.nereid.kernels.quantized.LinearQuantization;
import dev.nereid.kernels.quantized.ProductScaling;
import dev.nereid.kernels.quantized.QuantizedKernels;
import dev.nereid.kernels.quantized.ZeroPoints;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.linear.MatMulShape;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * DynamicQuantizedMatMul of the domain dev.nereid, which only the optimiser emits: float rows are quantised as ONNX
 * DynamicQuantizeLinear does it, over the whole tensor, and multiplied with constant int8 matrices; the sums become
 * floats again. One node may hold several products of the same rows.
 *
 * <p>Inputs: 0 is A, FP32 [..., k]. Then for product p = 0, 1, ... four constants each: 4p+1 is B, INT8 or UINT8
 * [k, n]; 4p+2 its scale, FP32, one element or [n]; 4p+3 its zero point, of B's type, one element or [n], optional; 4p+4
 * the bias, FP32 [n], optional. Output p: FP32 [..., n], {@code (float) sum * (aScale * scale) + bias}.
 */
public final class DynamicQuantizedMatMul implements Operator {
    public static final int INPUTS_PER_PRODUCT = 4;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

    /**
     * The constants of one product.
     *
     * @param scales FP32 [n]
     * @param bias FP32 [n]
     */
    private record Product(
            Int8Right right, ZeroPoints zeroPoints, MemorySegment scales, Optional<MemorySegment> bias) {}

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType a = inference.type(0).withDataType(DataType.FP32);
        List<TensorType> types = new ArrayList<>();
        for (int first = 1; first < inference.inputs(); first += INPUTS_PER_PRODUCT) {
            types.add(MatMulShape.type(a, inference.type(first).withDataType(a.dataType())));
        }
        return types;
    }

    @Override
    public void lower(Lowering lowering) {
        QuantizedKernels kernels = lowering.kernels().quantized();
        List<Product> products = new ArrayList<>();
        for (int first = 1; first < lowering.inputs(); first += INPUTS_PER_PRODUCT) {
            products.add(product(lowering, kernels.products(), first));
        }
        lowering.stepReading(new int[] {0}, run -> run(run, kernels, products));
    }

    /** The kernels rely on it, and types may not have told. */
    public static void checkRows(Shape a, long k) {
        if (a.dim(-1) != k) {
            throw new IllegalArgumentException("expected as many columns of " + a + " as the matrix has rows, " + k);
        }
    }

    private static void run(StepRun run, QuantizedKernels all, List<Product> products) {
        Int8ProductKernels kernels = all.products();
        Tensor a = run.input(0);
        int k = Math.toIntExact(a.shape().dim(-1));
        products.forEach(product -> checkRows(a.shape(), product.right().k()));
        int m = Math.toIntExact(a.shape().elements(0, a.shape().rank() - 1));
        LinearQuantization mapping =
                all.quantization().dynamicQuantization(a.segment(), a.shape().elements(), run.workers());
        MemorySegment memory = run.scratch(kernels.leftBytes(m, k));
        Int8Left left = kernels.quantizedLeft(mapping, m, k, a.segment(), memory, run.workers());
        ZeroPoints zeroPoint = ZeroPoints.uniform(mapping.zeroPoint());
        for (int i = 0; i < products.size(); i++) {
            if (!run.wants(i)) {
                continue;
            }
            Product product = products.get(i);
            int n = product.right().n();
            MemorySegment scales = run.scratch(4L * n);
            for (int j = 0; j < n; j++) {
                scales.set(FLOAT, 4L * j, mapping.scale() * product.scales().get(FLOAT, 4L * j));
            }
            kernels.multiply(
                    left,
                    zeroPoint,
                    product.right(),
                    product.zeroPoints(),
                    Optional.of(new ProductScaling(scales, product.bias())),
                    run.output(i).segment(),
                    run.scratch(kernels.scratchBytes(m, k, n)),
                    run.workers());
        }
    }

    private static Product product(Lowering lowering, Int8ProductKernels kernels, int first) {
        Tensor b = lowering.constant(first).orElseThrow();
        Tensor scale = lowering.constant(first + 1).orElseThrow();
        int k = Math.toIntExact(b.shape().dim(0));
        int n = Math.toIntExact(b.shape().dim(1));
        MemorySegment memory = lowering.constantMemory(kernels.rightBytes(k, n));
        Int8Right right = kernels.right(IntegerProduct.isSigned(lowering, first), k, n, b.segment(), memory);
        MemorySegment scales = lowering.constantMemory(4L * n);
        for (int j = 0; j < n; j++) {
            long from = scale.shape().elements() == 1 ? 0 : 4L * j;
            scales.set(FLOAT, 4L * j, scale.segment().get(FLOAT, from));
        }
        ZeroPoints zeroPoints = lowering.constant(first + 2)
                .map(zero -> zeroPoints(zero, n, lowering))
                .orElse(ZeroPoints.ZERO);
        Optional<MemorySegment> bias = lowering.constant(first + 3).map(tensor -> {
            MemorySegment copy = lowering.constantMemory(4L * n);
            MemorySegment.copy(tensor.segment(), 0, copy, 0, 4L * n);
            return copy;
        });
        return new Product(right, zeroPoints, scales, bias);
    }

    private static ZeroPoints zeroPoints(Tensor tensor, int n, Lowering lowering) {
        if (isUniform(tensor)) {
            return ZeroPoints.uniform(QuantizationInputs.element(tensor, 0));
        }
        MemorySegment each = lowering.constantMemory(4L * n);
        for (int j = 0; j < n; j++) {
            each.set(INT, 4L * j, QuantizationInputs.element(tensor, j));
        }
        return ZeroPoints.each(each);
    }

    public static boolean isUniform(Tensor tensor) {
        int first = QuantizationInputs.element(tensor, 0);
        for (long i = 1; i < tensor.shape().elements(); i++) {
            if (QuantizationInputs.element(tensor, i) != first) {
                return false;
            }
        }
        return true;
    }
}
