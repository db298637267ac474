package dev.nereid.kernels.quantized;

import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * Integer products in float vectors: within {@link #EXACT_K} steps every sum of products of bytes is an integer below
 * 2^24, which float32 holds exactly. Left rows are stored as floats, [ceil(m / 6) * 6, ceil(k / 4) * 4], zero beyond the
 * edges, followed by the int32 sum of each row.
 */
public final class VectorInt8Product implements Int8ProductKernels {
    /** Steps after which partial sums move on to int32: 512 * 255 * 128 is less than 2^24. */
    static final int EXACT_K = 512;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final int ROWS = VectorInt8Tile.ROWS;
    private static final Int8Panels PANELS = new Int8Panels(VectorInt8Tile.COLUMNS);

    @Override
    public long leftBytes(int m, int k) {
        return sumsOffset(m, k) + 4L * m;
    }

    private static long rowBytes(int k) {
        return 4 * Int8Panels.roundUp(k, 4);
    }

    private static long sumsOffset(int m, int k) {
        return Int8Panels.roundUp(m, ROWS) * rowBytes(k);
    }

    @Override
    public Int8Left left(boolean signed, int m, int k, MemorySegment a, MemorySegment memory, Workers workers) {
        int mask = signed ? -1 : 0xff;
        long sums = sumsOffset(m, k);
        for (int i = 0; i < m; i++) {
            long from = (long) i * k;
            long to = i * rowBytes(k);
            int sum = 0;
            for (int j = 0; j < k; j++) {
                int value = a.get(ValueLayout.JAVA_BYTE, from + j) & mask;
                memory.set(FLOAT, to + 4L * j, value);
                sum += value;
            }
            memory.set(INT, sums + 4L * i, sum);
        }
        clearEdges(m, k, memory);
        return new Int8Left(memory, signed, m, k);
    }

    @Override
    public Int8Left quantizedLeft(
            LinearQuantization quantization, int m, int k, MemorySegment x, MemorySegment memory, Workers workers) {
        clearEdges(m, k, memory);
        int count = (long) m * k < VectorQuantizeLoops.WORTH_SPLITTING ? 1 : workers.count();
        int rows = Math.max(1, Math.ceilDiv(m, count));
        long sums = sumsOffset(m, k);
        workers.run(Math.ceilDiv(m, rows), part -> {
            for (int i = part * rows; i < Math.min(m, (part + 1) * rows); i++) {
                int sum = VectorQuantizeLoops.quantizeToFloats(
                        k, x, 4L * i * k, quantization.scale(), quantization.zeroPoint(), memory, i * rowBytes(k));
                memory.set(INT, sums + 4L * i, sum);
            }
        });
        return new Int8Left(memory, false, m, k);
    }

    /** Zeroes what lies beyond the last column and the last row. */
    private static void clearEdges(int m, int k, MemorySegment memory) {
        long rowBytes = rowBytes(k);
        for (int i = 0; i < m; i++) {
            memory.asSlice(i * rowBytes + 4L * k, rowBytes - 4L * k).fill((byte) 0);
        }
        memory.asSlice(m * rowBytes, sumsOffset(m, k) - m * rowBytes).fill((byte) 0);
    }

    @Override
    public long rightBytes(int k, int n) {
        return PANELS.bytes(k, n);
    }

    @Override
    public Int8Right right(boolean signed, int k, int n, MemorySegment b, MemorySegment memory) {
        return PANELS.pack(signed, k, n, b, memory);
    }

    @Override
    public long scratchBytes(int m, int k, int n) {
        return sumsBytes(m, n) + Int8Correction.scratchBytes(n);
    }

    @Override
    public void multiply(
            Int8Left a,
            ZeroPoints aZero,
            Int8Right b,
            ZeroPoints bZero,
            Optional<ProductScaling> scaling,
            MemorySegment c,
            MemorySegment scratch,
            Workers workers) {
        int m = a.m();
        int n = b.n();
        MemorySegment sums = scratch.asSlice(0, sumsBytes(m, n));
        sums.fill((byte) 0);
        ProductSplit.run(
                workers,
                m,
                a.k(),
                n,
                VectorInt8Tile.COLUMNS,
                (rowFrom, rowTo, columnFrom, columnTo) -> accumulate(a, b, rowFrom, rowTo, columnFrom, columnTo, sums));
        MemorySegment corrections = scratch.asSlice(sumsBytes(m, n), Int8Correction.scratchBytes(n));
        if (aZero.each().isPresent()) {
            for (int i = 0; i < m; i++) {
                int zero = aZero.each().get().get(INT, 4L * i);
                Int8Correction correction = Int8Correction.of(zero, b, PANELS.sums(b), bZero, corrections);
                finish(a, b, i, i + 1, correction, scaling, sums, c);
            }
            return;
        }
        finish(a, b, 0, m, Int8Correction.of(aZero.uniform(), b, PANELS.sums(b), bZero, corrections), scaling, sums, c);
    }

    private static void accumulate(
            Int8Left a, Int8Right b, int rowFrom, int rowTo, int columnFrom, int columnTo, MemorySegment sums) {
        long rowBytes = rowBytes(a.k());
        long sumsRowBytes = sumsRowBytes(b.n());
        int quads = (a.k() + 3) / 4;
        long quadBytes = 4L * VectorInt8Tile.COLUMNS;
        for (int column = columnFrom; column < columnTo; column += VectorInt8Tile.COLUMNS) {
            for (int quad = 0; quad < quads; quad += EXACT_K / 4) {
                int steps = Math.min(EXACT_K / 4, quads - quad);
                long panel = (column / VectorInt8Tile.COLUMNS * (long) quads + quad) * quadBytes;
                int row = rowFrom;
                for (; row + 2 < rowTo; row += ROWS) {
                    VectorInt8Tile.rows6(
                            steps,
                            a.memory(),
                            row * rowBytes + 16L * quad,
                            rowBytes,
                            b.memory(),
                            panel,
                            sums,
                            row * sumsRowBytes + 4L * column,
                            sumsRowBytes);
                }
                for (; row < rowTo; row++) {
                    VectorInt8Tile.row(
                            steps,
                            a.memory(),
                            row * rowBytes + 16L * quad,
                            b.memory(),
                            panel,
                            sums,
                            row * sumsRowBytes + 4L * column);
                }
            }
        }
    }

    private static void finish(
            Int8Left a,
            Int8Right b,
            int rowFrom,
            int rowTo,
            Int8Correction correction,
            Optional<ProductScaling> scaling,
            MemorySegment sums,
            MemorySegment c) {
        int n = b.n();
        long rowSums = sumsOffset(a.m(), a.k());
        for (int i = rowFrom; i < rowTo; i++) {
            int rowSum = correction.hasFactor() ? a.memory().get(INT, rowSums + 4L * i) : 0;
            long from = i * sumsRowBytes(n);
            VectorInt8Tile.correct(n, sums, from, correction.start(), correction.factor(), rowSum);
            long to = 4L * i * n;
            if (scaling.isEmpty()) {
                MemorySegment.copy(sums, from, c, to, 4L * n);
            } else if (scaling.get().bias().isPresent()) {
                VectorInt8Tile.scaleAndAdd(
                        n,
                        sums,
                        from,
                        scaling.get().scales(),
                        scaling.get().bias().get(),
                        c,
                        to);
            } else {
                VectorInt8Tile.scale(n, sums, from, scaling.get().scales(), c, to);
            }
        }
    }

    private static long sumsRowBytes(int n) {
        return 4 * Int8Panels.roundUp(n, VectorInt8Tile.COLUMNS);
    }

    private static long sumsBytes(int m, int n) {
        return Int8Panels.roundUp(m, ROWS) * sumsRowBytes(n);
    }
}
