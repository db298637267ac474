package dev.nereid.models.operators.quantized;

import dev.nereid.kernels.quantized.QuantizationGrid;
import dev.nereid.kernels.quantized.QuantizationKernels;
import dev.nereid.kernels.quantized.QuantizedBytes;
import dev.nereid.kernels.quantized.ZeroPoints;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** Reads the scales and zero points of the operators in this package. */
public final class QuantizationInputs {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

    private QuantizationInputs() {}

    /** An input as float32: the tensor's own memory where it is that already. */
    static MemorySegment floats(StepRun run, int input, QuantizationKernels kernels) {
        Tensor tensor = run.input(input);
        if (tensor.dataType() == DataType.FP32) {
            return tensor.segment();
        }
        long count = tensor.shape().elements();
        MemorySegment floats = run.scratch(4 * count);
        kernels.widen(tensor.dataType(), count, tensor.segment(), floats);
        return floats;
    }

    /**
     * A scale for all of a tensor, as float32.
     *
     * @throws IllegalArgumentException if there is not exactly one
     */
    static MemorySegment single(StepRun run, int input, QuantizationKernels kernels) {
        requireOne(run, input);
        return floats(run, input, kernels);
    }

    /**
     * Checks that an optional input has as many numbers as a kernel reads.
     *
     * @throws IllegalArgumentException if it has not
     */
    static void requireEach(StepRun run, int input, int count) {
        if (run.has(input) && run.input(input).shape().elements() != count) {
            throw new IllegalArgumentException("input " + input + ": expected " + count + " numbers, got shape "
                    + run.input(input).shape());
        }
    }

    /** The same where one number may stand for all. */
    static void requireOneOrEach(StepRun run, int input, int count) {
        if (!run.has(input) || run.input(input).shape().elements() != 1) {
            requireEach(run, input, count);
        }
    }

    static void requireOne(StepRun run, int input) {
        if (run.input(input).shape().elements() != 1) {
            throw new IllegalArgumentException("input " + input + ": expected a single number, got shape "
                    + run.input(input).shape());
        }
    }

    /** Zero points as float32; zeros where the input was left out. */
    static MemorySegment zeroPoints(StepRun run, int input, long count, QuantizationKernels kernels) {
        return run.has(input) ? floats(run, input, kernels) : zeros(run, count);
    }

    /** Scratch memory of {@code count} zeros of four bytes. */
    static MemorySegment zeros(StepRun run, long count) {
        MemorySegment zeros = run.scratch(4 * count);
        zeros.fill((byte) 0);
        return zeros;
    }

    /**
     * The zero points of an operand of an integer product.
     *
     * @param extent rows of the left operand or columns of the right one
     * @param matrix which matrix of a batch; without effect where all have the same zero points
     */
    static ZeroPoints operand(StepRun run, int input, int extent, int matrix) {
        if (!run.has(input)) {
            return ZeroPoints.ZERO;
        }
        Tensor tensor = run.input(input);
        if (tensor.shape().elements() == 1) {
            return ZeroPoints.uniform(element(tensor, 0));
        }
        long first = tensor.shape().elements() == extent ? 0 : (long) matrix * extent;
        if (tensor.shape().elements() < first + extent) {
            throw new IllegalArgumentException("input " + input + ": expected one zero point or " + (first + extent)
                    + ", got shape " + tensor.shape());
        }
        MemorySegment each = run.scratch(4L * extent);
        for (int i = 0; i < extent; i++) {
            each.set(INT, 4L * i, element(tensor, first + i));
        }
        return ZeroPoints.each(each);
    }

    /** A tensor with what its bytes are worth: two inputs of one element each. */
    static QuantizedBytes bytes(StepRun run, Tensor tensor, int scale, int zeroPoint) {
        requireOne(run, scale);
        requireOne(run, zeroPoint);
        return new QuantizedBytes(
                tensor.segment(),
                tensor.dataType() == DataType.INT8,
                run.input(scale).segment().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 0),
                element(run.input(zeroPoint), 0));
    }

    /** The zero point that all elements of an int8 or uint8 tensor are; empty where they differ. */
    static Optional<ZeroPoints> uniform(Tensor tensor) {
        long count = tensor.shape().elements();
        for (long i = 1; i < count; i++) {
            if (element(tensor, i) != element(tensor, 0)) {
                return Optional.empty();
            }
        }
        return count == 0 ? Optional.empty() : Optional.of(ZeroPoints.uniform(element(tensor, 0)));
    }

    /** One element of an int8 or uint8 tensor. */
    public static int element(Tensor tensor, long index) {
        byte value = tensor.segment().get(ValueLayout.JAVA_BYTE, index);
        return tensor.dataType() == DataType.INT8 ? value : Byte.toUnsignedInt(value);
    }

    /** Which scale belongs to which element of a tensor, as ONNX's QuantizeLinear and DequantizeLinear have it. */
    static QuantizationGrid grid(Shape x, Shape scale, long axisAttribute, long blockSize) {
        if (scale.elements() == 1 && scale.rank() <= 1) {
            return QuantizationGrid.perTensor(x.elements());
        }
        int axis = (int) (axisAttribute < 0 ? axisAttribute + x.rank() : axisAttribute);
        if (axis < 0 || axis >= x.rank()) {
            throw new ModelFormatException("a scale of shape " + scale + " does not suit axis " + axisAttribute
                    + " of an input of shape " + x);
        }
        long block = scale.rank() <= 1 ? 0 : blockSize;
        QuantizationGrid grid =
                new QuantizationGrid(x.elements(0, axis), x.dim(axis), x.elements(axis + 1, x.rank()), block);
        if ((scale.rank() > 1 && blockSize <= 0) || grid.scales() != scale.elements()) {
            throw new ModelFormatException("a scale of shape " + scale + " does not suit an input of shape " + x
                    + " with axis " + axisAttribute + " and block_size " + blockSize);
        }
        return grid;
    }
}
