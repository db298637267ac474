package dev.nereid.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.engine.EngineException.Code;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class RowValuesTest {
    @Test
    void listsWithinListsAreATensor() {
        RowTensor tensor = RowValues.tensor(DataType.FP32, List.of(List.of(1, 2.5, 3L), List.of(4f, "NaN", 6)));

        assertThat(tensor.shape()).isEqualTo(Shape.of(2, 3));
        assertThat(tensor.floats()).containsExactly(1, 2.5f, 3, 4, Float.NaN, 6);
        assertThat(RowValues.tensor(DataType.INT64, 7).shape()).isEqualTo(Shape.SCALAR);
        assertThat(RowValues.tensor(DataType.STRING, List.of()).shape()).isEqualTo(Shape.of(0));
    }

    /** Of the first lists alone the tensor would have 10^13 elements. */
    @Test
    void raggedListsAreRefusedBeforeTheirMemoryIsTaken() {
        List<Object> ragged = new ArrayList<>(Collections.nCopies(3_000_000, List.of()));
        ragged.set(0, Collections.nCopies(3_000_000, 1));

        refused(
                DataType.FP32,
                ragged,
                "expected lists of equal lengths, as the first ones have with shape [3000000,3000000],"
                        + " got a list of 0 at depth 1");
    }

    @Test
    void whatDoesNotSuitIsNamed() {
        refused(DataType.FP32, "x", "expected a number, got \"x\"");
        refused(DataType.FP32, Arrays.asList(1, null), "the value is null");
        refused(DataType.STRING, 1, "expected a string, got 1");
        refused(DataType.INT8, 128, "expected an integer from -128 to 127, got 128");
        refused(DataType.INT64, BigInteger.ONE.shiftLeft(63), "got 9223372036854775808");
        refused(DataType.UINT64, -1, "expected an integer from 0 to 18446744073709551615, got -1");
        refused(DataType.FP32, List.of(1, List.of(2)), "got a list of 1 at depth 1");
    }

    @Test
    void halvesAreRoundedOnce() {
        // A float would be the middle between two halves, which goes to the even one below.
        double aboveTheMiddle = 1 + 0x1p-11 + 0x1p-40;
        assertThat(RowValues.tensor(DataType.FP16, aboveTheMiddle).buffer().getShort())
                .isEqualTo(Float.floatToFloat16(1 + 0x1p-10f));
        assertThat(RowValues.tensor(DataType.BF16, 1 + 0x1p-8 + 0x1p-40)
                        .buffer()
                        .getShort())
                .isEqualTo((short) 0x3f81);
    }

    private static void refused(DataType type, Object value, String part) {
        assertThatThrownBy(() -> RowValues.tensor(type, value))
                .isInstanceOfSatisfying(
                        EngineException.class, e -> assertThat(e.code()).isEqualTo(Code.INVALID_ARGUMENT))
                .hasMessageContaining(part);
    }
}
