package dev.nereid.models.operators.movement;

import dev.nereid.kernels.resize.ResampledPlane;
import dev.nereid.kernels.resize.ResizeKernels;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.IntStream;

/** Runs a resize of input 0 of a step, pass by pass. */
final class ResizeRun {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private ResizeRun() {}

    /** The output of single elements of any datatype. */
    static void gather(
            ResizeKernels kernels, StepRun run, ResizePasses resize, float extrapolation, ElementMover elements) {
        Tensor y = run.output(0);
        Tensor current = run.input(0);
        for (int i = 0; i < resize.passes().size(); i++) {
            ResizePasses.Pass pass = resize.passes().get(i);
            Tensor next = i + 1 == resize.passes().size() ? y : between(run, y.dataType(), pass);
            if (y.dataType() == DataType.STRING) {
                gatherStrings(pass.plane(), current.strings(), next.strings());
            } else {
                int bytes = y.dataType().bytes();
                MemorySegment scratch = run.scratch(kernels.gatherScratchBytes(bytes, pass.plane()));
                kernels.gather(bytes, pass.plane(), current.segment(), next.segment(), scratch, run.workers());
            }
            current = next;
        }
        if (resize.passes().isEmpty()) {
            elements.copyAll(current, y, run.workers());
        }
        extrapolate(y, resize.outside(), extrapolation);
    }

    private static Tensor between(StepRun run, DataType dataType, ResizePasses.Pass pass) {
        int elements = Math.toIntExact(pass.to().elements());
        return dataType == DataType.STRING
                ? Tensor.ofStrings(pass.to(), new byte[elements][])
                : Tensor.of(dataType, pass.to(), run.scratch((long) dataType.bytes() * elements));
    }

    private static void gatherStrings(ResampledPlane plane, byte[][] x, byte[][] y) {
        int inner = Math.toIntExact(plane.inner());
        int at = 0;
        for (int o = 0; o < plane.outer(); o++) {
            for (int row = 0; row < plane.rows().to(); row++) {
                int line = o * plane.rows().from() + plane.rows().source(row);
                for (int column = 0; column < plane.columns().to(); column++) {
                    int from = line * plane.columns().from() + plane.columns().source(column);
                    System.arraycopy(x, from * inner, y, at, inner);
                    at += inner;
                }
            }
        }
    }

    /**
     * The output of weighted sums, computed as FP32.
     *
     * @param rounds whether each pass gives whole numbers of the output's range
     */
    static void interpolate(
            ResizeKernels kernels, StepRun run, ResizePasses resize, float extrapolation, boolean rounds) {
        Tensor y = run.output(0);
        Tensor current = toFloats(run, run.input(0));
        for (int i = 0; i < resize.passes().size(); i++) {
            ResizePasses.Pass pass = resize.passes().get(i);
            boolean last = i + 1 == resize.passes().size() && y.dataType() == DataType.FP32;
            Tensor next = last ? y : between(run, DataType.FP32, pass);
            MemorySegment scratch = run.scratch(
                    kernels.resampleScratchBytes(pass.plane(), run.workers().count()));
            kernels.resample(pass.plane(), current.segment(), next.segment(), scratch, run.workers());
            if (rounds) {
                round(next, y.dataType());
            }
            current = next;
        }
        if (resize.passes().isEmpty() || y.dataType() != DataType.FP32) {
            for (long i = 0; i < y.shape().elements(); i++) {
                store(y, i, current.segment().get(FLOAT, 4 * i));
            }
        }
        extrapolate(y, resize.outside(), extrapolation);
    }

    /** Halves are rounded up. */
    private static void round(Tensor floats, DataType type) {
        for (long i = 0; i < floats.shape().elements(); i++) {
            float value = floats.segment().get(FLOAT, 4 * i);
            floats.segment().set(FLOAT, 4 * i, (float) inRange((long) Math.floor(value + 0.5f), type));
        }
    }

    private static Tensor toFloats(StepRun run, Tensor x) {
        if (x.dataType() == DataType.FP32) {
            return x;
        }
        MemorySegment floats = run.scratch(4 * x.shape().elements());
        for (long i = 0; i < x.shape().elements(); i++) {
            floats.set(FLOAT, 4 * i, (float) ScalarElements.real(x, i));
        }
        return Tensor.of(DataType.FP32, x.shape(), floats);
    }

    /** Integers that are not rounded yet are cut off towards zero, and all at the ends of their range. */
    private static void store(Tensor y, long i, float value) {
        if (y.dataType().isFloat()) {
            ScalarElements.setReal(y, i, value);
            return;
        }
        ScalarElements.setInteger(y, i, inRange((long) value, y.dataType()));
    }

    private static long inRange(long value, DataType type) {
        int bits = 8 * type.bytes();
        boolean signed = type.kind() == DataType.Kind.SIGNED;
        long low = signed ? -1L << (bits - 1) : 0;
        long high = bits == 64 ? Long.MAX_VALUE : (1L << (signed ? bits - 1 : bits)) - 1;
        return Math.clamp(value, low, high);
    }

    /** Puts {@code value} where any axis is outside. */
    private static void extrapolate(Tensor y, List<boolean[]> outside, float value) {
        if (outside.isEmpty()) {
            return;
        }
        IndexWalk positions = new IndexWalk(y.shape());
        for (long i = 0; i < y.shape().elements(); i++) {
            if (IntStream.range(0, outside.size()).anyMatch(axis -> outside.get(axis)[(int) positions.at(axis)])) {
                store(y, i, value);
            }
            positions.next();
        }
    }
}
