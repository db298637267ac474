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

    /** The highest of each channel for a row of output cells; x and y are the addresses of the item and of the row. */
    static void max(Window window, int channels, int row, long x, long y) {
        int top = first(window, 0, row);
        int rows = end(window, 0, row) - top;
        long cellBytes = (long) channels * Float.BYTES;
        long rowBytes = window.input()[1] * cellBytes;
        long from = x + window.position(0, row, top) * rowBytes;
        long rowStep = window.dilation()[0] * rowBytes;
        long columnStep = window.dilation()[1] * cellBytes;
        for (int column = 0; column < window.output()[1]; column++) {
            int left = first(window, 1, column);
            int columns = end(window, 1, column) - left;
            long at = from + window.position(1, column, left) * cellBytes;
            max(channels, at, rows, rowStep, columns, columnStep, y + column * cellBytes);
        }
    }

    /**
     * The mean of each channel for a row of output cells: the sums of the window's rows are added up apart, which rounds
     * less.
     *
     * @param divisors by how many the sums are divided, from that of the row's first cell on
     */
    static void mean(Window window, int channels, int row, long x, int[] divisors, long y) {
        int top = first(window, 0, row);
        int rows = end(window, 0, row) - top;
        long cellBytes = (long) channels * Float.BYTES;
        long rowBytes = window.input()[1] * cellBytes;
        long from = x + window.position(0, row, top) * rowBytes;
        long rowStep = window.dilation()[0] * rowBytes;
        long columnStep = window.dilation()[1] * cellBytes;
        int width = window.output()[1];
        for (int column = 0; column < width; column++) {
            int left = first(window, 1, column);
            int columns = end(window, 1, column) - left;
            long at = from + window.position(1, column, left) * cellBytes;
            float divisor = divisors[row * width + column];
            mean(channels, at, rows, rowStep, columns, columnStep, divisor, y + column * cellBytes);
        }
    }

    /** The first tap of an axis that lies in the input. */
    private static int first(Window window, int axis, int at) {
        return Math.max(0, Math.ceilDiv(-window.position(axis, at, 0), window.dilation()[axis]));
    }

    /** The tap behind the last that lies in the input. */
    private static int end(Window window, int axis, int at) {
        int room = window.input()[axis] - window.position(axis, at, 0);
        int end = Math.min(window.kernel()[axis], Math.ceilDiv(room, window.dilation()[axis]));
        return Math.max(first(window, axis, at), end);
    }

    private static void max(int channels, long x, int rows, long rowStep, int columns, long columnStep, long y) {
        for (int channel = 0; channel < channels; channel += LANES) {
            VectorMask<Float> mask = SPECIES.indexInRange(channel, channels);
            FloatVector highest = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
            long row = x + 4L * channel;
            for (int ky = 0; ky < rows; ky++) {
                for (int kx = 0; kx < columns; kx++) {
                    long at = row + kx * columnStep;
                    highest = highest.max(FloatVector.fromMemorySegment(SPECIES, ALL, at, ORDER, mask));
                }
                row += rowStep;
            }
            highest.intoMemorySegment(ALL, y + 4L * channel, ORDER, mask);
        }
    }

    private static void mean(
            int channels, long x, int rows, long rowStep, int columns, long columnStep, float divisor, long y) {
        for (int channel = 0; channel < channels; channel += LANES) {
            VectorMask<Float> mask = SPECIES.indexInRange(channel, channels);
            FloatVector sum = FloatVector.zero(SPECIES);
            long row = x + 4L * channel;
            for (int ky = 0; ky < rows; ky++) {
                FloatVector rowSum = FloatVector.zero(SPECIES);
                for (int kx = 0; kx < columns; kx++) {
                    long at = row + kx * columnStep;
                    rowSum = rowSum.add(FloatVector.fromMemorySegment(SPECIES, ALL, at, ORDER, mask));
                }
                sum = sum.add(rowSum);
                row += rowStep;
            }
            sum.div(divisor).intoMemorySegment(ALL, y + 4L * channel, ORDER, mask);
        }
    }
}
