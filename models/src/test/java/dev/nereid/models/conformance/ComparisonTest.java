package dev.nereid.models.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.models.operators.Tensors;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import org.junit.jupiter.api.Test;

class ComparisonTest {
    private static boolean agree(float expected, float actual) {
        return Comparison.difference(Tensors.floats(new float[] {expected}), Tensors.floats(new float[] {actual}))
                .isEmpty();
    }

    @Test
    void allowsFloatsToDifferByTheTolerance() {
        assertThat(agree(1000f, 1000.9f)).isTrue();
        assertThat(agree(1000f, 1001.1f)).isFalse();
        assertThat(agree(0f, 9e-8f)).isTrue();
        assertThat(agree(0f, 2e-7f)).isFalse();
    }

    @Test
    void takesNaNForNaNAndInfinitiesForThemselves() {
        assertThat(agree(Float.NaN, Float.NaN)).isTrue();
        assertThat(agree(Float.NaN, 1f)).isFalse();
        assertThat(agree(1f, Float.NaN)).isFalse();
        assertThat(agree(Float.POSITIVE_INFINITY, Float.POSITIVE_INFINITY)).isTrue();
        assertThat(agree(Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY)).isFalse();
        assertThat(agree(Float.MAX_VALUE, Float.POSITIVE_INFINITY)).isFalse();
    }

    @Test
    void wantsIntegersAndStringsExactly() {
        assertThat(Comparison.difference(Tensors.longs(1, 2), Tensors.longs(1, 3)))
                .hasValue("element 1 of 2: expected 2, got 3");
        assertThat(Comparison.difference(Tensors.strings("a"), Tensors.strings("b")))
                .hasValue("element 0 of 1: expected 'a', got 'b'");
        assertThat(Comparison.difference(Tensors.strings("a"), Tensors.strings("a")))
                .isEmpty();
    }

    @Test
    void wantsTheSameDatatypeAndShape() {
        assertThat(Comparison.difference(Tensors.longs(1), Tensors.ints(1)))
                .hasValue("expected INT64[1], got INT32[1]");
        assertThat(Comparison.difference(Tensors.longs(1), Tensors.longs(1).withShape(Shape.SCALAR)))
                .hasValue("expected INT64[1], got INT64[]");
    }

    @Test
    void comparesNarrowFloatsByTheirBitsButForNaNAndZero() {
        DataType type = DataType.FLOAT8E4M3FN;
        assertThat(Comparison.difference(Tensors.bytes(type, 0x7F, 0x00), Tensors.bytes(type, 0xFF, 0x80)))
                .isEmpty();
        assertThat(Comparison.difference(Tensors.bytes(type, 0x38), Tensors.bytes(type, 0x39)))
                .isPresent();
        assertThat(Comparison.difference(
                        Tensors.bytes(DataType.FLOAT8E5M2FNUZ, 0x00), Tensors.bytes(DataType.FLOAT8E5M2FNUZ, 0x80)))
                .isPresent();
    }
}
