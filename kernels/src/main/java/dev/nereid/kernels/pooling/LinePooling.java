package dev.nereid.kernels.pooling;

import static dev.nereid.memory.AddressSpace.ALL;

import dev.nereid.kernels.convolution.Window;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Geometry of 2-D pooling with a column stride of one or two: the input rows under each row of windows are reduced to a
 * line, for some rows of windows at a time; the columns of a window are then reduced by reading the line at shifted places.
 * A line has {@code phases} parts, of which part p holds the places p, p + phases, ...; before and behind them lies padding.
 *
 * @param margin cells of padding before a part
 * @param partCells cells of a part with its padding and some vectors that may be written and read
 * @param rows rows of windows at a time
 * @param taps byte from the first cell of a line, which is no padding, to what each column of the kernel reads first
 */
@SuppressWarnings("ArrayRecordComponent")
record LinePooling(Window window, int phases, int margin, int partCells, int rows, int[] taps) {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();

    /** Bytes of the lines of some rows of windows: they stay in the L1 cache. */
    private static final int BYTES = 16 << 10;

    /** Whether this is how a window over two axes is pooled: every row of windows reads a row of the input. */
    static boolean suits(Window window) {
        return window.stride()[1] <= 2
                && window.padding()[0] >= 0
                && window.padding()[1] >= 0
                && window.outputs() > 0
                && Arrays.stream(counts(window)).allMatch(count -> count > 0);
    }

    static LinePooling of(Window window) {
        int phases = window.stride()[1];
        int padding = window.padding()[1];
        int margin = Math.ceilDiv(padding, phases);
        int last = Math.floorDiv((window.kernel()[1] - 1) * window.dilation()[1] - padding, phases);
        int read = Math.max(0, last) + Math.ceilDiv(window.output()[1], LANES) * LANES;
        int written = Math.ceilDiv(Math.ceilDiv(window.input()[1], phases), LANES) * LANES;
        int partCells = margin + Math.max(read, written) + LANES;
        int lineBytes = phases * partCells * Float.BYTES;
        int[] taps = new int[window.kernel()[1]];
        for (int kx = 0; kx < taps.length; kx++) {
            int place = kx * window.dilation()[1] - padding;
            int part = Math.floorMod(place, phases);
            taps[kx] = (part * partCells + Math.floorDiv(place, phases)) * Float.BYTES;
        }
        int rows = Math.clamp(BYTES / lineBytes, 1, Math.max(1, window.output()[0]));
        return new LinePooling(window, phases, margin, partCells, rows, taps);
    }

    int lineBytes() {
        return phases * partBytes();
    }

    int partBytes() {
        return partCells * Float.BYTES;
    }

    /** Bytes of the memory of all lines. */
    long bytes() {
        return ((long) rows * lineBytes() + 63) & -64;
    }

    /** The first cell of the first line that is no padding, where the lines lie at {@code address}. */
    long first(long address) {
        return address + (long) margin * Float.BYTES;
    }

    /** Fills the lines with padding. */
    void clear(long address, float padding) {
        FloatVector numbers = FloatVector.broadcast(SPECIES, padding);
        // All lines together are longer than a vector.
        int cells = rows * phases * partCells;
        for (int i = 0; i < cells; i += LANES) {
            numbers.intoMemorySegment(ALL, address + 4L * Math.min(i, cells - LANES), ByteOrder.LITTLE_ENDIAN);
        }
    }

    /** The first row of the input that each row of windows reads. */
    static int[] firstRows(Window window) {
        int[] first = new int[window.output()[0]];
        for (int row = 0; row < first.length; row++) {
            int tap = 0;
            while (tap < window.kernel()[0] - 1 && window.position(0, row, tap) < 0) {
                tap++;
            }
            first[row] = window.position(0, row, tap);
        }
        return first;
    }

    /** How many rows of the input each row of windows reads. */
    static int[] counts(Window window) {
        int[] counts = new int[window.output()[0]];
        for (int row = 0; row < counts.length; row++) {
            for (int tap = 0; tap < window.kernel()[0]; tap++) {
                int position = window.position(0, row, tap);
                counts[row] += position >= 0 && position < window.input()[0] ? 1 : 0;
            }
        }
        return counts;
    }

    /** Bytes from one row of the input to the next that a window reads. */
    long tapBytes() {
        return (long) window.dilation()[0] * window.input()[1] * Float.BYTES;
    }
}
