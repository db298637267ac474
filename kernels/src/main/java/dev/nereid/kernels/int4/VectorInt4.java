package dev.nereid.kernels.int4;

import dev.nereid.kernels.matmul.Epilogue;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Products with weights of four bits on any CPU; the left side is never rounded. One row is multiplied by the packed
 * weights; for several rows a strip of columns at a time is made into floats, which other kernels multiply by.
 */
public final class VectorInt4 implements Int4Kernels {
    /** Panels of a strip: as many columns as a panel of the widest product of floats. */
    private static final int STRIP_PANELS = 3;

    private static final int STRIP = STRIP_PANELS * Int4Matrix.PANEL;

    private final MatMulKernels matMul;

    /** @param matMul kernels for products of floats */
    public VectorInt4(MatMulKernels matMul) {
        this.matMul = matMul;
    }

    @Override
    public long scratchBytes(int rows, Int4Matrix b, Left left, Workers workers) {
        return rows <= 1 ? sumBytes(b) : workers.count() * stripBytes(rows, b);
    }

    private static long sumBytes(Int4Matrix b) {
        return (long) b.panels() * Int4Matrix.PANEL * Float.BYTES;
    }

    @Override
    public void multiply(
            Matrix a,
            Int4Matrix b,
            Left left,
            Optional<MemorySegment> bias,
            Matrix y,
            MemorySegment scratch,
            Workers workers) {
        Int4Kernels.check(a, b, bias, y);
        if (a.rows() == 1) {
            Int4Split.run(workers, 1, b, Int4Loops.STEP, (_, from, to) -> row(a, b, bias, y, scratch, from, to));
        } else if (a.rows() > 1) {
            long bytes = stripBytes(a.rows(), b);
            Int4Split.run(
                    workers,
                    a.rows(),
                    b,
                    STRIP_PANELS,
                    (worker, from, to) -> strips(a, b, bias, y, scratch.asSlice(worker * bytes, bytes), from, to));
        }
    }

    private static void row(
            Matrix a, Int4Matrix b, Optional<MemorySegment> bias, Matrix y, MemorySegment scratch, int from, int to) {
        long column = (long) Float.BYTES * from * Int4Matrix.PANEL;
        long bytes = Math.min((long) Float.BYTES * b.n(), (long) Float.BYTES * to * Int4Matrix.PANEL) - column;
        MemorySegment sums = scratch.asSlice(column, bytes);
        if (bias.isPresent()) {
            sums.copyFrom(bias.get().asSlice(column, bytes));
        } else {
            sums.fill((byte) 0);
        }
        int last = Int4Loops.vectors(to);
        for (int vector = Int4Loops.vectors(from); vector < last; vector += Int4Loops.STEP) {
            Int4Loops.row(b, vector, a.address(0, 0), scratch.address());
        }
        y.segment().asSlice(Float.BYTES * y.index(0, 0) + column, bytes).copyFrom(sums);
    }

    private void strips(
            Matrix a, Int4Matrix b, Optional<MemorySegment> bias, Matrix y, MemorySegment scratch, int from, int to) {
        MemorySegment strip = scratch.asSlice(0, floatBytes(b));
        MemorySegment others = scratch.asSlice(floatBytes(b));
        for (int first = from; first < to; first += STRIP_PANELS) {
            for (int panel = first; panel < Math.min(first + STRIP_PANELS, to); panel++) {
                long place = (long) (panel - first) * Int4Matrix.PANEL * Float.BYTES;
                Int4Loops.unpack(b, panel, strip.address() + place, (long) STRIP * Float.BYTES);
            }
            int column = first * Int4Matrix.PANEL;
            int columns = Math.min(b.n() - column, STRIP);
            Epilogue epilogue = bias.map(
                            numbers -> Epilogue.NONE.withAddend(Matrix.repeatedRow(numbers, column, a.rows(), columns)))
                    .orElse(Epilogue.NONE);
            Matrix part = new Matrix(y.segment(), y.index(0, column), y.rows(), columns, y.rowStride(), 1);
            matMul.multiply(a, strip(strip, b, columns), part, epilogue, others, Workers.single());
        }
    }

    private static Matrix strip(MemorySegment floats, Int4Matrix b, int columns) {
        return new Matrix(floats, 0, b.k(), columns, STRIP, 1);
    }

    private static long floatBytes(Int4Matrix b) {
        return (long) b.k() * STRIP * Float.BYTES;
    }

    private long stripBytes(int rows, Int4Matrix b) {
        Matrix a = Matrix.of(MemorySegment.NULL, rows, b.k());
        long others = matMul.scratchBytes(a, strip(MemorySegment.NULL, b, Math.min(b.n(), STRIP)));
        return (floatBytes(b) + others + 63) & -64;
    }
}
