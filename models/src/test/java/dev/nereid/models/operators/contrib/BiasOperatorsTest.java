package dev.nereid.models.operators.contrib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.models.operators.Expected;
import dev.nereid.models.operators.OperatorCase;
import dev.nereid.models.operators.Tensors;
import dev.nereid.models.operators.attention.Floats;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class BiasOperatorsTest {
    enum Gate {
        GELU("Gelu", false, BiasOperatorsTest::gelu),
        BIAS_GELU("BiasGelu", true, BiasOperatorsTest::gelu),
        FAST_GELU("FastGelu", true, BiasOperatorsTest::fastGelu),
        FAST_GELU_ALONE("FastGelu", false, BiasOperatorsTest::fastGelu),
        QUICK_GELU("QuickGelu", false, x -> x / (1 + Math.exp(-1.702f * x)));

        private final String operator;
        private final boolean biased;

        @SuppressWarnings("ImmutableEnumChecker")
        private final DoubleUnaryOperator function;

        Gate(String operator, boolean biased, DoubleUnaryOperator function) {
            this.operator = operator;
            this.biased = biased;
            this.function = function;
        }
    }

    /** By Simpson's rule over the density of the normal distribution. */
    private static double gelu(double x) {
        int steps = 2000;
        double width = x / steps;
        double sum = 0;
        for (int i = 0; i <= steps; i++) {
            double weight = i == 0 || i == steps ? 1 : i % 2 == 1 ? 4 : 2;
            sum += weight * Math.exp(-Math.pow(i * width, 2) / 2);
        }
        return x * (0.5 + sum * width / 3 / Math.sqrt(2 * Math.PI));
    }

    private static double fastGelu(double x) {
        return 0.5 * x * (1 + Math.tanh(0.797885 * x + 0.035677 * x * x * x));
    }

    @ParameterizedTest
    @EnumSource(Gate.class)
    void gatesOfSums(Gate gate) {
        Tensor x = Floats.floats(1, 2, 3, 4);
        Tensor bias = Floats.floats(2, 4);
        double[] y = Floats.values(x);
        for (int i = 0; i < y.length; i++) {
            y[i] = gate.function.applyAsDouble(y[i] + (gate.biased ? Floats.values(bias)[i % 4] : 0));
        }
        OperatorCase run = OperatorCase.microsoft(gate.operator).data(x);
        if (gate.biased) {
            run.argument(bias);
        }
        run.gives(1e-5, Expected.of(y, 2, 3, 4));
    }

    @ParameterizedTest
    @CsvSource({"FP16, 1e-3", "BF16, 1e-2"})
    void halvesAreSummedInFull(DataType type, double tolerance) {
        Tensor x = Floats.random(type, 1, 5, 3);
        Tensor bias = Floats.random(type, 2, 3);
        double[] y = Floats.values(x);
        for (int i = 0; i < y.length; i++) {
            y[i] = gelu(y[i] + Floats.values(bias)[i % 3]);
        }
        OperatorCase.microsoft("BiasGelu").data(x).data(bias).gives(tolerance, Expected.of(y, 5, 3));
    }

    @Test
    void biasOfAnotherLengthIsRefused() {
        OperatorCase run =
                OperatorCase.microsoft("BiasGelu").data(Floats.floats(1, 2, 3)).data(Floats.floats(2, 2));
        assertThatThrownBy(() -> run.tensors()).hasMessageContaining("[2,3]");
    }

    @Test
    void sumOfThree() {
        Tensor x = Floats.floats(1, 2, 3);
        Tensor bias = Floats.floats(2, 3);
        Tensor skip = Floats.floats(3, 2, 3);
        double[] y = Floats.values(x);
        for (int i = 0; i < y.length; i++) {
            y[i] += Floats.values(bias)[i % 3] + Floats.values(skip)[i];
        }
        OperatorCase.microsoft("BiasAdd").data(x).argument(bias).data(skip).gives(1e-6, Expected.of(y, 2, 3));
        double[] all = new double[6];
        Arrays.fill(all, 1);
        OperatorCase.microsoft("BiasDropout")
                .data(x)
                .argument(bias)
                .data(skip)
                .gives(1e-6, Expected.of(y, 2, 3), Expected.of(all, 2, 3));
    }

    @Test
    void trainingIsRefused() {
        OperatorCase run = OperatorCase.microsoft("BiasDropout")
                .data(Floats.floats(1, 2, 3))
                .data(Floats.floats(2, 3))
                .absent(2)
                .data(Tensors.bytes(DataType.BOOL, 1).withShape(Shape.SCALAR));
        assertThatThrownBy(() -> run.tensors()).hasMessageContaining("training");
    }

    @Test
    void rightHalfGatesTheLeft() {
        Tensor x = Floats.floats(1, 2, 6);
        Tensor bias = Floats.floats(2, 6);
        double[] y = new double[6];
        for (int i = 0; i < y.length; i++) {
            int left = i / 3 * 6 + i % 3;
            double gate = Floats.values(x)[left + 3] + Floats.values(bias)[i % 3 + 3];
            y[i] = (Floats.values(x)[left] + Floats.values(bias)[i % 3]) * gelu(gate);
        }
        OperatorCase.microsoft("BiasSplitGelu").data(x).data(bias).gives(1e-5, Expected.of(y, 2, 3));
    }

    @ParameterizedTest
    @CsvSource({"FP32, 1e-6", "FP16, 1e-3"})
    void softmaxOfASumOverTheLastAxes(DataType type, double tolerance) {
        Tensor x = Floats.random(type, 1, 2, 2, 3);
        Tensor bias = Floats.random(type, 2, 2, 1, 3);
        double[] y = Floats.values(x);
        for (int row = 0; row < 4; row++) {
            double sum = 0;
            for (int i = 0; i < 3; i++) {
                y[row * 3 + i] = Math.exp(y[row * 3 + i] + Floats.values(bias)[row / 2 * 3 + i]);
                sum += y[row * 3 + i];
            }
            for (int i = 0; i < 3; i++) {
                y[row * 3 + i] /= sum;
            }
        }
        OperatorCase.microsoft("BiasSoftmax")
                .with("axis", 2)
                .with("is_inner_broadcast", 1)
                .data(x)
                .data(bias)
                .gives(tolerance, Expected.of(y, 2, 2, 3));
    }

    @Test
    void distancesFallIntoBuckets() {
        // Of 32 buckets for both directions 8 each are for near distances; from 128 on all are in the last.
        assertThat(RelativePositionBias.bucket(0, 32, 128, true)).isZero();
        assertThat(RelativePositionBias.bucket(-7, 32, 128, true)).isEqualTo(7);
        assertThat(RelativePositionBias.bucket(7, 32, 128, true)).isEqualTo(23);
        assertThat(RelativePositionBias.bucket(-8, 32, 128, true)).isEqualTo(8);
        assertThat(RelativePositionBias.bucket(-1000, 32, 128, true)).isEqualTo(15);
        assertThat(RelativePositionBias.bucket(1000, 32, 128, true)).isEqualTo(31);
        assertThat(RelativePositionBias.bucket(5, 32, 128, false)).isZero();
        assertThat(RelativePositionBias.bucket(-15, 32, 128, false)).isEqualTo(15);
        assertThat(RelativePositionBias.bucket(-128, 32, 128, false)).isEqualTo(31);
    }

    @Test
    void tableLiesHeadByHead() {
        Tensor table = Floats.of(DataType.FP32, new double[] {0, 1, 2, 3, 10, 11, 12, 13}, 4, 2);
        OperatorCase.microsoft("RelativePositionBias")
                .with("max_distance", 8)
                .with("is_bidirectional", 1)
                .argument(table)
                .argument(Tensors.longs(2))
                .argument(Tensors.longs(2))
                .gives(0, Expected.of(new double[] {0, 3, 1, 0, 10, 13, 11, 10}, 1, 2, 2, 2));
    }

    @Test
    void paddingIsRemovedAndRestored() {
        Tensor x = Floats.of(DataType.FP32, new double[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 2, 3, 2);
        Tensor packed = Floats.of(DataType.FP32, new double[] {1, 2, 7, 8, 9, 10}, 3, 2);
        double[] places = {0, 3, 4, 1, 2, 5};
        OperatorCase.microsoft("RemovePadding")
                .data(x)
                .data(Tensors.ints(1, 2))
                .gives(
                        0,
                        Expected.of(Floats.values(packed), 3, 2),
                        Expected.of(places, 2, 3),
                        Expected.of(new double[] {0, 1, 3}, 3),
                        Expected.of(new double[] {2}, 1));
        OperatorCase.microsoft("RestorePadding")
                .data(packed)
                .data(Tensors.ints(0, 3, 4, 1, 2, 5).withShape(Shape.of(2, 3)))
                .gives(0, Expected.of(new double[] {1, 2, 0, 0, 0, 0, 7, 8, 9, 10, 0, 0}, 2, 3, 2));
    }

    @Test
    void placesOutsideAreRefused() {
        OperatorCase run = OperatorCase.microsoft("RestorePadding")
                .data(Floats.floats(1, 1, 2))
                .data(Tensors.ints(6, 0).withShape(Shape.of(1, 2)));
        assertThatThrownBy(() -> run.tensors()).hasMessageContaining("places below 2");
    }
}
