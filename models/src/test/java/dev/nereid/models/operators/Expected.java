package dev.nereid.models.operators;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.models.operators.attention.Floats;
import dev.nereid.tensor.Tensor;

/** What an output shall be: its shape and its numbers. */
@SuppressWarnings("ArrayRecordComponent")
public record Expected(long[] dims, double[] values) {
    public static Expected of(double[] values, long... dims) {
        return new Expected(dims, values);
    }

    /** Checks an output; {@code tolerance} is relative and absolute. */
    public void check(String what, Tensor got, double tolerance) {
        assertThat(got.shape().dims()).as(what).isEqualTo(dims);
        double[] numbers = Floats.values(got);
        for (int i = 0; i < numbers.length; i++) {
            double wanted = values[i];
            boolean same = Double.isNaN(wanted) ? Double.isNaN(numbers[i]) : numbers[i] == wanted;
            boolean close = Math.abs(numbers[i] - wanted) <= tolerance * (1 + Math.abs(wanted));
            assertThat(same || close)
                    .as("%s, element %d: expected %s, got %s", what, i, wanted, numbers[i])
                    .isTrue();
        }
    }
}
