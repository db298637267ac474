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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NhwcTest {
    /** x: [1, 3, 4, 2] with three filters of 2 x 2, padded by one at the begin of each axis. */
    private static double[] convolved(Tensor x, Tensor w, boolean channelsLast, Tensor bias) {
        double[] from = Floats.values(x);
        double[] weights = Floats.values(w);
        double[] y = new double[3 * 4 * 3];
        for (int at = 0; at < y.length; at++) {
            int filter = at % 3;
            int row = at / 12;
            int column = at / 3 % 4;
            y[at] = Floats.values(bias)[filter];
            for (int tap = 0; tap < 8; tap++) {
                int channel = tap % 2;
                int i = row - 1 + tap / 4;
                int j = column - 1 + tap / 2 % 2;
                if (i >= 0 && j >= 0) {
                    double weight =
                            channelsLast ? weights[filter * 8 + tap] : weights[filter * 8 + channel * 4 + tap / 2];
                    y[at] += weight * from[(i * 4 + j) * 2 + channel];
                }
            }
        }
        return y;
    }

    @ParameterizedTest
    @CsvSource({"FP32, 1e-5", "FP16, 5e-3"})
    void channelsAreTheLastAxisOfTheFiltersToo(DataType type, double tolerance) {
        Tensor x = Floats.random(type, 1, 1, 3, 4, 2);
        Tensor w = Floats.random(type, 2, 3, 2, 2, 2);
        Tensor bias = Floats.random(type, 3, 3);
        OperatorCase.microsoft("NhwcConv")
                .with("pads", new long[] {1, 1, 0, 0})
                .data(x)
                .argument(w)
                .argument(bias)
                .gives(tolerance, Expected.of(convolved(x, w, true, bias), 1, 3, 4, 3));
    }

    @Test
    void fusedConvolutionAddsBeforeItsActivation() {
        Tensor x = Floats.floats(1, 1, 3, 4, 2);
        Tensor w = Floats.floats(2, 3, 2, 2, 2);
        Tensor bias = Floats.floats(3, 3);
        Tensor added = Floats.floats(4, 1, 3, 4, 3);
        double[] y = convolved(x, w, false, bias);
        for (int i = 0; i < y.length; i++) {
            y[i] = Math.max(y[i] + Floats.values(added)[i], 0);
        }
        OperatorCase.microsoft("NhwcFusedConv")
                .with("pads", new long[] {1, 1, 0, 0})
                .with("activation", "Relu")
                .data(x)
                .argument(w)
                .argument(bias)
                .data(added)
                .gives(1e-5, Expected.of(y, 1, 3, 4, 3));
    }

    @Test
    void filtersForOtherChannelsAreRefused() {
        OperatorCase run = OperatorCase.microsoft("NhwcConv")
                .data(Floats.floats(1, 1, 3, 4, 2))
                .argument(Floats.floats(2, 3, 2, 2, 5));
        assertThatThrownBy(() -> run.tensors()).hasMessageContaining("2 channels");
    }

    @ParameterizedTest
    @CsvSource({"INT8, 3, -1", "UINT8, 3, 255"})
    void greatestByteUnderAWindow(DataType type, int first, int second) {
        // [1, 1, 3, 2]: channel 0 is 1, 3, 2; channel 1 is -1, -5, -7, or as unsigned 255, 251, 249.
        Tensor x = Tensors.bytes(type, 1, -1, 3, -5, 2, -7).withShape(Shape.of(1, 1, 3, 2));
        Tensor y = OperatorCase.microsoft("NhwcMaxPool")
                .with("kernel_shape", new long[] {1, 2})
                .with("strides", new long[] {1, 2})
                .with("pads", new long[] {0, 0, 0, 1})
                .data(x)
                .tensors()
                .getFirst();
        assertThat(Tensors.text(y)).isEqualTo(type + "[1,1,2,2] [" + first + ", " + (byte) second + ", 2, -7]");
    }

    @Test
    void rowsOfNBitsAreGatheredAsNumbers() {
        // [2, 4] of 4 bits, in blocks of 2: 1 2 3 4 and 5 6 7 15.
        Tensor data = Tensors.bytes(DataType.UINT8, 0x21, 0x43, 0x65, 0xf7).withShape(Shape.of(2, 2));
        Tensor scales = Floats.of(DataType.FP32, new double[] {1, 2, 3, 4}, 2, 2);
        double[] y = {3 * (5 - 8), 3 * (6 - 8), 4 * (7 - 8), 4 * (15 - 8), 1 - 8, 2 - 8, 2 * (3 - 8), 2 * (4 - 8)};
        OperatorCase.microsoft("GatherBlockQuantized")
                .with("block_size", 2)
                .argument(data)
                .data(Tensors.longs(-1, 0).withShape(Shape.of(2, 1)))
                .argument(scales)
                .gives(0, Expected.of(y, 2, 1, 4));
        Tensor zero = Tensors.bytes(DataType.UINT8, 0x31, 0x05).withShape(Shape.of(2, 1));
        OperatorCase.microsoft("GatherBlockQuantized")
                .with("block_size", 2)
                .argument(data)
                .data(Tensors.longs(1))
                .argument(scales)
                .argument(zero)
                .gives(0, Expected.of(new double[] {0, 3, 4 * 7, 4 * 15}, 1, 4));
    }

    @Test
    void columnsOfSignedNumbersAreGatheredToo() {
        Tensor data = Tensors.bytes(DataType.INT4, 1, -2, 3, -4, 5, -6).withShape(Shape.of(2, 3));
        Tensor scales = Floats.of(DataType.FP16, new double[] {1, 2, 0.5}, 1, 3);
        OperatorCase.microsoft("GatherBlockQuantized")
                .with("block_size", 16)
                .with("quantize_axis", 0)
                .with("gather_axis", 1)
                .argument(data)
                .data(Tensors.longs(1, 2))
                .argument(scales)
                .gives(0, Expected.of(new double[] {-4, 1.5, 10, -3}, 2, 2));
    }

    @Test
    void indexOutsideIsRefused() {
        OperatorCase run = OperatorCase.microsoft("GatherBlockQuantized")
                .with("block_size", 2)
                .argument(Tensors.bytes(DataType.UINT8, 0x21).withShape(Shape.of(1, 1)))
                .data(Tensors.longs(1))
                .argument(Floats.floats(1, 1, 1));
        assertThatThrownBy(() -> run.tensors()).hasMessageContaining("index 1");
    }
}
