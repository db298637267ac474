package dev.nereid.models.operators.signal;

import dev.nereid.kernels.elementwise.CastRule;
import dev.nereid.kernels.elementwise.ElementwiseKernels;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.elementwise.Casts;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Tensors of any number type as FP64 during a run. Indices are in elements. */
record Samples(MemorySegment segment) {
    /** The elements of a tensor. */
    static Samples of(StepRun run, ElementwiseKernels kernels, Tensor tensor) {
        if (tensor.dataType() == DataType.FP64) {
            return new Samples(tensor.segment());
        }
        Tensor wide = wide(run, tensor.shape());
        Casts.run(kernels.cast(tensor.dataType(), DataType.FP64, CastRule.DEFAULT), tensor, wide, run.workers());
        return new Samples(wide.segment());
    }

    /** Where the elements of an output are made, with undefined content; {@link #store} rounds them. */
    static Samples target(StepRun run, Tensor output) {
        return new Samples(
                output.dataType() == DataType.FP64
                        ? output.segment()
                        : wide(run, output.shape()).segment());
    }

    /** Rounds what was made for an output to its datatype. */
    void store(StepRun run, ElementwiseKernels kernels, Tensor output) {
        if (output.dataType() != DataType.FP64) {
            Tensor wide = Tensor.of(DataType.FP64, output.shape(), segment);
            Casts.run(kernels.cast(DataType.FP64, output.dataType(), CastRule.DEFAULT), wide, output, run.workers());
        }
    }

    double get(long index) {
        return segment.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, 8 * index);
    }

    void set(long index, double value) {
        segment.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, 8 * index, value);
    }

    private static Tensor wide(StepRun run, Shape shape) {
        return Tensor.of(DataType.FP64, shape, run.scratch(8 * shape.elements()));
    }
}
