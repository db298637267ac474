package dev.nereid.models.operators.ml;

import static dev.nereid.models.operators.Tensors.floats;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.nereid.models.operators.Expected;
import dev.nereid.models.operators.OperatorCase;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Support vector machines and linear models, against numbers of ONNX Runtime 1.23. */
class VectorMachinesTest {
    private static final float[] ROWS = {1, 2, -0.5f, 0.25f, 0, -1.5f};
    private static final float[] VECTORS = {1, 0, 0.5f, 1, -1, 0.5f, 0, -1, -1, -1};

    private static OperatorCase machine(String operator, String kernel) {
        return OperatorCase.of("ai.onnx.ml", operator, 1)
                .with("kernel_type", kernel)
                .with("kernel_params", new float[] {0.5f, 0.25f, 3})
                .with("support_vectors", VECTORS)
                .data(floats(ROWS, 3, 2));
    }

    private static OperatorCase classifier(String kernel) {
        return machine("SVMClassifier", kernel)
                .with("vectors_per_class", new long[] {2, 1, 2})
                .with("coefficients", new float[] {1, 0.5f, -0.75f, -0.25f, -0.5f, 0.25f, 0.75f, 0.5f, -0.5f, -1})
                .with("rho", new float[] {0.1f, -0.2f, 0.3f})
                .with("classlabels_strings", List.of("a", "b", "c"))
                .outputs(2);
    }

    private static void check(List<String> outputs, String labels, double... scores) {
        assertThat(outputs.getFirst()).isEqualTo("STRING[3] [" + labels + "]");
        assertThat(numbers(outputs.get(1))).containsExactly(scores, within(2e-6));
    }

    private static double[] numbers(String text) {
        String list = text.substring(text.indexOf(" [") + 2, text.length() - 1);
        return Arrays.stream(list.split(", ")).mapToDouble(Double::parseDouble).toArray();
    }

    @Test
    void comparesEachPairOfClasses() {
        check(
                classifier("RBF").run(),
                "'a', 'a', 'c'",
                0.4700133,
                0.2328437,
                0.3170961,
                0.0020716,
                -0.0809864,
                0.1216179,
                0.254735,
                -0.6099464,
                -0.6354674);
        check(
                classifier("POLY").run(),
                "'a', 'b', 'c'",
                2.1976562,
                3.51875,
                2.471875,
                -0.0256714,
                -0.2151367,
                0.3352783,
                0.0545898,
                -1.0398438,
                -1.2009766);
        check(
                classifier("SIGMOID").run(),
                "'a', 'b', 'c'",
                1.0040342,
                1.2205775,
                1.5883175,
                -0.1599132,
                -0.226578,
                0.1343811,
                0.2071248,
                -1.0565538,
                -0.9045678);
        check(
                classifier("LINEAR").run(),
                "'a', 'b', 'c'",
                2.35,
                3.925,
                4.3,
                -0.86875,
                -0.3875,
                0.4875,
                -0.0875,
                -2.45,
                -2.325);
    }

    @Test
    void couplesTheProbabilitiesOfPairs() {
        check(
                classifier("RBF")
                        .with("prob_a", new float[] {-1.5f, -2, -0.5f})
                        .with("prob_b", new float[] {0.1f, -0.1f, 0.2f})
                        .run(),
                "'a', 'a', 'c'",
                0.4720369,
                0.2591138,
                0.2688494,
                0.3157991,
                0.3279504,
                0.3562505,
                0.2197843,
                0.2535135,
                0.5267023);
    }

    @ParameterizedTest
    @CsvSource({
        "RBF, 0.4925771, -0.2759557, -0.2085199",
        "POLY, 3.3046875, -0.0275269, -0.6704102",
        "SIGMOID, 1.6119633, -0.3451802, -0.3390708",
        "LINEAR, 4.375, -0.90625, -1.1875"
    })
    void addsUpWeightedSupportVectors(String kernel, double first, double second, double third) {
        OperatorCase test = machine("SVMRegressor", kernel)
                .with("n_supports", 5)
                .with("coefficients", new float[] {1, 0.5f, -0.75f, -0.25f, -0.5f})
                .with("rho", new float[] {0.125f});
        assertThat(numbers(test.run().getFirst())).containsExactly(new double[] {first, second, third}, within(2e-6));
        assertThat(numbers(test.with("one_class", 1).run().getFirst())).containsExactly(1, -1, -1);
    }

    @Test
    void refusesListsOfWrongLength() {
        assertThatThrownBy(() -> classifier("RBF").with("rho", new float[] {1}).run())
                .hasMessageContaining("'rho': expected 3 numbers, got 1");
        assertThatThrownBy(() -> classifier("COSINE").run()).hasMessageContaining("'kernel_type'");
    }

    @ParameterizedTest
    @CsvSource({
        "NONE, 1, 2.5, -3, 0, -1, 1.5",
        "SOFTMAX, 0.181818, 0.8148518, 0.0033301, 0.1709528, 0.06289, 0.7661572",
        "LOGISTIC, 0.7310586, 0.9241418, 0.0474259, 0.5, 0.2689414, 0.8175744",
        "SOFTMAX_ZERO, 0.181818, 0.8148518, 0.0033301, 0, 0.0758582, 0.9241418"
    })
    void transformsLinearScores(String transform, double a, double b, double c, double a2, double b2, double c2) {
        List<String> outputs = OperatorCase.of("ai.onnx.ml", "LinearClassifier", 1)
                .with("coefficients", new float[] {1, 0, 0, 1, -1, -1})
                .with("intercepts", new float[] {0, 0.5f, 0})
                .with("classlabels_ints", new long[] {4, 5, 6})
                .with("post_transform", transform)
                .data(floats(new float[] {1, 2, 0, -1.5f}, 2, 2))
                .outputs(2)
                .run();
        assertThat(outputs.getFirst()).isEqualTo("INT64[2] [5, 6]");
        assertThat(numbers(outputs.get(1))).containsExactly(new double[] {a, b, c, a2, b2, c2}, within(2e-6));
    }

    @Test
    void oneLinearFunctionDecidesBetweenTwoClasses() {
        OperatorCase.of("ai.onnx.ml", "LinearClassifier", 1)
                .with("coefficients", new float[] {2})
                .with("intercepts", new float[] {-0.5f})
                .with("classlabels_ints", new long[] {4, 5})
                .data(floats(new float[] {0.5f, 0.125f}, 2, 1))
                .gives(
                        dev.nereid.models.operators.Tensors.longs(5, 4),
                        floats(new float[] {0.5f, 0.5f, 1.25f, -0.25f}, 2, 2));
    }

    @Test
    void oneLogisticFunctionGivesTheProbabilitiesOfBothClasses() {
        OperatorCase.of("ai.onnx.ml", "LinearClassifier", 1)
                .with("coefficients", new float[] {2})
                .with("intercepts", new float[] {-0.5f})
                .with("classlabels_ints", new long[] {4, 5})
                .with("post_transform", "LOGISTIC")
                .data(floats(new float[] {0.5f, 0.25f}, 2, 1))
                .without(0)
                .gives(1e-6, Expected.of(new double[] {0.37754067, 0.62245933, 0.5, 0.5}, 2, 2));
    }

    @Test
    void aLogisticMachineForTwoClassesGivesTheProbabilitiesOfBoth() {
        OperatorCase.of("ai.onnx.ml", "SVMClassifier", 1)
                .with("kernel_type", "LINEAR")
                .with("kernel_params", new float[] {1, 0, 1})
                .with("support_vectors", new float[] {1, 2})
                .with("vectors_per_class", new long[] {1, 1})
                .with("coefficients", new float[] {1, -1})
                .with("rho", new float[] {0})
                .with("classlabels_ints", new long[] {4, 5})
                .with("post_transform", "LOGISTIC")
                .data(floats(new float[] {1}, 1, 1))
                .without(0)
                .gives(1e-6, Expected.of(new double[] {0.7310586, 0.26894143}, 1, 2));
    }

    @Test
    void givesTheQuantilesOfProbabilities() {
        double[] scores = numbers(OperatorCase.of("ai.onnx.ml", "LinearRegressor", 1)
                .with("coefficients", new float[] {1})
                .with("post_transform", "PROBIT")
                .data(floats(new float[] {0.25f, 0.5f, 0.9f}, 3, 1))
                .run()
                .getFirst());
        // The quantiles of the normal distribution; the approximation is good to three digits.
        assertThat(scores).containsExactly(new double[] {-0.67449, 0, 1.28155}, within(1e-3));
    }

    /** A batch by all kernels, more support vectors than a vector has lanes, against sums in doubles. */
    @ParameterizedTest
    @CsvSource({"RBF, 3", "LINEAR, 3", "SIGMOID, 3", "POLY, 1", "POLY, 2", "POLY, 3", "POLY, 2.5"})
    void comparesBatchesWithManyVectors(String kernel, float degree) {
        int rows = 19;
        int count = 83;
        int features = 5;
        float[] x = numbers(1, rows * features);
        float[] vectors = numbers(2, count * features);
        float[] coefficients = numbers(3, count);
        double[] expected = new double[rows];
        for (int row = 0; row < rows; row++) {
            double sum = 0.125;
            for (int j = 0; j < count; j++) {
                sum += coefficients[j] * kernel(kernel, degree, x, row * features, vectors, j * features, features);
            }
            expected[row] = sum;
        }
        OperatorCase.of("ai.onnx.ml", "SVMRegressor", 1)
                .with("kernel_type", kernel)
                .with("kernel_params", new float[] {0.25f, 2, degree})
                .with("n_supports", count)
                .with("support_vectors", vectors)
                .with("coefficients", coefficients)
                .with("rho", new float[] {0.125f})
                .data(floats(x, rows, features))
                .gives(1e-5, Expected.of(expected, rows, 1));
    }

    @Test
    void classifiesBatchesByManyVectors() {
        int rows = 33;
        int features = 5;
        int count = 70;
        int[] ends = {31, 48, 70};
        float[] x = numbers(1, rows * features);
        float[] vectors = numbers(2, count * features);
        float[] coefficients = numbers(3, 2 * count);
        float[] rho = {0.1f, -0.2f, 0.3f};
        double[] expected = new double[rows * 3];
        for (int row = 0; row < rows; row++) {
            double[][] sums = new double[3][2];
            for (int j = 0; j < count; j++) {
                int own = j < ends[0] ? 0 : j < ends[1] ? 1 : 2;
                double near = kernel("RBF", 3, x, row * features, vectors, j * features, features);
                sums[own][0] += coefficients[j] * near;
                sums[own][1] += coefficients[count + j] * near;
            }
            expected[3 * row] = sums[0][0] + sums[1][0] + rho[0];
            expected[3 * row + 1] = sums[0][1] + sums[2][0] + rho[1];
            expected[3 * row + 2] = sums[1][1] + sums[2][1] + rho[2];
        }
        OperatorCase.of("ai.onnx.ml", "SVMClassifier", 1)
                .with("kernel_type", "RBF")
                .with("kernel_params", new float[] {0.25f, 0, 3})
                .with("support_vectors", vectors)
                .with("vectors_per_class", new long[] {31, 17, 22})
                .with("coefficients", coefficients)
                .with("rho", rho)
                .with("classlabels_ints", new long[] {4, 5, 6})
                .data(floats(x, rows, features))
                .without(0)
                .gives(1e-5, Expected.of(expected, rows, 3));
    }

    private static double kernel(
            String kernel, float degree, float[] x, int row, float[] vectors, int vector, int features) {
        double product = 0;
        double distance = 0;
        for (int k = 0; k < features; k++) {
            product += (double) x[row + k] * vectors[vector + k];
            distance += Math.pow((double) x[row + k] - vectors[vector + k], 2);
        }
        return switch (kernel) {
            case "RBF" -> Math.exp(-0.25 * distance);
            case "SIGMOID" -> Math.tanh(0.25 * product + 2);
            case "POLY" -> Math.pow(0.25 * product + 2, degree);
            default -> product;
        };
    }

    private static float[] numbers(long seed, int count) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextDouble(-1, 1);
        }
        return values;
    }

    @ParameterizedTest
    @CsvSource({"NONE, 1", "NONE, 7", "SOFTMAX, 1", "SOFTMAX, 40", "LOGISTIC, 1", "LOGISTIC, 40"})
    void transformsTheScoresOfBatches(String transform, int rows) {
        int features = 5;
        int classes = 3;
        float[] x = numbers(4, rows * features);
        float[] coefficients = numbers(5, classes * features);
        float[] intercepts = {0.5f, -0.25f, 0.125f};
        double[] expected = new double[rows * classes];
        for (int row = 0; row < rows; row++) {
            double sum = 0;
            for (int i = 0; i < classes; i++) {
                double score = intercepts[i];
                for (int k = 0; k < features; k++) {
                    score += (double) x[row * features + k] * coefficients[i * features + k];
                }
                sum += Math.exp(score);
                expected[row * classes + i] = score;
            }
            for (int i = 0; i < classes; i++) {
                double score = expected[row * classes + i];
                expected[row * classes + i] = switch (transform) {
                    case "SOFTMAX" -> Math.exp(score) / sum;
                    case "LOGISTIC" -> 1 / (1 + Math.exp(-score));
                    default -> score;
                };
            }
        }
        OperatorCase linear = OperatorCase.of("ai.onnx.ml", "LinearClassifier", 1)
                .with("coefficients", coefficients)
                .with("intercepts", intercepts)
                .with("classlabels_ints", new long[] {4, 5, 6})
                .with("post_transform", transform)
                .data(floats(x, rows, features));
        linear.without(0).gives(1e-6, Expected.of(expected, rows, classes));
        OperatorCase.of("ai.onnx.ml", "LinearRegressor", 1)
                .with("coefficients", coefficients)
                .with("intercepts", intercepts)
                .with("targets", classes)
                .with("post_transform", transform)
                .data(floats(x, rows, features))
                .gives(1e-6, Expected.of(expected, rows, classes));
    }
}
