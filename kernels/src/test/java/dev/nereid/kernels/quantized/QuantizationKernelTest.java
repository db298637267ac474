package dev.nereid.kernels.quantized;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.scalar.ScalarQuantization;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What every implementation of quantisation must agree on with the plain loops, bit for bit. */
abstract class QuantizationKernelTest extends ByteKernelTest {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final Workers ALONE = Workers.single();
    private static final boolean[] BOTH = {false, true};

    private final QuantizationKernels oracle = new ScalarQuantization();

    /** The kernels to test; not a field, because JUnit makes an instance a test. */
    protected abstract QuantizationKernels kernels();

    @Test
    void findsTheEndsOfTheRangeAnywhere() {
        int length = 9 * LANES + 3;
        for (int place = 0; place < length; place++) {
            float[] values = randomFloats(18, length, -2f, 3f);
            values[place] = -7f;
            values[(place + LANES) % length] = 9f;
            values[(place + 2) % length] = Float.NaN;
            assertThat(kernels().dynamicQuantization(floats(values, 0), length, ALONE))
                    .isEqualTo(LinearQuantization.ofRange(-7f, 9f));
        }
    }

    @Test
    void findsTheRangeOfFloatsForQuantisation() {
        for (int length : LENGTHS) {
            MemorySegment x = floats(randomFloats(18 + length, length, -2f, 3f), 0);
            warmUp(() -> kernels().dynamicQuantization(x, length, ALONE));
            assertThat(kernels().dynamicQuantization(x, length, ALONE))
                    .isEqualTo(oracle.dynamicQuantization(x, length, ALONE));
        }
        MemorySegment special = floats(new float[] {Float.NaN, -1f, Float.NaN, 4f, -0f}, 0);
        assertThat(kernels().dynamicQuantization(special, 5, ALONE)).isEqualTo(new LinearQuantization(5f / 255, 51));
        MemorySegment large = floats(randomFloats(19, 1 << 20, -1f, 2f), 0);
        assertThat(kernels().dynamicQuantization(large, 1 << 20, new CountedWorkers(3)))
                .isEqualTo(oracle.dynamicQuantization(large, 1 << 20, ALONE));
    }

    @Test
    void quantizesEveryPairOfTypes() {
        List<DataType> to = List.of(
                DataType.UINT8,
                DataType.INT8,
                DataType.INT16,
                DataType.UINT16,
                DataType.INT4,
                DataType.UINT2,
                DataType.FLOAT8E4M3FN);
        for (QuantizationGrid grid : grids()) {
            int elements = (int) grid.elements();
            int scales = (int) grid.scales();
            for (DataType type : to) {
                float[] values = randomFloats(elements, elements, -40f, 40f);
                for (int i = 0; i < Math.min(elements, SPECIAL_FLOATS.length); i++) {
                    values[elements - 1 - i] = SPECIAL_FLOATS[i];
                }
                MemorySegment x = floats(values, 0);
                MemorySegment scale = floats(randomFloats(elements + 1, scales, 0.05f, 0.5f), 0);
                MemorySegment zero = integralFloats(scales, type.kind() == DataType.Kind.SIGNED ? -2 : 0, 2);
                QuantizeTypes types = new QuantizeTypes(DataType.FP32, DataType.FP32, type, true);
                MemorySegment expected = allocate((long) elements * type.bytes());
                MemorySegment actual = allocate((long) elements * type.bytes());
                oracle.quantize(grid, types, x, scale, zero, expected);
                warmUp(() -> kernels().quantize(grid, types, x, scale, zero, actual));
                kernels().quantize(grid, types, x, scale, zero, actual);
                assertThat(copy(actual, elements * type.bytes()))
                        .as("%s to %s", grid, type)
                        .isEqualTo(copy(expected, elements * type.bytes()));
            }
        }
    }

    @Test
    void dequantizesEveryPairOfTypes() {
        List<DataType> from =
                List.of(DataType.UINT8, DataType.INT8, DataType.UINT16, DataType.FLOAT8E5M2, DataType.INT32);
        for (QuantizationGrid grid : grids()) {
            int elements = (int) grid.elements();
            int scales = (int) grid.scales();
            for (DataType type : from) {
                for (DataType to : List.of(DataType.FP32, DataType.FP16)) {
                    MemorySegment x = bytes(randomBytes(elements * type.bytes(), 20 + elements));
                    MemorySegment scale = floats(randomFloats(elements + 1, scales, 0.05f, 0.5f), 0);
                    MemorySegment zero = integralFloats(scales, 0, 100);
                    MemorySegment expected = allocate(4L * elements);
                    MemorySegment actual = allocate(4L * elements);
                    oracle.dequantize(grid, type, to, x, scale, zero, expected);
                    warmUp(() -> kernels().dequantize(grid, type, to, x, scale, zero, actual));
                    kernels().dequantize(grid, type, to, x, scale, zero, actual);
                    assertThat(copy(actual, 4 * elements))
                            .as("%s from %s to %s", grid, type, to)
                            .isEqualTo(copy(expected, 4 * elements));
                }
            }
        }
    }

    @Test
    void requantizesSums() {
        int m = 5;
        int n = 37;
        MemorySegment sums = ints(m * n, -100_000, 100_000);
        MemorySegment bias = ints(n, -1000, 1000);
        MemorySegment multipliers = floats(randomFloats(21, n, 0.0005f, 0.005f), 0);
        for (boolean signed : BOTH) {
            MemorySegment expected = allocate((long) m * n);
            MemorySegment actual = allocate((long) m * n);
            oracle.requantize(m, n, sums, bias, multipliers, signed, 11, expected);
            warmUp(() -> kernels().requantize(m, n, sums, bias, multipliers, signed, 11, actual));
            kernels().requantize(m, n, sums, bias, multipliers, signed, 11, actual);
            assertThat(copy(actual, m * n)).isEqualTo(copy(expected, m * n));
        }
    }

    private static List<QuantizationGrid> grids() {
        return List.of(
                QuantizationGrid.perTensor(0),
                QuantizationGrid.perTensor(1),
                QuantizationGrid.perTensor(67),
                new QuantizationGrid(3, 5, 19, 0),
                new QuantizationGrid(4, 37, 1, 0),
                new QuantizationGrid(3, 40, 1, 16),
                new QuantizationGrid(2, 9, 1, 1),
                new QuantizationGrid(2, 7, 21, 3));
    }

    private MemorySegment integralFloats(int length, int from, int to) {
        SplittableRandom random = new SplittableRandom(length);
        MemorySegment segment = allocate(4L * length);
        for (int i = 0; i < length; i++) {
            segment.set(FLOAT, 4L * i, random.nextInt(from, to));
        }
        return segment;
    }
}
