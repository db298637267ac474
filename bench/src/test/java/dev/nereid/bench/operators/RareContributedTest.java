package dev.nereid.bench.operators;

import dev.nereid.bench.models.Attributes;
import dev.nereid.tensor.DataType;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RareContributedTest {
    @Test
    void sampleOpGivesItsInput() {
        NodeCase.microsoft("SampleOp").input(Data.floats(1, 2, 3)).agrees(0);
    }

    @ParameterizedTest
    @CsvSource({"-1, 3, 1", "0, 2, 2", "1, 5, 3", "-2, 1, 4"})
    void tensorsUnfoldAlongAnyAxis(int axis, int size, int step) {
        Attributes attributes =
                Attributes.NONE.with("dim", axis).with("size", size).with("step", step);
        NodeCase.microsoft("UnfoldTensor")
                .with(attributes)
                .input(Data.floats(1, 3, 7, 4))
                .agrees(0);
        NodeCase.microsoft("UnfoldTensor")
                .with(attributes)
                .input(Data.of(DataType.INT64, i -> i, 3, 7, 4))
                .agrees(0);
    }

    @Test
    void axisShorterThanAWindowIsRefused() {
        NodeCase.microsoft("UnfoldTensor")
                .with(Attributes.NONE.with("dim", 1).with("size", 5))
                .input(Data.floats(1, 3, 4))
                .isRefused("UnfoldTensor", "at least 5", "4");
    }

    @ParameterizedTest
    @CsvSource({"4, 9, 1", "9, 4, 2", "1, 6, 3", "6, 1, 4", "1, 1, 5", "12, 12, 6"})
    void costsAreWarped(int rows, int columns, int seed) {
        NodeCase.microsoft("DynamicTimeWarping")
                .input(Data.floats(seed, rows, columns))
                .agrees(0);
        NodeCase.microsoft("DynamicTimeWarping")
                .input(Data.floats(seed, 1, rows, columns))
                .agrees(0);
    }

    @Test
    void equalCostsGoByColumns() {
        NodeCase.microsoft("DynamicTimeWarping")
                .input(Data.of(DataType.FP32, _ -> 1, 4, 6))
                .agrees(0);
    }

    @Test
    void severalMatricesAreNotWarped() {
        NodeCase.microsoft("DynamicTimeWarping")
                .input(Data.floats(1, 2, 3, 4))
                .isRefused("DynamicTimeWarping", "[1, rows, columns]", "2");
    }

    private static NodeCase detector(long[] source, long[] current, long place, int shortest, int longest) {
        return NodeCase.microsoft("BifurcationDetector")
                .with(Attributes.NONE.with("min_ngram_size", shortest).with("max_ngram_size", longest))
                .input(Data.longs(source, source.length))
                .input(Data.longs(current, current.length))
                .input(Data.longs(new long[] {place}))
                .outputs(2);
    }

    @Test
    void predictionIsTakenUpToWhereItLeavesTheSource() {
        long[] source = {7, 8, 9, 7, 6, 5, 8};
        detector(source, new long[] {1, 8}, 2, 1, 3)
                .input(Data.longs(new long[] {9, 7, 6, 4, 8, 2}, 6))
                .agrees(0);
        detector(source, new long[] {1, 2}, 3, 1, 3)
                .input(Data.longs(new long[] {7, 6, 5, 8, 9}, 5))
                .agrees(0);
        detector(source, new long[] {}, 7, 1, 1)
                .input(Data.longs(new long[] {6}, 1))
                .agrees(0);
    }

    @Test
    void suffixIsFoundOnceOrNotAtAll() {
        long[] source = {7, 8, 9, 7, 6, 5, 8};
        for (long[] current : List.of(
                new long[] {6}, new long[] {7}, new long[] {8}, new long[] {4}, new long[] {9, 7}, new long[] {5, 8})) {
            detector(source, current, 0, 1, 3).agrees(0);
            detector(source, current, 0, 2, 2).agrees(0);
        }
    }

    @Test
    void predictionOfAnotherLengthIsRefused() {
        detector(new long[] {1, 2, 3}, new long[] {1}, 1, 1, 2)
                .input(Data.longs(new long[] {2, 3}, 2))
                .isRefused("BifurcationDetector", "expected 3", "got 2");
        detector(new long[] {1, 2, 3}, new long[] {1}, 4, 1, 2)
                .input(Data.longs(new long[] {}, 0))
                .isRefused("BifurcationDetector", "a source of 3", "got 4");
        detector(new long[] {1, 2, 3}, new long[] {1}, -1, 1, 2)
                .input(Data.longs(new long[] {1, 2, 3, 4, 5}, 5))
                .isRefused("BifurcationDetector", "got -1");
    }

    @ParameterizedTest
    @CsvSource({"2, 1, 1", "2, 3, 2", "1, 1, 3"})
    void masksEndTheRowsOfAWindow(int items, int channels, int seed) {
        NodeCase.microsoft("MaxpoolWithMask")
                .with(Attributes.NONE
                        .with("kernel_shape", 3L, 2L)
                        .with("strides", 2L, 1L)
                        .with("pads", 1L, 0L, 1L, 1L))
                .input(Data.floats(seed, 2, 3, 5, 7))
                .input(Data.of(DataType.INT32, i -> (i * 7 + seed) % 5 == 0 ? 0 : 1, items, channels, 5, 7))
                .agrees(0);
        NodeCase.microsoft("MaxpoolWithMask")
                .with(Attributes.NONE.with("kernel_shape", new long[] {3}).with("pads", 1L, 1L))
                .input(Data.floats(seed, 2, 3, 9))
                .input(Data.of(DataType.INT32, i -> (i * 7 + seed) % 3 == 0 ? 0 : 1, items, channels, 9))
                .agrees(0);
        NodeCase.microsoft("MaxpoolWithMask")
                .with(Attributes.NONE.with("kernel_shape", 2L, 2L, 2L))
                .input(Data.floats(seed, 1, 2, 3, 4, 5))
                .input(Data.of(DataType.INT32, i -> i % 4 == 1 ? 0 : 1, items, channels, 3, 4, 5))
                .agrees(0);
    }

    @Test
    void maskOfOtherCellsIsRefused() {
        NodeCase.microsoft("MaxpoolWithMask")
                .with(Attributes.NONE.with("kernel_shape", 2L, 2L))
                .input(Data.floats(1, 1, 1, 4, 4))
                .input(Data.of(DataType.INT32, _ -> 1, 1, 1, 4, 3))
                .isRefused("MaxpoolWithMask", "[1,1,4,4]", "[1,1,4,3]");
    }

    private static NodeCase words(int... characters) {
        return NodeCase.microsoft("WordConvEmbedding")
                .input(Data.ints(characters, characters.length / 5, 5))
                .input(Data.floats(1, 4, 1, 3, 6))
                .input(Data.floats(2, 4))
                .input(Data.floats(3, 9, 6))
                .constants(3);
    }

    @Test
    void wordsAreEmbedded() {
        words(1, 2, 3, 4, 5, 8, 7, 0, 0, 0, 3, 0, 0, 0, 0, 2, 2, 2, 2, 0).agrees(1e-5);
    }

    @Test
    void charactersOutsideTheTableAreRefused() {
        words(1, 2, 3, 4, 9).isRefusedByUs("WordConvEmbedding", "below 9", "got 9");
        words(1, -2, 3, 4, 1).isRefusedByUs("WordConvEmbedding", "below 9", "got -2");
    }

    @Test
    void filtersWiderThanWordsAreRefused() {
        NodeCase.microsoft("WordConvEmbedding")
                .input(Data.ints(new int[] {1, 2}, 1, 2))
                .input(Data.floats(1, 4, 1, 3, 6))
                .input(Data.floats(2, 4))
                .input(Data.floats(3, 9, 6))
                .isRefusedByUs("WordConvEmbedding", "no wider", "[1,2]");
    }

    private static NodeCase transposed(long... pads) {
        return NodeCase.microsoft("ConvTransposeWithDynamicPads")
                .with(Attributes.NONE.with("strides", 2L, 1L).with("output_padding", 1L, 0L))
                .input(Data.floats(1, 2, 3, 5, 4))
                .input(Data.floats(2, 3, 4, 3, 2))
                .input(Data.longs(pads, pads.length));
    }

    @Test
    void padsOfTransposedConvolutionsMayBeAnInput() {
        transposed(0, 0, 0, 0).agrees(1e-5);
        transposed(1, 0, 2, 1).input(Data.floats(3, 4)).agrees(1e-5);
        transposed(1, 0, 2, 1).constants(1).agrees(1e-5);
    }

    @Test
    void padsOfOtherAxesAreRefused() {
        transposed(1, 1, 1).isRefusedByUs("ConvTransposeWithDynamicPads", "expected 4", "[1, 1, 1]");
        transposed(Long.MIN_VALUE, 1, 1, 1).isRefusedByUs("ConvTransposeWithDynamicPads", "expected 4 numbers");
    }
}
