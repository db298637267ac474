package dev.nereid.models.operators.quantized;

import dev.nereid.kernels.quantized.Int8Left;
import dev.nereid.kernels.quantized.Int8ProductKernels;
import dev.nereid.kernels.quantized.Int8Right;
import dev.nereid.kernels.quantized.ProductScaling;
import dev.nereid.kernels.quantized.ZeroPoints;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.linear.MatMulShape;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * The integer matrix product inside an operator: which of its inputs are the operands and their zero points, and the
 * right operand packed at load where it is one constant matrix.
 */
public final class IntegerProduct {
    /** Indices of the operator's inputs. */
    public record Inputs(int a, int aZeroPoint, int b, int bZeroPoint) {}

    private final Inputs inputs;
    private final Int8ProductKernels kernels;
    private final boolean aSigned;
    private final boolean bSigned;
    private final Optional<Int8Right> packed;

    private IntegerProduct(
            Inputs inputs, Int8ProductKernels kernels, boolean aSigned, boolean bSigned, Optional<Int8Right> packed) {
        this.inputs = inputs;
        this.kernels = kernels;
        this.aSigned = aSigned;
        this.bSigned = bSigned;
        this.packed = packed;
    }

    /** The type of the product, with elements of {@code dataType}. */
    static TensorType outputType(Inference inference, Inputs inputs, DataType dataType) {
        isSigned(inference, inputs.a());
        isSigned(inference, inputs.b());
        return MatMulShape.type(
                inference.type(inputs.a()).withDataType(dataType),
                inference.type(inputs.b()).withDataType(dataType));
    }

    static IntegerProduct of(Lowering lowering, Inputs inputs) {
        Int8ProductKernels kernels = lowering.kernels().quantized().products();
        boolean bSigned = isSigned(lowering, inputs.b());
        Optional<Int8Right> packed = lowering.constant(inputs.b())
                .filter(b -> b.shape().rank() == 2)
                .map(b -> {
                    int k = Math.toIntExact(b.shape().dim(0));
                    int n = Math.toIntExact(b.shape().dim(1));
                    MemorySegment memory = lowering.constantMemory(kernels.rightBytes(k, n));
                    return kernels.right(bSigned, k, n, b.segment(), memory);
                });
        return new IntegerProduct(inputs, kernels, isSigned(lowering, inputs.a()), bSigned, packed);
    }

    /** Whether the step has no use for the right operand, because it was packed. */
    boolean isPacked() {
        return packed.isPresent();
    }

    /** The matrices for the shapes of a run. */
    MatMulShape shape(StepRun run) {
        Shape a = run.input(inputs.a()).shape();
        Shape b = packed.map(right -> Shape.of(right.k(), right.n()))
                .orElseGet(() -> run.input(inputs.b()).shape());
        return MatMulShape.of(a, b);
    }

    /** Which matrix of the left operand a product takes. */
    static int left(MatMulShape shape, int product) {
        return matrix(shape.aOffsets()[product], shape.m(), shape.k());
    }

    /** Which matrix of the right operand a product takes. */
    static int right(MatMulShape shape, int product) {
        return matrix(shape.bOffsets()[product], shape.k(), shape.n());
    }

    /**
     * Computes all products.
     *
     * @param c int32 [products, m, n]
     */
    void run(StepRun run, MatMulShape given, MemorySegment c) {
        run(run, given, Optional.empty(), c);
    }

    /**
     * Computes all products as floats.
     *
     * @param c float32 [products, m, n]
     */
    void run(StepRun run, MatMulShape given, ProductScaling scaling, MemorySegment c) {
        run(run, given, Optional.of(scaling), c);
    }

    private void run(StepRun run, MatMulShape given, Optional<ProductScaling> scaling, MemorySegment c) {
        boolean uniform = !run.has(inputs.aZeroPoint())
                || run.input(inputs.aZeroPoint()).shape().elements() == 1;
        MatMulShape shape = uniform && packed.isPresent() ? stacked(given) : given;
        int m = shape.m();
        int k = shape.k();
        int n = shape.n();
        MemorySegment a = run.input(inputs.a()).segment();
        MemorySegment leftMemory = run.scratch(kernels.leftBytes(m, k));
        MemorySegment rightMemory = packed.isPresent() ? MemorySegment.NULL : run.scratch(kernels.rightBytes(k, n));
        MemorySegment scratch = run.scratch(kernels.scratchBytes(m, k, n));
        for (int i = 0; i < shape.aOffsets().length; i++) {
            MemorySegment rows = a.asSlice(shape.aOffsets()[i], (long) m * k);
            Int8Left left = kernels.left(aSigned, m, k, rows, leftMemory, run.workers());
            Int8Right right = packed.isPresent() ? packed.get() : right(run, shape, i, rightMemory);
            ZeroPoints aZero = QuantizationInputs.operand(run, inputs.aZeroPoint(), m, left(shape, i));
            ZeroPoints bZero = QuantizationInputs.operand(run, inputs.bZeroPoint(), n, right(shape, i));
            MemorySegment to = c.asSlice(4L * i * m * n, 4L * m * n);
            kernels.multiply(left, aZero, right, bZero, scaling, to, scratch, run.workers());
        }
    }

    /** Products that share the right operand as one: their left rows, which lie one below the other. */
    private static MatMulShape stacked(MatMulShape shape) {
        int rows = Math.multiplyExact(shape.m(), shape.aOffsets().length);
        return new MatMulShape(rows, shape.k(), shape.n(), new long[] {0}, new long[] {0});
    }

    private static int matrix(long offset, int rows, int columns) {
        return rows == 0 || columns == 0 ? 0 : Math.toIntExact(offset / ((long) rows * columns));
    }

    private Int8Right right(StepRun run, MatMulShape shape, int product, MemorySegment memory) {
        MemorySegment columns =
                run.input(inputs.b()).segment().asSlice(shape.bOffsets()[product], (long) shape.k() * shape.n());
        return kernels.right(bSigned, shape.k(), shape.n(), columns, memory);
    }

    /** Whether an operand is int8; anything but int8 and uint8 is an error. */
    public static boolean isSigned(Inference inference, int input) {
        DataType type = inference.type(input).dataType();
        if (type != DataType.INT8 && type != DataType.UINT8) {
            throw new ModelFormatException(
                    inference.node().describe() + ": input " + input + " is expected to be INT8 or UINT8, got " + type);
        }
        return type == DataType.INT8;
    }
}
