package dev.nereid.models.operators.movement;

import dev.nereid.kernels.conv.PoolingKernels;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Applies the taps of every axis to input 0 of a step: all at once where one tap counts, else axis by axis. */
final class Interpolation {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private Interpolation() {}

    /** The output of single elements of any datatype, moved in blocks of the last axes that keep their places. */
    static void pick(StepRun run, AxisTaps[] taps, float extrapolation, Elements elements) {
        Tensor x = run.input(0);
        Tensor y = run.output(0);
        int rank = taps.length;
        int moving = rank;
        while (moving > 0 && x.shape().dim(moving - 1) == y.shape().dim(moving - 1) && isIdentity(taps[moving - 1])) {
            moving--;
        }
        long block = x.shape().elements(moving, rank);
        long count = y.shape().elements(0, moving);
        MemorySegment indices = Elements.indices(run, count);
        long[] strides = x.shape().strides();
        Positions positions = new Positions(Shape.of(Arrays.copyOf(y.shape().dims(), moving)));
        for (long i = 0; i < count; i++) {
            long source = 0;
            for (int axis = 0; axis < moving; axis++) {
                source += picked(taps[axis], (int) positions.at(axis)) * (strides[axis] / block);
            }
            Elements.index(indices, i, source);
            positions.next();
        }
        if (block > 0) {
            elements.gather(block, 1, x.shape().elements() / block, count, x, indices, y, run.workers());
        }
        extrapolate(y, taps, extrapolation);
    }

    /** The output of weighted sums, computed as FP32. */
    static void interpolate(PoolingKernels kernels, StepRun run, AxisTaps[] taps, float extrapolation) {
        Tensor x = run.input(0);
        Tensor y = run.output(0);
        int[] changing = IntStream.range(0, taps.length)
                .filter(axis -> x.shape().dim(axis) != y.shape().dim(axis) || !isIdentity(taps[axis]))
                .toArray();
        Tensor current = toFloats(run, x);
        for (int axis : changing) {
            boolean last = axis == changing[changing.length - 1] && y.dataType() == DataType.FP32;
            Shape shape = current.shape().withDim(axis, y.shape().dim(axis));
            Tensor next = last ? y : Tensor.of(DataType.FP32, shape, run.scratch(4 * shape.elements()));
            kernels.resample(
                    shape.elements(0, axis),
                    Math.toIntExact(current.shape().dim(axis)),
                    Math.toIntExact(shape.dim(axis)),
                    shape.elements(axis + 1, shape.rank()),
                    taps[axis].taps(),
                    current.segment(),
                    next.segment(),
                    run.workers());
            current = next;
        }
        if (changing.length == 0 || y.dataType() != DataType.FP32) {
            for (long i = 0; i < y.shape().elements(); i++) {
                store(y, i, current.segment().get(FLOAT, 4 * i));
            }
        }
        extrapolate(y, taps, extrapolation);
    }

    private static Tensor toFloats(StepRun run, Tensor x) {
        if (x.dataType() == DataType.FP32) {
            return x;
        }
        MemorySegment floats = run.scratch(4 * x.shape().elements());
        for (long i = 0; i < x.shape().elements(); i++) {
            floats.set(FLOAT, 4 * i, (float) Numbers.real(x, i));
        }
        return Tensor.of(DataType.FP32, x.shape(), floats);
    }

    /** Integers are cut off towards zero and at the ends of their range. */
    private static void store(Tensor y, long i, float value) {
        if (y.dataType().isFloat()) {
            Numbers.setReal(y, i, value);
            return;
        }
        int bits = 8 * y.dataType().bytes();
        boolean signed = y.dataType().kind() == DataType.Kind.SIGNED;
        long low = signed ? -1L << (bits - 1) : 0;
        long high = bits == 64 ? Long.MAX_VALUE : (1L << (signed ? bits - 1 : bits)) - 1;
        Numbers.setInteger(y, i, Math.clamp((long) value, low, high));
    }

    private static void extrapolate(Tensor y, AxisTaps[] taps, float value) {
        boolean any = false;
        for (AxisTaps axis : taps) {
            for (boolean outside : axis.outside()) {
                any |= outside;
            }
        }
        if (!any) {
            return;
        }
        Positions positions = new Positions(y.shape());
        for (long i = 0; i < y.shape().elements(); i++) {
            boolean outside =
                    IntStream.range(0, taps.length).anyMatch(axis -> taps[axis].outside()[(int) positions.at(axis)]);
            if (outside) {
                store(y, i, value);
            }
            positions.next();
        }
    }

    private static int picked(AxisTaps taps, int position) {
        int first = position * taps.width();
        for (int tap = first; tap < first + taps.width(); tap++) {
            if (taps.weights()[tap] != 0) {
                return taps.indices()[tap];
            }
        }
        return taps.indices()[first];
    }

    private static boolean isIdentity(AxisTaps taps) {
        for (int position = 0; position < taps.outside().length; position++) {
            for (int tap = position * taps.width(); tap < (position + 1) * taps.width(); tap++) {
                boolean own = taps.indices()[tap] == position;
                if (!own && taps.weights()[tap] != 0) {
                    return false;
                }
            }
        }
        return true;
    }
}
