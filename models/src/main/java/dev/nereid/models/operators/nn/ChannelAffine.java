package dev.nereid.models.operators.nn;

import dev.nereid.kernels.elementwise.BinaryKernel;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.kernels.elementwise.CastRule;
import dev.nereid.kernels.elementwise.ElementwiseKernels;
import dev.nereid.kernels.elementwise.UnaryKernel;
import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.elementwise.Parallel;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Multiplies and shifts each channel of a tensor by numbers of its own: {@code y = x * scale[c] + shift[c]}. */
final class ChannelAffine {
    private final DataType type;
    private final UnaryKernel affine;
    private final BinaryKernel multiply;
    private final BinaryKernel add;
    private final UnaryKernel narrow;

    ChannelAffine(ElementwiseKernels kernels, DataType type) {
        this.type = type;
        this.affine = kernels.unary(UnaryOp.AFFINE, type);
        this.multiply = kernels.binary(BinaryOp.MUL, type);
        this.add = kernels.binary(BinaryOp.ADD, type);
        this.narrow = kernels.cast(DataType.FP64, type, CastRule.DEFAULT);
    }

    /**
     * Computes y from x, both [batch, channels, inner]; {@code y} may be {@code x}.
     *
     * @param scale one number a channel, or one for each of the batch's channels; likewise {@code shift}
     */
    void run(StepRun run, Tensor x, Tensor y, long batch, int inner, double[] scale, double[] shift) {
        int channels = scale.length;
        if (inner == 1 && channels > 1) {
            rows(run, x, y, batch, scale, shift);
            return;
        }
        long bytes = (long) type.bytes() * inner;
        Parallel.rows(run.workers(), batch * channels, inner, type, (from, count) -> {
            for (long row = from; row < from + count; row++) {
                int channel = (int) (row % channels);
                affine.run(x.segment(), bytes * row, y.segment(), bytes * row, inner, scale[channel], shift[channel]);
            }
        });
    }

    private void rows(StepRun run, Tensor x, Tensor y, long batch, double[] scale, double[] shift) {
        MemorySegment factors = narrowed(run, scale);
        MemorySegment terms = narrowed(run, shift);
        long bytes = (long) type.bytes() * scale.length;
        Parallel.rows(run.workers(), batch, scale.length, type, (from, count) -> {
            for (long row = from; row < from + count; row++) {
                multiply.both(x.segment(), bytes * row, factors, 0, y.segment(), bytes * row, scale.length);
                add.both(y.segment(), bytes * row, terms, 0, y.segment(), bytes * row, scale.length);
            }
        });
    }

    private MemorySegment narrowed(StepRun run, double[] numbers) {
        MemorySegment wide = run.scratch(8L * numbers.length);
        MemorySegment.copy(numbers, 0, wide, ValueLayout.JAVA_DOUBLE, 0, numbers.length);
        MemorySegment narrowed = run.scratch((long) type.bytes() * numbers.length);
        narrow.run(wide, 0, narrowed, 0, numbers.length);
        return narrowed;
    }

    /** All elements of a tensor of real numbers. */
    static double[] numbers(Tensor tensor) {
        double[] numbers = new double[Math.toIntExact(tensor.shape().elements())];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = RealNumbers.at(tensor, i);
        }
        return numbers;
    }
}
