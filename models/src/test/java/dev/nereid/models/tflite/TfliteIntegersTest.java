package dev.nereid.models.tflite;

import static dev.nereid.models.tflite.FlatParts.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.models.ModelFormatException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Operators of quantised tensors against the same arithmetic written plainly. */
class TfliteIntegersTest {
    private static int input(int place) {
        return (place * 37 + 11) % 256 - 128;
    }

    static byte[] fullyConnected() {
        TfliteModels model = new TfliteModels();
        int x = model.quantized(0.05f, 3, 2, 4);
        int weight = model.weights(new int[] {3, 4}, new float[] {0.02f}, weights(12));
        int y = model.quantized(0.13f, -7, 2, 3);
        return model.operator("FULLY_CONNECTED", table(), y, x, weight, model.biases(100, -200, 300))
                .file(y, x);
    }

    private static byte[] weights(int count) {
        byte[] weights = new byte[count];
        for (int i = 0; i < count; i++) {
            weights[i] = (byte) ((i * 53 + 5) % 255 - 127);
        }
        return weights;
    }

    @Test
    void aFullyConnectedLayerRoundsItsSumsOnce() {
        byte[] weights = weights(12);
        int[] biases = {100, -200, 300};
        double[] expected = new double[6];
        for (int row = 0; row < 2; row++) {
            for (int unit = 0; unit < 3; unit++) {
                long sum = biases[unit];
                for (int i = 0; i < 4; i++) {
                    sum += (long) (input(4 * row + i) - 3) * weights[4 * unit + i];
                }
                expected[3 * row + unit] = bytes(up(sum * (double) (0.05f * 0.02f) / 0.13f) - 7);
            }
        }
        assertThat(TfliteModels.run(fullyConnected(), TfliteIntegersTest::input))
                .containsExactly(expected);
    }

    static byte[] convolution() {
        TfliteModels model = new TfliteModels();
        int x = model.quantized(0.05f, -5, 1, 3, 3, 2);
        int weight = model.weights(new int[] {2, 1, 1, 2}, new float[] {0.02f, 0.031f}, weights(4));
        int y = model.quantized(0.09f, -128, 1, 2, 2, 2);
        return model.operator(
                        "CONV_2D",
                        table().with(0, (byte) 0).with(1, 2).with(2, 2).with(3, (byte) 1),
                        y,
                        x,
                        weight,
                        model.biases(7, -9))
                .file(y, x);
    }

    @Test
    void aConvolutionHasAFactorAChannel() {
        byte[] weights = weights(4);
        float[] scales = {0.02f, 0.031f};
        int[] biases = {7, -9};
        double[] expected = new double[8];
        for (int i = 0; i < 8; i++) {
            int place = 2 * (6 * (i / 4) + 2 * (i / 2 % 2));
            int channel = i % 2;
            long sum = biases[channel]
                    + (long) (input(place) + 5) * weights[2 * channel]
                    + (long) (input(place + 1) + 5) * weights[2 * channel + 1];
            expected[i] = bytes(up(sum * ((double) 0.05f * scales[channel] / 0.09f)) - 128);
        }
        assertThat(TfliteModels.run(convolution(), TfliteIntegersTest::input)).containsExactly(expected);
    }

    static byte[] two(String operator) {
        TfliteModels model = new TfliteModels();
        int x = model.quantized(0.05f, 3, 1, 1, 1, 1, 1, 16, 16);
        int other = model.quantized(0.031f, -20, 1, 1, 1, 1, 1, 16, 16);
        int y = model.quantized(0.07f, 9, 1, 1, 1, 1, 1, 16, 16);
        return model.operator(operator, table(), y, x, other).file(y, x, other);
    }

    /** They are rounded twice, so that they may be the integer beside the nearest one; what they are is recorded. */
    @Test
    void sumsDifferencesAndProductsAreNearTheExactOnes() {
        double[] sum = TfliteModels.run(two("ADD"), place -> place - 128, TfliteIntegersTest::input);
        double[] difference = TfliteModels.run(two("SUB"), place -> place - 128, TfliteIntegersTest::input);
        double[] product = TfliteModels.run(two("MUL"), place -> place - 128, TfliteIntegersTest::input);
        for (int i = 0; i < 256; i++) {
            double x = (double) 0.05f * (i - 128 - 3);
            double other = (double) 0.031f * (input(i) + 20);
            assertThat(sum[i]).isCloseTo(bytes(nearest((x + other) / 0.07f) + 9), offset(1));
            assertThat(difference[i]).isCloseTo(bytes(nearest((x - other) / 0.07f) + 9), offset(1));
            assertThat(product[i]).isCloseTo(bytes(nearest(x * other / 0.07f) + 9), offset(1));
        }
    }

    static byte[] one(String operator, FlatParts.Table options, float scale, int zeroPoint) {
        TfliteModels model = new TfliteModels();
        int x = model.quantized(0.05f, 3, 1, 1, 1, 1, 1, 1, 256);
        int y = model.quantized(scale, zeroPoint, 1, 1, 1, 1, 1, 1, 256);
        return model.operator(operator, options, y, x).file(y, x);
    }

    @Test
    void functionsAreTablesOfTheNearestIntegers() {
        double[] logistic = TfliteModels.run(one("LOGISTIC", table(), 1 / 256f, -128), place -> place - 128);
        double[] tanh = TfliteModels.run(one("TANH", table(), 1 / 128f, 0), place -> place - 128);
        double[] leaky = TfliteModels.run(one("LEAKY_RELU", table().with(0, 0.1f), 0.06f, 1), place -> place - 128);
        double[] again = TfliteModels.run(one("QUANTIZE", table(), 0.04f, -3), place -> place - 128);
        for (int i = 0; i < 256; i++) {
            float x = 0.05f * (i - 131);
            assertThat(logistic[i]).isEqualTo(bytes(nearest(256 / (1 + Math.exp(-x))) - 128));
            assertThat(tanh[i]).isEqualTo(bytes(nearest(128 * Math.tanh(x))));
            assertThat(leaky[i]).isCloseTo(bytes(nearest((x < 0 ? 0.1 * x : x) / 0.06) + 1), offset(1));
            assertThat(again[i]).isCloseTo(bytes(nearest(x / 0.04) - 3), offset(1));
        }
    }

    private static org.assertj.core.data.Offset<Double> offset(double most) {
        return org.assertj.core.data.Offset.offset(most);
    }

    static byte[] averages() {
        TfliteModels model = new TfliteModels();
        int x = model.quantized(0.05f, 3, 1, 9, 9, 3);
        int y = model.quantized(0.05f, 3, 1, 5, 5, 3);
        return model.operator(
                        "AVERAGE_POOL_2D",
                        table().with(0, (byte) 0)
                                .with(1, 2)
                                .with(2, 2)
                                .with(3, 3)
                                .with(4, 2),
                        y,
                        x)
                .file(y, x);
    }

    static byte[] greatest() {
        TfliteModels model = new TfliteModels();
        int x = model.quantized(0.05f, 3, 1, 9, 9, 3);
        int y = model.quantized(0.05f, 3, 1, 5, 5, 3);
        return model.operator(
                        "MAX_POOL_2D",
                        table().with(0, (byte) 0)
                                .with(1, 2)
                                .with(2, 2)
                                .with(3, 3)
                                .with(4, 2)
                                .with(5, (byte) 3),
                        y,
                        x)
                .file(y, x);
    }

    static byte[] depthwise() {
        TfliteModels model = new TfliteModels();
        int x = model.quantized(0.05f, -5, 1, 7, 7, 2);
        int weight = model.weights(new int[] {1, 3, 3, 4}, new float[] {0.02f, 0.031f, 0.007f, 0.01f}, 3, weights(36));
        int y = model.quantized(0.2f, -20, 1, 4, 4, 4);
        return model.operator(
                        "DEPTHWISE_CONV_2D",
                        table().with(0, (byte) 0).with(1, 2).with(2, 2).with(3, 2),
                        y,
                        x,
                        weight,
                        model.biases(7, -9, 0, 11))
                .file(y, x);
    }

    static byte[] mean() {
        TfliteModels model = new TfliteModels();
        int x = model.quantized(0.05f, 3, 1, 7, 7, 20);
        int y = model.quantized(0.021f, -9, 1, 1, 1, 20);
        return model.operator("MEAN", table().with(0, (byte) 1), y, x, model.numbers(1, 2))
                .file(y, x);
    }

    @Test
    void anAverageIsTheNearestIntegerWithHalvesAwayFromZero() {
        TfliteModels model = new TfliteModels();
        int x = model.quantized(0.05f, 3, 1, 1, 4, 1);
        int y = model.quantized(0.05f, 3, 1, 1, 2, 1);
        byte[] file = model.operator(
                        "AVERAGE_POOL_2D",
                        table().with(0, (byte) 1)
                                .with(1, 2)
                                .with(2, 1)
                                .with(3, 2)
                                .with(4, 1),
                        y,
                        x)
                .file(y, x);
        int[] values = {2, 5, -4, -5};
        assertThat(TfliteModels.run(file, place -> values[place])).containsExactly(4, -5);
    }

    @Test
    void aSoftmaxHasStepsOfA256th() {
        double[] softmax = TfliteModels.run(
                one("SOFTMAX", table().with(0, 1f), 1 / 256f, -128),
                place -> place == 7 ? 100 : place == 9 ? 90 : -128);
        double sum = 1 + Math.exp(-0.5) + 254 * Math.exp(-228 * 0.05);
        assertThat(softmax[7]).isEqualTo(bytes(nearest(256 / sum) - 128));
        assertThat(softmax[9]).isEqualTo(bytes(nearest(256 * Math.exp(-0.5) / sum) - 128));
        assertThat(Arrays.stream(softmax).filter(value -> value == -128).count())
                .isEqualTo(254);
    }

    @Test
    void operatorsOfFloatsAloneAreRefusedByName() {
        byte[] file = one("GELU", table(), 1 / 256f, -128);
        assertThatThrownBy(() -> TfliteModels.run(file, place -> place))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("GELU: it is supported with floats, not with quantised tensors");
    }

    private static long nearest(double value) {
        return new BigDecimal(value).setScale(0, RoundingMode.HALF_UP).longValueExact();
    }

    private static long up(double value) {
        return (long) Math.floor(value + 0.5);
    }

    private static double bytes(long value) {
        return Math.clamp(value, -128L, 127L);
    }
}
