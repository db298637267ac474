package dev.nereid.bench.kernels;

import java.util.List;

/**
 * A question with its sizes.
 *
 * @param text what is computed, with its shapes
 * @param work operations or bytes of one computation
 */
public record Problem(String text, double work, Unit unit, List<Form> forms) {
    /** What a rate counts. */
    public enum Unit {
        /** Multiplications and additions of floats, which the peak of a core bounds. */
        OPERATIONS("GFLOP/s", true),
        /** Multiplications and additions of bytes. */
        INTEGER_OPERATIONS("GOP/s", false),
        /** Bytes read and written. */
        BYTES("GB/s", false);

        private final String rate;
        private final boolean hasPeak;

        Unit(String rate, boolean hasPeak) {
            this.rate = rate;
            this.hasPeak = hasPeak;
        }

        /** The name of a billion of them a second. */
        String rate() {
            return rate;
        }

        /** Whether the peak of multiply-adds is their limit. */
        boolean hasPeak() {
            return hasPeak;
        }
    }

    public Problem {
        forms = List.copyOf(forms);
    }
}
