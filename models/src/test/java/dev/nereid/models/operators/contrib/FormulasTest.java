package dev.nereid.models.operators.contrib;

import static dev.nereid.models.operators.Tensors.bytes;
import static dev.nereid.models.operators.Tensors.counting;
import static dev.nereid.models.operators.Tensors.floats;
import static dev.nereid.models.operators.Tensors.ints;
import static dev.nereid.models.operators.Tensors.longs;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.models.operators.Expected;
import dev.nereid.models.operators.OperatorCase;
import dev.nereid.models.operators.Tensors;
import dev.nereid.models.operators.attention.Floats;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FormulasTest {
    @Test
    void aRangeStepsByOneWhereNothingElseIsSaid() {
        OperatorCase.microsoft("Range")
                .argument(longs(2).withShape(Shape.SCALAR))
                .argument(longs(5).withShape(Shape.SCALAR))
                .gives(longs(2, 3, 4));
        OperatorCase.microsoft("Range")
                .argument(floats(new float[] {1}))
                .argument(floats(new float[] {0}))
                .argument(floats(new float[] {-0.5f}))
                .gives(floats(new float[] {1, 0.5f}));
    }

    @Test
    void padsMayBeARow() {
        OperatorCase.microsoft("Pad")
                .data(counting(1, 2))
                .argument(longs(0, 1, 0, 0).withShape(Shape.of(1, 4)))
                .argument(floats(new float[] {7}))
                .gives(floats(new float[] {7, 0, 1}, 1, 3));
        OperatorCase.microsoft("Pad")
                .with("mode", "edge")
                .data(counting(2))
                .argument(longs(0, 1))
                .gives(floats(new float[] {0, 1, 1}));
    }

    @Test
    void uniqueElementsComeInTheirFirstOrder() {
        OperatorCase.microsoft("Unique")
                .data(floats(new float[] {2, 1, 2, 3}))
                .gives(floats(new float[] {2, 1, 3}), longs(0, 1, 0, 2), longs(2, 1, 1));
    }

    @Test
    void anAxisMayBeAddedAndRowsBeLookedUp() {
        OperatorCase.microsoft("ExpandDims")
                .data(counting(2))
                .argument(ints(1).withShape(Shape.SCALAR))
                .gives(counting(2, 1));
        OperatorCase.microsoft("TorchEmbedding")
                .argument(counting(3, 2))
                .data(longs(2, 0))
                .argument(longs(-1).withShape(Shape.SCALAR))
                .gives(floats(new float[] {4, 5, 0, 1}, 2, 2));
    }

    @Test
    void bytesAreSummedAndMultipliedAsIntegers() {
        OperatorCase.microsoft("ReduceSumInteger")
                .with("axes", new long[] {1})
                .with("keepdims", 0)
                .data(bytes(DataType.UINT8, 200, 100, 1, 2).withShape(Shape.of(2, 2)))
                .gives(ints(300, 3));
        OperatorCase.microsoft("MulInteger")
                .data(bytes(DataType.UINT8, 200, 3))
                .argument(bytes(DataType.UINT8, 1).withShape(Shape.SCALAR))
                .data(bytes(DataType.UINT8, 255, 7))
                .gives(ints(199 * 255, 14));
        assertThatThrownBy(() -> OperatorCase.microsoft("ReduceSumInteger")
                        .data(bytes(DataType.UINT8, 1))
                        .tensors())
                .hasMessageContaining("'axes' is missing");
    }

    @ParameterizedTest
    @CsvSource({"FP32, 1e-5", "FP64, 1e-12", "FP16, 2e-2"})
    void anInverseTimesItsMatrixIsOne(DataType type, double tolerance) {
        // The second matrix needs its rows swapped.
        double[] x = {4, 7, 2, 6, 0, 2, 1, 3};
        double[] y = {0.6, -0.7, -0.2, 0.4, -1.5, 1, 0.5, 0};
        OperatorCase.microsoft("Inverse").data(Floats.of(type, x, 2, 2, 2)).gives(tolerance, Expected.of(y, 2, 2, 2));
        assertThatThrownBy(() -> OperatorCase.microsoft("Inverse")
                        .data(Floats.of(type, x, 2, 4))
                        .tensors())
                .hasMessageContaining("square matrices");
    }

    @Test
    void distancesAreOfEveryRowFromEveryOther() {
        Tensor a = floats(new float[] {0, 0, 1, 1}, 2, 2);
        Tensor b = floats(new float[] {3, 4, 1, 1, 0, 1}, 3, 2);
        OperatorCase.microsoft("CDist").data(a).data(b).gives(floats(new float[] {25, 2, 1, 13, 0, 1}, 2, 3));
        double[] roots = {5, Math.sqrt(2), 1, Math.sqrt(13), 0, 1};
        OperatorCase.microsoft("CDist")
                .with("metric", "euclidean")
                .data(a)
                .data(b)
                .gives(1e-6, Expected.of(roots, 2, 3));
        assertThatThrownBy(() -> OperatorCase.microsoft("CDist")
                        .with("metric", "cosine")
                        .data(a)
                        .data(b)
                        .tensors())
                .hasMessageContaining("got 'cosine'");
    }

    /** More rows than are computed at a time; counts around vectors. */
    @ParameterizedTest
    @CsvSource({"1, 1", "37, 5", "70, 64", "51, 331", "13, 2048", "5, 4097"})
    void distancesOfManyRowsAreThose(int rows, int count) {
        int size = 3;
        float[] a = new float[rows * size];
        float[] b = new float[count * size];
        for (int i = 0; i < a.length; i++) {
            a[i] = i % 11 - 5;
        }
        for (int i = 0; i < b.length; i++) {
            b[i] = i % 7 * 0.5f;
        }
        double[] squares = new double[rows * count];
        for (int i = 0; i < squares.length * size; i++) {
            int row = i / size / count;
            int other = i / size % count;
            double difference = a[row * size + i % size] - b[other * size + i % size];
            squares[i / size] += difference * difference;
        }
        double[] roots = Arrays.stream(squares).map(Math::sqrt).toArray();
        for (String metric : List.of("sqeuclidean", "euclidean")) {
            OperatorCase.microsoft("CDist")
                    .with("metric", metric)
                    .data(floats(a, rows, size))
                    .data(floats(b, count, size))
                    .gives(1e-6, Expected.of(metric.equals("euclidean") ? roots : squares, rows, count));
        }
    }

    @Test
    void hashesAreThoseOfTheReferenceImplementation() {
        // Published values of MurmurHash3_x86_32.
        OperatorCase.microsoft("MurmurHash3")
                .with("positive", 0)
                .data(Tensors.strings("", "foo", "hello", "hello, world"))
                .gives(ints(0, -156908512, 0x248bfa47, 0x149bbb7f));
        OperatorCase.microsoft("MurmurHash3")
                .data(ints(3))
                .gives(Tensor.of(DataType.UINT32, Shape.of(1), ints(847579505).segment()));
    }

    @Test
    void tokensThatWouldRepeatAreForbidden() {
        float none = Float.NEGATIVE_INFINITY;
        OperatorCase.microsoft("NGramRepeatBlock")
                .with("ngram_size", 3)
                .data(longs(1, 2, 3, 1, 2, 0, 0, 0, 0, 0).withShape(Shape.of(2, 5)))
                .data(floats(new float[] {1, 2, 3, 4, 5, 6, 7, 8}, 2, 4))
                .gives(floats(new float[] {1, 2, 3, none, none, 6, 7, 8}, 2, 4));
        assertThatThrownBy(() -> OperatorCase.microsoft("NGramRepeatBlock")
                        .with("ngram_size", 1)
                        .data(longs(9).withShape(Shape.of(1, 1)))
                        .data(floats(new float[] {1}, 1, 1))
                        .tensors())
                .hasMessageContaining("token 9");
    }

    @Test
    void productsMayHaveAnActivation() {
        OperatorCase.microsoft("FusedMatMulActivation")
                .with("activation", "Relu")
                .with("transB", 1)
                .data(floats(new float[] {1, -2}, 1, 2))
                .argument(floats(new float[] {3, 1, 1, 1}, 2, 2))
                .gives(floats(new float[] {1, 0}, 1, 2));
    }

    @Test
    void operatorsThatOnnxHadOnTrialStillRun() {
        OperatorCase.of("DynamicSlice", 1)
                .data(counting(4))
                .argument(longs(1))
                .argument(longs(3))
                .gives(floats(new float[] {1, 2}));
        OperatorCase.of("ConstantFill", 1)
                .with("value", 2f)
                .with("dtype", 7)
                .with("shape", new long[] {1, 2})
                .gives(longs(2, 2).withShape(Shape.of(1, 2)));
        OperatorCase.of("ConstantFill", 1)
                .with("value", 0.5f)
                .with("input_as_shape", 1)
                .with("extra_shape", new long[] {2})
                .argument(longs(1))
                .gives(floats(new float[] {0.5f, 0.5f}, 1, 2));
        OperatorCase.of("ConstantFill", 1).with("value", 0.5f).data(ints(4, 5)).gives(floats(new float[] {0.5f, 0.5f}));
        OperatorCase.of("GivenTensorFill", 1)
                .with("values", new float[] {1, 2})
                .with("shape", new long[] {2, 1})
                .gives(floats(new float[] {1, 2}, 2, 1));
    }

    @Test
    void theFirstMeanVarianceNormalizationIsOfImages() {
        Tensor image = floats(new float[] {1, 3, 5, 11}, 1, 2, 1, 2);
        OperatorCase.of("MeanVarianceNormalization", 1)
                .data(image)
                .gives(1e-5, Expected.of(new double[] {-1, 1, -1, 1}, 1, 2, 1, 2));
        OperatorCase.of("MeanVarianceNormalization", 1)
                .with("across_channels", 1)
                .with("normalize_variance", 0)
                .data(image)
                .gives(floats(new float[] {-4, -2, 0, 6}, 1, 2, 1, 2));
    }
}
