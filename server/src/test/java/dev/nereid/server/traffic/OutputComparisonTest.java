package dev.nereid.server.traffic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.traffic.OutputComparison.Difference;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OutputComparisonTest {
    private static OutputTensor floats(String name, long[] dims, float... values) {
        MemorySegment segment = Arena.ofAuto().allocate(4L * values.length, 8);
        for (int i = 0; i < values.length; i++) {
            segment.setAtIndex(ValueLayout.JAVA_FLOAT, i, values[i]);
        }
        return new OutputTensor(name, Tensor.of(DataType.FP32, Shape.of(dims), segment));
    }

    private static OutputTensor longs(DataType type, long... values) {
        MemorySegment segment = Arena.ofAuto().allocate(8L * values.length, 8);
        for (int i = 0; i < values.length; i++) {
            segment.setAtIndex(ValueLayout.JAVA_LONG, i, values[i]);
        }
        return new OutputTensor("N", Tensor.of(type, Shape.of(values.length), segment));
    }

    private static InferResponse response(OutputTensor... outputs) {
        return new InferResponse("m", "1", "", Map.of(), List.of(outputs), () -> {});
    }

    private static final OutputComparison ALL = new OutputComparison(Map.of(), Set.of());

    @Test
    void numbersAreComparedWithinTheirTolerance() {
        OutputComparison some = new OutputComparison(Map.of("P", new Tolerance(0.01, 0.1)), Set.of());
        InferResponse expected =
                response(floats("P", new long[] {3}, 1, 10, Float.NaN), floats("Q", new long[] {1}, 1));

        assertThat(some.compare(
                        expected,
                        response(floats("P", new long[] {3}, 1.1f, 11, Float.NaN), floats("Q", new long[] {1}, 9))))
                .as("Q is not compared")
                .isEmpty();
        assertThat(some.compare(expected, response(floats("P", new long[] {3}, 1, 11.1f, Float.NaN))))
                .contains(new Difference("P", 1, "10.0", "11.100000381469727"));
        assertThat(some.compare(expected, response(floats("P", new long[] {3}, 1, 10, 5))))
                .contains(new Difference("P", 2, "NaN", "5.0"));
    }

    @Test
    void byArgmaxOnlyThePlaceOfTheLargestOfEachRowCounts() {
        OutputComparison argmax = new OutputComparison(Map.of(), Set.of("P"));
        InferResponse expected = response(floats("P", new long[] {2, 3}, 1, 5, 2, 9, 0, 0));

        assertThat(argmax.compare(expected, response(floats("P", new long[] {2, 3}, 0, 1, 0, 3, 2, 1))))
                .isEmpty();
        assertThat(argmax.compare(expected, response(floats("P", new long[] {2, 3}, 1, 5, 2, 0, 9, 0))))
                .contains(new Difference("P", 1, "0", "1"));
    }

    @Test
    void otherShapesAndMissingOutputsDiffer() {
        InferResponse expected = response(floats("P", new long[] {2}, 1, 2));

        assertThat(ALL.compare(expected, response(floats("P", new long[] {2, 1}, 1, 2))))
                .isPresent();
        assertThat(ALL.compare(expected, response(floats("R", new long[] {2}, 1, 2))))
                .contains(new Difference("P", 0, "an output", "none"));
        assertThat(ALL.compare(expected, response(floats("P", new long[] {2}, 1, 2))))
                .isEmpty();
    }

    @Test
    void largeWholeNumbersAreTakenAsTheyAre() {
        long large = (1L << 53) + 1;
        OutputComparison exact = new OutputComparison(Map.of("N", new Tolerance(0, 0)), Set.of());

        assertThat(exact.compare(response(longs(DataType.INT64, large)), response(longs(DataType.INT64, large))))
                .isEmpty();
        assertThat(exact.compare(response(longs(DataType.UINT64, -1)), response(longs(DataType.UINT64, 1))))
                .isPresent();
    }

    @Test
    void wholeNumbersAreExactUnlessAToleranceIsSet() {
        long large = 1L << 53;
        OutputComparison within = new OutputComparison(Map.of("N", new Tolerance(1, 0)), Set.of());

        assertThat(ALL.compare(response(longs(DataType.INT64, 1_000_000)), response(longs(DataType.INT64, 1_000_001))))
                .contains(new Difference("N", 0, "1000000", "1000001"));
        assertThat(ALL.compare(response(longs(DataType.INT64, large)), response(longs(DataType.INT64, large + 1))))
                .isPresent();
        assertThat(within.compare(response(longs(DataType.INT64, large)), response(longs(DataType.INT64, large + 1))))
                .isEmpty();
        assertThat(within.compare(response(longs(DataType.INT64, large)), response(longs(DataType.INT64, large + 2))))
                .isPresent();
        assertThat(within.compare(
                        response(longs(DataType.INT64, Long.MAX_VALUE)),
                        response(longs(DataType.INT64, Long.MIN_VALUE))))
                .isPresent();
        assertThat(within.compare(response(longs(DataType.UINT64, -1)), response(longs(DataType.UINT64, -2))))
                .isEmpty();
    }

    @Test
    void infinitiesAgreeWithThemselvesAlone() {
        float infinity = Float.POSITIVE_INFINITY;

        assertThat(ALL.compare(floats(infinity, -infinity), floats(infinity, -infinity)))
                .isEmpty();
        assertThat(ALL.compare(floats(infinity), floats(1))).contains(new Difference("P", 0, "Infinity", "1.0"));
        assertThat(ALL.compare(floats(1), floats(infinity))).isPresent();
        assertThat(ALL.compare(floats(infinity), floats(-infinity))).isPresent();
    }

    private static InferResponse floats(float... values) {
        return response(floats("P", new long[] {values.length}, values));
    }

    @Test
    void textsAreComparedExactly() {
        InferResponse expected = response(new OutputTensor("T", Tensor.ofStrings(Shape.of(1), bytes("yes"))));

        assertThat(ALL.compare(expected, response(new OutputTensor("T", Tensor.ofStrings(Shape.of(1), bytes("yes"))))))
                .isEmpty();
        assertThat(ALL.compare(expected, response(new OutputTensor("T", Tensor.ofStrings(Shape.of(1), bytes("no"))))))
                .contains(new Difference("T", 0, "yes", "no"));
    }

    private static byte[][] bytes(String text) {
        return new byte[][] {text.getBytes(StandardCharsets.UTF_8)};
    }
}
