package dev.nereid.kernels.blockwise;

import dev.nereid.kernels.loop.LoopCopy;
import dev.nereid.kernels.matmul.Epilogue;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.matmul.VectorEpilogue;
import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.util.Optional;

/**
 * Products with weights in blocks on any CPU; the left side is never rounded. One row is multiplied by the packed
 * weights; for several rows a strip of columns at a time is made into floats, which other kernels multiply by.
 */
public final class VectorBlockwise implements BlockwiseKernels {
    /** Panels of a strip: as many columns as a panel of the widest product of floats. */
    private static final int STRIP_PANELS = 3;

    private static final int STRIP = STRIP_PANELS * BlockwiseMatrix.PANEL;

    private static final BlockwiseLoop FOUR_BITS = LoopCopy.of(MethodHandles.lookup(), VectorBlockwiseLoop.class, 4);
    private static final BlockwiseLoop EIGHT_BITS = LoopCopy.of(MethodHandles.lookup(), VectorBlockwiseLoop.class, 8);

    private final MatMulKernels matMul;

    /** @param matMul kernels for products of floats */
    public VectorBlockwise(MatMulKernels matMul) {
        this.matMul = matMul;
    }

    @Override
    public long scratchBytes(int rows, BlockwiseMatrix b, Left left, Workers workers) {
        return rows <= 1 ? sumBytes(b) : workers.count() * stripBytes(rows, b);
    }

    private static long sumBytes(BlockwiseMatrix b) {
        return (long) b.panels() * BlockwiseMatrix.PANEL * Float.BYTES;
    }

    @Override
    public void multiply(
            Matrix a,
            BlockwiseMatrix b,
            Left left,
            Optional<MemorySegment> bias,
            Matrix y,
            MemorySegment scratch,
            Workers workers) {
        BlockwiseKernels.check(a, b, bias, y);
        if (a.rows() == 1) {
            PanelSplit.run(workers, 1, b, BlockwiseLoop.STEP, (_, from, to) -> row(a, b, bias, y, scratch, from, to));
        } else if (a.rows() > 1) {
            long bytes = stripBytes(a.rows(), b);
            PanelSplit.run(
                    workers,
                    a.rows(),
                    b,
                    STRIP_PANELS,
                    (worker, from, to) -> strips(a, b, bias, y, scratch.asSlice(worker * bytes, bytes), from, to));
        }
    }

    private static void row(
            Matrix a,
            BlockwiseMatrix b,
            Optional<MemorySegment> bias,
            Matrix y,
            MemorySegment scratch,
            int from,
            int to) {
        long column = (long) Float.BYTES * from * BlockwiseMatrix.PANEL;
        long bytes = Math.min((long) Float.BYTES * b.n(), (long) Float.BYTES * to * BlockwiseMatrix.PANEL) - column;
        MemorySegment sums = scratch.asSlice(column, bytes);
        BlockwiseLoop loop = loop(b);
        int last = loop.vectors(to);
        for (int vector = loop.vectors(from); vector < last; vector += BlockwiseLoop.STEP) {
            loop.row(b, vector, a.address(0, 0), scratch.address());
        }
        if (bias.isPresent()) {
            int columns = (int) (bytes / Float.BYTES);
            VectorEpilogue.add(sums.address(), bias.get().asSlice(column, bytes).address(), columns);
        }
        y.segment().asSlice(Float.BYTES * y.index(0, 0) + column, bytes).copyFrom(sums);
    }

    private void strips(
            Matrix a,
            BlockwiseMatrix b,
            Optional<MemorySegment> bias,
            Matrix y,
            MemorySegment scratch,
            int from,
            int to) {
        BlockwiseLoop loop = loop(b);
        MemorySegment strip = scratch.asSlice(0, floatBytes(b));
        MemorySegment others = scratch.asSlice(floatBytes(b));
        for (int first = from; first < to; first += STRIP_PANELS) {
            for (int panel = first; panel < Math.min(first + STRIP_PANELS, to); panel++) {
                long place = (long) (panel - first) * BlockwiseMatrix.PANEL * Float.BYTES;
                loop.unpack(b, panel, strip.address() + place, (long) STRIP * Float.BYTES);
            }
            int column = first * BlockwiseMatrix.PANEL;
            int columns = Math.min(b.n() - column, STRIP);
            Epilogue epilogue = bias.map(
                            numbers -> Epilogue.NONE.withAddend(Matrix.repeatedRow(numbers, column, a.rows(), columns)))
                    .orElse(Epilogue.NONE);
            Matrix part = new Matrix(y.segment(), y.index(0, column), y.rows(), columns, y.rowStride(), 1);
            matMul.multiply(a, strip(strip, b, columns), part, epilogue, others, Workers.single());
        }
    }

    private static BlockwiseLoop loop(BlockwiseMatrix b) {
        return b.bits() == 4 ? FOUR_BITS : EIGHT_BITS;
    }

    private static Matrix strip(MemorySegment floats, BlockwiseMatrix b, int columns) {
        return new Matrix(floats, 0, b.k(), columns, STRIP, 1);
    }

    private static long floatBytes(BlockwiseMatrix b) {
        return (long) b.k() * STRIP * Float.BYTES;
    }

    private long stripBytes(int rows, BlockwiseMatrix b) {
        Matrix a = Matrix.of(MemorySegment.NULL, rows, b.k());
        long others = matMul.scratchBytes(a, strip(MemorySegment.NULL, b, Math.min(b.n(), STRIP)));
        return (floatBytes(b) + others + 63) & -64;
    }
}
