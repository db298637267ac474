package dev.nereid.nativekernels;

import static dev.nereid.memory.AddressSpace.ALL;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.nereid.kernels.matmul.Clamp;
import dev.nereid.kernels.matmul.PanelKernel;

/** The plain loops of products of bf16 with tiles: the order in which AMX adds, number by number. */
final class PlainBf16Tiles implements PanelKernel {
    private static final int COLUMNS = 16;
    private static final int PAIRS = 16;

    @Override
    public int panelColumns() {
        return 3 * COLUMNS;
    }

    @Override
    public int lanes() {
        return COLUMNS;
    }

    @Override
    public void run(
            int rows,
            int columns,
            int runs,
            int k,
            long a,
            long aStride,
            long runStride,
            long b,
            long next,
            long nextBytes,
            long c,
            long cStride,
            long s,
            long sRow,
            Clamp clamp) {
        int whole = k / PAIRS * PAIRS;
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                long to = c + 4 * (row * cStride + column);
                float sum = s == c ? ALL.get(JAVA_FLOAT_UNALIGNED, to) : 0;
                long right = b + 4L * column;
                long left = a + 4L * row * aStride;
                for (int run = 0; run < runs; run++) {
                    for (int p = 0; p < whole; p += PAIRS) {
                        sum += tile(
                                left + 4 * (run * runStride + p), right, (long) run * k + p, padded(columns), PAIRS);
                    }
                }
                for (int run = 0; run < runs && whole < k; run++) {
                    long at = (long) run * k + whole;
                    sum += tile(left + 4 * (run * runStride + whole), right, at, padded(columns), k - whole);
                }
                if (s != 0 && s != c) {
                    sum += ALL.get(JAVA_FLOAT_UNALIGNED, s + 4 * (row * sRow + column));
                }
                float raised = sum < clamp.low() ? clamp.low() : sum;
                ALL.set(JAVA_FLOAT_UNALIGNED, to, raised > clamp.high() ? clamp.high() : raised);
            }
        }
    }

    /** The sum that a product of tiles adds: the first elements of pairs and the second ones apart. */
    private static float tile(long a, long b, long row, long bStride, int pairs) {
        float first = 0;
        float second = 0;
        for (int q = 0; q < pairs; q++) {
            long left = a + 4L * q;
            long right = b + 4 * (row + q) * bStride;
            first = Math.fma(bf16(left), bf16(right), first);
            second = Math.fma(bf16(left + 2), bf16(right + 2), second);
        }
        return first + second;
    }

    private static float bf16(long address) {
        return Float.intBitsToFloat(ALL.get(JAVA_SHORT_UNALIGNED, address) << 16);
    }
}
