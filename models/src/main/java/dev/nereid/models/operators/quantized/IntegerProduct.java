package dev.nereid.models.operators.quantized;

import dev.nereid.kernels.quantized.Int8Left;
import dev.nereid.kernels.quantized.Int8Right;
import dev.nereid.kernels.quantized.QuantizedKernels;
import dev.nereid.kernels.quantized.ZeroPoints;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * The integer matrix product inside an operator: which of its inputs are the operands and their zero points, and the
 * right operand packed at load where it is one constant matrix.
 */
final class IntegerProduct {
    /** Indices of the operator's inputs. */
    record Inputs(int a, int aZeroPoint, int b, int bZeroPoint) {}

    private final Inputs inputs;
    private final QuantizedKernels kernels;
    private final boolean aSigned;
    private final boolean bSigned;
    private final Optional<Int8Right> packed;

    private IntegerProduct(
            Inputs inputs, QuantizedKernels kernels, boolean aSigned, boolean bSigned, Optional<Int8Right> packed) {
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
        return MatrixBatch.outputType(inference.type(inputs.a()), inference.type(inputs.b()), dataType);
    }

    static IntegerProduct of(Lowering lowering, Inputs inputs) {
        QuantizedKernels kernels = lowering.kernels().quantized();
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
    MatrixBatch batch(StepRun run) {
        Tensor a = run.input(inputs.a());
        return MatrixBatch.of(
                a.shape(),
                packed.map(b -> Shape.of(b.k(), b.n()))
                        .orElseGet(() -> run.input(inputs.b()).shape()));
    }

    /**
     * Computes all products.
     *
     * @param c int32 [count, m, n]
     */
    void run(StepRun run, MatrixBatch given, MemorySegment c) {
        boolean uniform = !run.has(inputs.aZeroPoint())
                || run.input(inputs.aZeroPoint()).shape().elements() == 1;
        MatrixBatch batch = uniform ? given.stacked().orElse(given) : given;
        int m = batch.m();
        int k = batch.k();
        int n = batch.n();
        MemorySegment a = run.input(inputs.a()).segment();
        MemorySegment leftMemory = run.scratch(kernels.leftBytes(m, k));
        MemorySegment rightMemory = packed.isPresent() ? MemorySegment.NULL : run.scratch(kernels.rightBytes(k, n));
        MemorySegment scratch = run.scratch(kernels.scratchBytes(m, k, n));
        for (int i = 0; i < batch.count(); i++) {
            MemorySegment rows = a.asSlice((long) batch.left()[i] * m * k, (long) m * k);
            Int8Left left = kernels.left(aSigned, m, k, rows, leftMemory, run.workers());
            Int8Right right = packed.isPresent() ? packed.get() : right(run, batch, i, rightMemory);
            ZeroPoints aZero = QuantizationInputs.operand(run, inputs.aZeroPoint(), m, batch.left()[i]);
            ZeroPoints bZero = QuantizationInputs.operand(run, inputs.bZeroPoint(), n, batch.right()[i]);
            MemorySegment to = c.asSlice(4L * i * m * n, 4L * m * n);
            kernels.multiply(left, aZero, right, bZero, to, scratch, run.workers());
        }
    }

    private Int8Right right(StepRun run, MatrixBatch batch, int product, MemorySegment memory) {
        long matrixBytes = (long) batch.k() * batch.n();
        MemorySegment columns =
                run.input(inputs.b()).segment().asSlice(batch.right()[product] * matrixBytes, matrixBytes);
        return kernels.right(bSigned, batch.k(), batch.n(), columns, memory);
    }

    /** Whether an operand is int8; anything but int8 and uint8 is an error. */
    static boolean isSigned(Inference inference, int input) {
        DataType type = inference.type(input).dataType();
        if (type != DataType.INT8 && type != DataType.UINT8) {
            throw new ModelFormatException(
                    inference.node().describe() + ": input " + input + " is expected to be INT8 or UINT8, got " + type);
        }
        return type == DataType.INT8;
    }
}
