package dev.nereid.kernels.channelslast;

import static dev.nereid.memory.AddressSpace.ALL;

import dev.nereid.kernels.conv.Window;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/** Pooling of vectors of channels: the taps of a window that lie in the input, one after the other. */
final class CellPooling {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int LANES = SPECIES.length();

    private CellPooling() {}

    /**
     * The cells that a window reads for one output cell: {@code rows} rows of {@code columns} cells from byte
     * {@code begin} of the item on, so many bytes between them.
     */
    private record Read(long begin, int rows, long rowBytes, int columns, long columnBytes) {
        static Read of(Window window, int channels, int cell) {
            int width = window.output()[1];
            int[] rows = inside(window, 0, cell / width);
            int[] columns = inside(window, 1, cell % width);
            long cellBytes = (long) channels * Float.BYTES;
            int row = window.position(0, cell / width, rows[0]);
            int column = window.position(1, cell % width, columns[0]);
            return new Read(
                    ((long) row * window.input()[1] + column) * cellBytes,
                    rows[1] - rows[0],
                    (long) window.dilation()[0] * window.input()[1] * cellBytes,
                    columns[1] - columns[0],
                    window.dilation()[1] * cellBytes);
        }

        /** The taps [first, end) of an axis that lie in the input. */
        private static int[] inside(Window window, int axis, int at) {
            int dilation = window.dilation()[axis];
            int start = window.position(axis, at, 0);
            int first = Math.max(0, Math.ceilDiv(-start, dilation));
            int end = Math.min(window.kernel()[axis], Math.ceilDiv(window.input()[axis] - start, dilation));
            return new int[] {first, Math.max(first, end)};
        }
    }

    /** The highest of each channel for an output cell; x and y are the addresses of the item and of the cell. */
    static void max(Window window, int channels, int cell, long x, long y) {
        Read read = Read.of(window, channels, cell);
        for (int channel = 0; channel < channels; channel += LANES) {
            VectorMask<Float> mask = SPECIES.indexInRange(channel, channels);
            FloatVector highest = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
            long row = x + read.begin() + 4L * channel;
            for (int ky = 0; ky < read.rows(); ky++) {
                long at = row;
                for (int kx = 0; kx < read.columns(); kx++) {
                    highest = highest.max(FloatVector.fromMemorySegment(SPECIES, ALL, at, ORDER, mask));
                    at += read.columnBytes();
                }
                row += read.rowBytes();
            }
            highest.intoMemorySegment(ALL, y + 4L * channel, ORDER, mask);
        }
    }

    /** The mean of each channel for an output cell: the sums of the rows are added up apart, which rounds less. */
    static void mean(Window window, int channels, int cell, long x, float divisor, long y) {
        Read read = Read.of(window, channels, cell);
        for (int channel = 0; channel < channels; channel += LANES) {
            VectorMask<Float> mask = SPECIES.indexInRange(channel, channels);
            FloatVector sum = FloatVector.zero(SPECIES);
            long row = x + read.begin() + 4L * channel;
            for (int ky = 0; ky < read.rows(); ky++) {
                FloatVector rowSum = FloatVector.zero(SPECIES);
                long at = row;
                for (int kx = 0; kx < read.columns(); kx++) {
                    rowSum = rowSum.add(FloatVector.fromMemorySegment(SPECIES, ALL, at, ORDER, mask));
                    at += read.columnBytes();
                }
                sum = sum.add(rowSum);
                row += read.rowBytes();
            }
            sum.div(divisor).intoMemorySegment(ALL, y + 4L * channel, ORDER, mask);
        }
    }
}
