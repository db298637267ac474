package dev.nereid.models.operators.signal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.nereid.models.operators.OperatorCase;
import dev.nereid.models.operators.Tensors;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Fourier transforms agree with their definition; windows and the mel scale with their formulas. */
class SignalOperatorsTest {
    private final Random random = new Random(11);

    private static float[] floats(Tensor tensor) {
        return tensor.segment().asSlice(0, tensor.byteSize()).toArray(ValueLayout.JAVA_FLOAT);
    }

    private static Tensor scalar(long value) {
        return Tensors.longs(value).withShape(Shape.SCALAR);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 8, 12, 17, 64, 100, 127})
    void transformsFollowTheirDefinition(int length) {
        double[] real = random.doubles(length).toArray();
        double[] imaginary = random.doubles(length).toArray();
        double[] a = real.clone();
        double[] b = imaginary.clone();
        FourierTransform transform = FourierTransform.of(length);
        transform.forward(a, b);
        for (int k = 0; k < length; k++) {
            double sumReal = 0;
            double sumImaginary = 0;
            for (int n = 0; n < length; n++) {
                double angle = -2 * Math.PI * ((long) k * n % length) / length;
                sumReal += real[n] * Math.cos(angle) - imaginary[n] * Math.sin(angle);
                sumImaginary += real[n] * Math.sin(angle) + imaginary[n] * Math.cos(angle);
            }
            assertThat(a[k]).isCloseTo(sumReal, within(1e-11));
            assertThat(b[k]).isCloseTo(sumImaginary, within(1e-11));
        }
        transform.inverse(a, b);
        for (int n = 0; n < length; n++) {
            assertThat(a[n]).isCloseTo(real[n], within(1e-13));
            assertThat(b[n]).isCloseTo(imaginary[n], within(1e-13));
        }
    }

    @Test
    void fillsSignalsUpToTheLengthOrCutsThem() {
        OperatorCase.of("DFT", 20)
                .data(Tensors.floats(new float[] {1, 2}, 1, 2, 1))
                .argument(scalar(4))
                .gives(Tensors.floats(new float[] {3, 0, 1, -2, -1, 0, 1, 2}, 1, 4, 2));
        OperatorCase.of("DFT", 17)
                .with("onesided", 1)
                .data(Tensors.floats(new float[] {1, 2, 5}, 1, 3, 1))
                .argument(scalar(2))
                .gives(Tensors.floats(new float[] {3, 0, -1, 0}, 1, 2, 2));
    }

    @Test
    void transformsAlongTheAxisThatAnInputNames() {
        for (long axis : new long[] {0, -3}) {
            OperatorCase.of("DFT", 20)
                    .data(Tensors.floats(new float[] {1, 2, 3, 4}, 2, 2, 1))
                    .absent()
                    .argument(scalar(axis))
                    .gives(Tensors.floats(new float[] {4, 0, 6, 0, -2, 0, -2, 0}, 2, 2, 2));
        }
    }

    @Test
    void theOneSidedInverseGivesTheSignalBack() {
        for (int length : new int[] {6, 7}) {
            float[] signal = new float[length];
            for (int i = 0; i < length; i++) {
                signal[i] = random.nextFloat();
            }
            Tensor spectrum = OperatorCase.of("DFT", 20)
                    .with("onesided", 1)
                    .data(Tensors.floats(signal, 1, length, 1))
                    .tensors()
                    .getFirst();
            assertThat(spectrum.shape()).isEqualTo(Shape.of(1, length / 2 + 1, 2));
            Tensor back = OperatorCase.of("DFT", 20)
                    .with("onesided", 1)
                    .with("inverse", 1)
                    .data(spectrum)
                    .argument(scalar(length))
                    .tensors()
                    .getFirst();
            assertThat(back.shape()).isEqualTo(Shape.of(1, length, 1));
            for (int i = 0; i < length; i++) {
                assertThat((double) floats(back)[i]).isCloseTo(signal[i], within(1e-6));
            }
        }
    }

    @Test
    void refusesTheAxisOfThePartsAndEmptyTransforms() {
        OperatorCase axis = OperatorCase.of("DFT", 17).with("axis", -1).data(Tensors.counting(1, 2, 1));
        assertThatThrownBy(axis::run).hasMessageContaining("axis").hasMessageContaining("got -1");
        OperatorCase length =
                OperatorCase.of("DFT", 20).data(Tensors.counting(1, 2, 1)).argument(scalar(-2));
        assertThatThrownBy(length::run).hasMessageContaining("dft_length").hasMessageContaining("got -2");
    }

    @Test
    void framesOfASignalAreTransformedOneByOne() {
        OperatorCase.of("STFT", 17)
                .data(Tensors.floats(new float[] {1, 2, 3, 4, 5}, 1, 5, 1))
                .argument(scalar(2))
                .absent()
                .argument(scalar(2))
                .gives(Tensors.floats(new float[] {3, 0, -1, 0, 7, 0, -1, 0}, 1, 2, 2, 2));
        OperatorCase.of("STFT", 17)
                .with("onesided", 0)
                .data(Tensors.floats(new float[] {1, 2, 3, 4}, 1, 2, 2))
                .argument(Tensors.ints(1).withShape(Shape.SCALAR))
                .argument(Tensors.floats(new float[] {1, 2}))
                .gives(Tensors.floats(new float[] {7, 10, -5, -6}, 1, 1, 2, 2));
        OperatorCase tooShort = OperatorCase.of("STFT", 17)
                .data(Tensors.counting(1, 1, 1))
                .argument(scalar(1))
                .absent()
                .argument(scalar(2));
        assertThat(tooShort.tensors().getFirst().shape()).isEqualTo(Shape.of(1, 0, 2, 2));
    }

    @Test
    void refusesAWindowOfAnotherLengthAndAStepOfNothing() {
        OperatorCase window = OperatorCase.of("STFT", 17)
                .data(Tensors.counting(1, 8, 1))
                .argument(scalar(1))
                .argument(Tensors.counting(3))
                .argument(scalar(4));
        assertThatThrownBy(window::run).hasMessageContaining("window").hasMessageContaining("[3]");
        OperatorCase step = OperatorCase.of("STFT", 17)
                .data(Tensors.counting(1, 8, 1))
                .argument(scalar(0))
                .absent()
                .argument(scalar(4));
        assertThatThrownBy(step::run).hasMessageContaining("frame_step").hasMessageContaining("got 0");
    }

    @Test
    void windowsAreOfTheTypeThatIsAskedFor() {
        OperatorCase.of("HannWindow", 17)
                .with("output_datatype", 11)
                .with("periodic", 0)
                .argument(scalar(3))
                .gives(doubles(0, 1, 0));
        OperatorCase.of("HammingWindow", 17)
                .argument(Tensors.ints(1).withShape(Shape.SCALAR))
                .gives(Tensors.floats(new float[] {1}));
        OperatorCase.of("BlackmanWindow", 17).argument(scalar(0)).gives(Tensors.counting(0));
        OperatorCase negative = OperatorCase.of("BlackmanWindow", 17).argument(scalar(-1));
        assertThatThrownBy(negative::run).hasMessageContaining("size").hasMessageContaining("got -1");
    }

    private static Tensor doubles(double... values) {
        MemorySegment segment = Arena.ofAuto().allocate(8L * Math.max(values.length, 1), 8);
        MemorySegment.copy(values, 0, segment, ValueLayout.JAVA_DOUBLE, 0, values.length);
        return Tensor.of(DataType.FP64, Shape.of(values.length), segment);
    }

    @Test
    void refusesMelBinsAboveHalfTheSampleRate() {
        OperatorCase matrix = OperatorCase.of("MelWeightMatrix", 17)
                .argument(scalar(4))
                .argument(scalar(8))
                .argument(scalar(1000))
                .argument(Tensors.floats(new float[] {0}).withShape(Shape.SCALAR))
                .argument(Tensors.floats(new float[] {4000}).withShape(Shape.SCALAR));
        assertThatThrownBy(matrix::run).hasMessageContaining("upper_edge_hertz").hasMessageContaining("1000");
    }
}
