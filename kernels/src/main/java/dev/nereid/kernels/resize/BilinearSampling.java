package dev.nereid.kernels.resize;

import static dev.nereid.kernels.resize.SamplePoints.TAPS;
import static dev.nereid.memory.AddressSpace.ALL;

import dev.nereid.kernels.layout.WordTranspose;
import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Bilinear sampling: weighted sums of the four pixels around each of many points. Many channels are put side by side, so
 * that the cells are vectors, and the results taken apart again some points at a time; a single one is read cell by cell.
 *
 * @param cells of a channel
 */
record BilinearSampling(int channels, int cells, SamplePoints points) {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    /** Up to so many channels are a short vector. */
    private static final int FOUR = 4;

    private static final VectorSpecies<Float> FOURS = FloatVector.SPECIES_128;
    private static final long ROW_OF_FOUR = (long) Float.BYTES * FOUR;

    /** Points whose results are taken apart at a time. */
    private static final int TILE = 64;

    /** Fewer points are not worth a task. */
    private static final int TASK = 16 * TILE;

    static long scratchBytes(int channels, int cells, int workers) {
        long plane = cells + 1L;
        return Float.BYTES * (channels == 1 ? plane : Math.max(channels, FOUR) * (plane + (long) TILE * workers));
    }

    /** Checks that all is there. */
    void check(MemorySegment x, MemorySegment y) {
        int taps = Math.multiplyExact(TAPS, points.count());
        Objects.checkFromIndexSize(
                0, SamplePoints.bytes(points.count()), points.cells().byteSize());
        Objects.checkFromIndexSize(
                0, SamplePoints.bytes(points.count()), points.weights().byteSize());
        Objects.checkFromIndexSize(0, (long) Float.BYTES * channels * cells, x.byteSize());
        Objects.checkFromIndexSize(0, (long) Float.BYTES * channels * points.count(), y.byteSize());
        int signs = 0;
        long first = points.cells().address();
        for (int tap = 0; tap < taps; tap++) {
            int cell = ALL.get(INT, first + (long) Integer.BYTES * tap);
            signs |= cell | (cells - cell);
        }
        if (signs < 0) {
            throw new IndexOutOfBoundsException("a cell is outside of [0, " + cells + "]");
        }
    }

    /** Computes y: [channels, points]. */
    void run(long x, long y, long scratch, Workers workers) {
        if (channels == 1) {
            long plane = (long) Float.BYTES * cells;
            MemorySegment.copy(ALL, x, ALL, scratch, plane);
            ALL.set(FLOAT, scratch + plane, 0f);
            oneChannel(
                    points.count(), points.cells().address(), points.weights().address(), scratch, y);
            return;
        }
        long row = rowBytes();
        if (channels < FOUR) {
            ALL.asSlice(scratch, row * cells).fill((byte) 0);
        }
        WordTranspose.transpose(channels, cells, x, (long) Float.BYTES * cells, scratch, row);
        ALL.asSlice(scratch + row * cells, row).fill((byte) 0);
        long tiles = scratch + row * (cells + 1L);
        int tasks = Math.clamp(points.count() / TASK, 1, workers.count());
        workers.run(tasks, task -> {
            int from = (int) ((long) points.count() * task / tasks);
            int to = (int) ((long) points.count() * (task + 1) / tasks);
            sideBySide(from, to, scratch, y, tiles + row * TILE * task);
        });
    }

    /** Bytes from a cell's channels to the next cell's. */
    private long rowBytes() {
        return (long) Float.BYTES * Math.max(channels, FOUR);
    }

    private static void oneChannel(int count, long cells, long weights, long plane, long y) {
        long second = (long) Float.BYTES * count;
        long third = 2 * second;
        long fourth = 3 * second;
        for (int point = 0; point < count; point++) {
            long at = (long) Float.BYTES * point;
            float a = ALL.get(FLOAT, plane + (long) Float.BYTES * ALL.get(INT, cells + at));
            float b = ALL.get(FLOAT, plane + (long) Float.BYTES * ALL.get(INT, cells + second + at));
            float c = ALL.get(FLOAT, plane + (long) Float.BYTES * ALL.get(INT, cells + third + at));
            float d = ALL.get(FLOAT, plane + (long) Float.BYTES * ALL.get(INT, cells + fourth + at));
            float sum = ALL.get(FLOAT, weights + at) * a;
            sum = Math.fma(ALL.get(FLOAT, weights + second + at), b, sum);
            sum = Math.fma(ALL.get(FLOAT, weights + third + at), c, sum);
            sum = Math.fma(ALL.get(FLOAT, weights + fourth + at), d, sum);
            ALL.set(FLOAT, y + at, sum);
        }
    }

    /** Points [from, to), of cells that are rows of channels. */
    private void sideBySide(int from, int to, long rows, long y, long tile) {
        long row = rowBytes();
        long plane = (long) Float.BYTES * points.count();
        for (int first = from; first < to; first += TILE) {
            int count = Math.min(TILE, to - first);
            long cell = points.cells().address() + (long) Integer.BYTES * first;
            long weights = points.weights().address() + (long) Float.BYTES * first;
            if (channels <= FOUR) {
                fourChannels(count, cell, weights, plane, rows, tile);
            } else {
                manyChannels(count, cell, weights, plane, rows, tile);
            }
            WordTranspose.transpose(count, channels, tile, row, y + (long) Float.BYTES * first, plane);
        }
    }

    private void manyChannels(int count, long cell, long weights, long plane, long rows, long tile) {
        long row = rowBytes();
        for (int point = 0; point < count; point++) {
            long at = (long) Integer.BYTES * point;
            onePoint(
                    channels,
                    rows + row * ALL.get(INT, cell + at),
                    rows + row * ALL.get(INT, cell + plane + at),
                    rows + row * ALL.get(INT, cell + 2 * plane + at),
                    rows + row * ALL.get(INT, cell + 3 * plane + at),
                    weights + at,
                    plane,
                    tile + row * point);
        }
    }

    /** Cells of four channels each, whether or not there are as many. */
    private static void fourChannels(int count, long cell, long weights, long plane, long rows, long tile) {
        for (int point = 0; point < count; point++) {
            long a = rows + ROW_OF_FOUR * ALL.get(INT, cell);
            long b = rows + ROW_OF_FOUR * ALL.get(INT, cell + plane);
            long c = rows + ROW_OF_FOUR * ALL.get(INT, cell + 2 * plane);
            long d = rows + ROW_OF_FOUR * ALL.get(INT, cell + 3 * plane);
            FloatVector sum =
                    FloatVector.fromMemorySegment(FOURS, ALL, a, ORDER).mul(ALL.get(FLOAT, weights));
            sum = FloatVector.fromMemorySegment(FOURS, ALL, b, ORDER)
                    .fma(FloatVector.broadcast(FOURS, ALL.get(FLOAT, weights + plane)), sum);
            sum = FloatVector.fromMemorySegment(FOURS, ALL, c, ORDER)
                    .fma(FloatVector.broadcast(FOURS, ALL.get(FLOAT, weights + 2 * plane)), sum);
            sum = FloatVector.fromMemorySegment(FOURS, ALL, d, ORDER)
                    .fma(FloatVector.broadcast(FOURS, ALL.get(FLOAT, weights + 3 * plane)), sum);
            sum.intoMemorySegment(ALL, tile, ORDER);
            cell += Integer.BYTES;
            weights += Float.BYTES;
            tile += ROW_OF_FOUR;
        }
    }

    /**
     * The last vector overlaps the one before.
     *
     * @param plane bytes from a weight to the next
     */
    private static void onePoint(int channels, long a, long b, long c, long d, long weights, long plane, long y) {
        FloatVector first = FloatVector.broadcast(SPECIES, ALL.get(FLOAT, weights));
        FloatVector second = FloatVector.broadcast(SPECIES, ALL.get(FLOAT, weights + plane));
        FloatVector third = FloatVector.broadcast(SPECIES, ALL.get(FLOAT, weights + 2 * plane));
        FloatVector fourth = FloatVector.broadcast(SPECIES, ALL.get(FLOAT, weights + 3 * plane));
        if (channels < LANES) {
            VectorMask<Float> mask = SPECIES.indexInRange(0, channels);
            FloatVector sum =
                    FloatVector.fromMemorySegment(SPECIES, ALL, a, ORDER, mask).mul(first);
            sum = FloatVector.fromMemorySegment(SPECIES, ALL, b, ORDER, mask).fma(second, sum);
            sum = FloatVector.fromMemorySegment(SPECIES, ALL, c, ORDER, mask).fma(third, sum);
            sum = FloatVector.fromMemorySegment(SPECIES, ALL, d, ORDER, mask).fma(fourth, sum);
            sum.intoMemorySegment(ALL, y, ORDER, mask);
            return;
        }
        for (int channel = 0; channel < channels; channel += LANES) {
            long at = (long) Float.BYTES * Math.min(channel, channels - LANES);
            FloatVector sum =
                    FloatVector.fromMemorySegment(SPECIES, ALL, a + at, ORDER).mul(first);
            sum = FloatVector.fromMemorySegment(SPECIES, ALL, b + at, ORDER).fma(second, sum);
            sum = FloatVector.fromMemorySegment(SPECIES, ALL, c + at, ORDER).fma(third, sum);
            sum = FloatVector.fromMemorySegment(SPECIES, ALL, d + at, ORDER).fma(fourth, sum);
            sum.intoMemorySegment(ALL, y + at, ORDER);
        }
    }
}
