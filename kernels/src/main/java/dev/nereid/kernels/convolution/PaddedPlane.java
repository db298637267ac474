package dev.nereid.kernels.convolution;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * One channel with its padding written out, split by column phase: {@code stride} phases a row, of which phase p holds the
 * pixels p, p + stride, ... of the padded row.
 *
 * @param rows rows with padding
 * @param phases phases a row
 * @param phaseCells cells of a phase, whole vectors beyond the last that is read among them
 */
public record PaddedPlane(int rows, int phases, int phaseCells) {
    private static final int LANES = FloatVector.SPECIES_PREFERRED.length();

    public static PaddedPlane of(Window window) {
        int lastRow = window.position(0, Math.max(0, window.output()[0] - 1), window.kernel()[0] - 1);
        int lastCell = (window.kernel()[1] - 1) * window.dilation()[1] / window.stride()[1];
        return new PaddedPlane(
                lastRow + window.padding()[0] + 1,
                window.stride()[1],
                lastCell + Math.ceilDiv(window.output()[1], LANES) * LANES);
    }

    public long bytes() {
        return (long) rows * rowBytes();
    }

    public int rowBytes() {
        return phases * phaseCells * Float.BYTES;
    }

    /** Byte at which each tap begins to read, from a row's begin on. */
    public int[] taps(Window window) {
        int[] taps = new int[window.taps()];
        int next = 0;
        for (int ky = 0; ky < window.kernel()[0]; ky++) {
            for (int kx = 0; kx < window.kernel()[1]; kx++) {
                int cell = kx * window.dilation()[1];
                taps[next++] = ky * window.dilation()[0] * rowBytes()
                        + (cell % phases * phaseCells + cell / phases) * Float.BYTES;
            }
        }
        return taps;
    }

    /** Copies the channel that begins at element {@code channel} of x; padding becomes {@code filler}. */
    public void fill(Window window, MemorySegment x, long channel, MemorySegment target, float filler) {
        int width = window.input()[1];
        int padding = window.padding()[1];
        for (int row = 0; row < rows; row++) {
            int y = row - window.padding()[0];
            long begin = (long) row * rowBytes();
            if (y < 0 || y >= window.input()[0]) {
                RowCopies.fill(target, begin, phases * phaseCells, filler);
                continue;
            }
            for (int phase = 0; phase < phases; phase++) {
                int inside = Math.min(phaseCells, Math.max(0, Math.ceilDiv(padding - phase, phases)));
                int beyond = Math.ceilDiv(width + padding - phase, phases);
                int end = Math.max(inside, Math.min(phaseCells, beyond));
                long cells = begin + 4L * phase * phaseCells;
                long source = 4 * (channel + (long) y * width + (long) inside * phases + phase - padding);
                RowCopies.fill(target, cells, inside, filler);
                if (phases == 1) {
                    RowCopies.copy(x, source, target, cells + 4L * inside, end - inside);
                } else {
                    RowCopies.gather(x, source, phases, target, cells + 4L * inside, end - inside);
                }
                RowCopies.fill(target, cells + 4L * end, phaseCells - end, filler);
            }
        }
    }
}
