package dev.nereid.models.operators.attention;

import dev.nereid.kernels.elementwise.CastRule;
import dev.nereid.kernels.elementwise.ElementwiseKernels;
import dev.nereid.kernels.elementwise.UnaryKernel;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.elementwise.Casts;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/**
 * The datatype that a step computes in, {@code FP32} or {@code FP64}, with the conversion of its inputs and outputs. Dense
 * tensors only.
 */
public final class ComputePrecision {
    private final DataType type;
    private final Map<DataType, UnaryKernel> reading = new EnumMap<>(DataType.class);
    private final Map<DataType, UnaryKernel> writing = new EnumMap<>(DataType.class);

    private ComputePrecision(DataType type) {
        this.type = type;
    }

    /** {@code FP64} if one of the inputs has it, else {@code FP32}; inputs that are not there do not count. */
    public static ComputePrecision of(Lowering lowering, int... inputs) {
        DataType type = DataType.FP32;
        for (int input : inputs) {
            if (lowering.has(input) && lowering.type(input).dataType() == DataType.FP64) {
                type = DataType.FP64;
            }
        }
        return of(lowering, type, inputs);
    }

    /** A given datatype for these inputs, which hold numbers or are not there, and for all outputs. */
    public static ComputePrecision of(Lowering lowering, DataType type, int... inputs) {
        ComputePrecision precision = new ComputePrecision(type);
        ElementwiseKernels kernels = lowering.kernels().elementwise();
        for (int input : inputs) {
            if (lowering.has(input) && lowering.type(input).dataType() != type) {
                precision.reading.computeIfAbsent(
                        lowering.type(input).dataType(), from -> kernels.cast(from, type, CastRule.DEFAULT));
            }
        }
        for (int output = 0; output < lowering.node().outputs().size(); output++) {
            if (lowering.wants(output)) {
                DataType to = lowering.outputType(output).dataType();
                if (to != type && to.isFloat()) {
                    precision.writing.computeIfAbsent(to, _ -> kernels.cast(type, to, CastRule.DEFAULT));
                }
            }
        }
        return precision;
    }

    /** The datatype that is computed in. */
    public DataType type() {
        return type;
    }

    /** The elements of an input in the datatype that is computed in; a copy only where they have another. */
    public MemorySegment read(StepRun run, Tensor tensor) {
        if (tensor.dataType() == type) {
            return tensor.segment();
        }
        MemorySegment copy = room(run, tensor);
        UnaryKernel kernel = Objects.requireNonNull(reading.get(tensor.dataType()), "no cast for this input");
        Casts.run(kernel, tensor, Tensor.of(type, tensor.shape(), copy), run.workers());
        return copy;
    }

    /** An input in the datatype that is computed in, as {@link #read} gives its elements. */
    public Tensor tensor(StepRun run, Tensor tensor) {
        return Tensor.of(type, tensor.shape(), read(run, tensor));
    }

    /** Where to compute an output: its own memory if it has the datatype. {@link #write} must follow. */
    public MemorySegment target(StepRun run, Tensor output) {
        return output.dataType() == type ? output.segment() : room(run, output);
    }

    /** Brings what was computed in {@link #target} into the output. */
    public void write(StepRun run, MemorySegment computed, Tensor output) {
        if (output.dataType() != type) {
            UnaryKernel kernel = Objects.requireNonNull(writing.get(output.dataType()), "no cast for this output");
            Casts.run(kernel, Tensor.of(type, output.shape(), computed), output, run.workers());
        }
    }

    /** Reads elements of {@code from}; offsets are in elements. */
    void read(MemorySegment x, long xOffset, DataType from, MemorySegment y, long yOffset, int length) {
        cast(reading, from, x, xOffset * from.bytes(), y, yOffset * type.bytes(), length, from);
    }

    /** Writes elements of {@code to}, the datatype of an output; offsets are in elements. */
    void write(MemorySegment x, long xOffset, DataType to, MemorySegment y, long yOffset, int length) {
        cast(writing, to, x, xOffset * type.bytes(), y, yOffset * to.bytes(), length, type);
    }

    private void cast(
            Map<DataType, UnaryKernel> kernels,
            DataType other,
            MemorySegment x,
            long xBytes,
            MemorySegment y,
            long yBytes,
            int length,
            DataType from) {
        if (other == type) {
            MemorySegment.copy(x, xBytes, y, yBytes, (long) length * from.bytes());
        } else {
            Objects.requireNonNull(kernels.get(other), "no cast for this datatype")
                    .run(x, xBytes, y, yBytes, length);
        }
    }

    private MemorySegment room(StepRun run, Tensor tensor) {
        return run.scratch(tensor.shape().elements() * type.bytes());
    }
}
