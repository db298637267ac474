package dev.nereid.bench.operators;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.tensor.DataType;
import java.util.Arrays;

/** An output: its datatype, its shape and its numbers. */
@SuppressWarnings("ArrayRecordComponent")
record Outcome(DataType type, long[] dims, double[] values) {
    /** Checks that this is the other one; {@code tolerance} is relative and absolute. */
    void check(String what, Outcome expected, double tolerance) {
        assertThat(type).as(what).isEqualTo(expected.type);
        assertThat(dims).as(what).isEqualTo(expected.dims);
        for (int i = 0; i < values.length; i++) {
            double wanted = expected.values[i];
            boolean same = Double.isNaN(wanted) ? Double.isNaN(values[i]) : values[i] == wanted;
            boolean close = Math.abs(values[i] - wanted) <= tolerance * (1 + Math.abs(wanted));
            assertThat(same || close)
                    .as("%s, element %d: expected %s, got %s", what, i, wanted, values[i])
                    .isTrue();
        }
    }

    @Override
    public String toString() {
        return type + Arrays.toString(dims) + Arrays.toString(values);
    }
}
