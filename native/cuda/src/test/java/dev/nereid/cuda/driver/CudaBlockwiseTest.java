package dev.nereid.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.cuda.device.DeviceBlockwiseMatrix;
import dev.nereid.cuda.device.DeviceProduct;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Products with weights of few bits beside plain loops, on an emulated GPU. */
@Tag("cuda")
class CudaBlockwiseTest {
    @AutoClose
    private final DeviceRig rig = DeviceRig.open("products with weights of few bits on a GPU");

    private final Random random = new Random(4);

    /** Weights and what they stand for. */
    private final class Weights {
        private final int bits;
        private final int block;
        private final MemorySegment numbers;
        private final MemorySegment scales;
        private final MemorySegment zeroPoints;
        /** [n, k]. */
        private final float[] values;

        Weights(int n, int k, int bits, int block, boolean zeros) {
            this.bits = bits;
            this.block = block;
            int blocks = Math.ceilDiv(k, block);
            int zeroBytes = Math.ceilDiv(blocks * bits, 8);
            this.numbers = bytes(n * blocks * block * bits / 8);
            this.scales = rig.random(random, n * blocks);
            this.zeroPoints = bytes(zeros ? n * zeroBytes : 0);
            this.values = new float[n * k];
            for (int i = 0; i < values.length; i++) {
                int column = i / k;
                int place = column * blocks + i % k / block;
                int number = number(numbers, (long) place * block * bits / 8, i % k % block);
                int zero = zeros ? number(zeroPoints, (long) column * zeroBytes, i % k / block) : 1 << (bits - 1);
                values[i] = (number - zero) * scales.getAtIndex(ValueLayout.JAVA_FLOAT, place);
            }
        }

        private MemorySegment bytes(int length) {
            byte[] content = new byte[length];
            random.nextBytes(content);
            MemorySegment memory = rig.memory(length);
            MemorySegment.copy(content, 0, memory, ValueLayout.JAVA_BYTE, 0, length);
            return memory;
        }

        private int number(MemorySegment memory, long first, int i) {
            int at = memory.get(ValueLayout.JAVA_BYTE, first + (long) i * bits / 8) & 0xff;
            return bits == 8 ? at : (at >> (i % 2 * 4)) & 15;
        }
    }

    private MemorySegment multiply(
            int m, int n, int k, Weights weights, MemorySegment a, MemorySegment bias, boolean scratch) {
        long bytes = 4L * m * n;
        return rig.run(
                        bytes + 256 + (64L << 20),
                        List.of(a, weights.numbers, weights.scales, weights.zeroPoints, bias),
                        (kernels, in, out) -> {
                            kernels.fill(1, 0x5a, out + bytes, 256);
                            DeviceBlockwiseMatrix blocks = new DeviceBlockwiseMatrix(
                                    weights.bits,
                                    weights.block,
                                    in[1],
                                    in[2],
                                    weights.zeroPoints.byteSize() > 0 ? in[3] : 0);
                            long behind = (out + bytes + 256 + 255) / 256 * 256;
                            assertThat(kernels.blockwiseBytes(m, n, k)).isLessThan(63 << 20);
                            kernels.multiplyBlockwise(
                                    DeviceProduct.plain(m, n, k).adding(in[4], 0, 1),
                                    blocks,
                                    in[0],
                                    out,
                                    scratch ? behind : 0);
                        })
                .asSlice(0, bytes + 256);
    }

    @ParameterizedTest
    @CsvSource({"4,16,false", "4,32,true", "8,32,false", "8,128,true", "4,2,true"})
    void multiplies(int bits, int block, boolean zeros) {
        // Ends of tiles, of blocks and of splits; few rows, whose splits are beside each other, and many.
        for (int[] size : new int[][] {{1, 1, 1}, {3, 70, 40}, {1, 130, 1100}, {67, 65, 530}, {0, 5, 32}}) {
            int m = size[0];
            int n = size[1];
            int k = size[2];
            Weights weights = new Weights(n, k, bits, block, zeros);
            MemorySegment a = rig.random(random, m * k);
            MemorySegment bias = rig.random(random, n);
            MemorySegment found = multiply(m, n, k, weights, a, bias, true);
            float[] expected = new float[m * n];
            for (int i = 0; i < expected.length; i++) {
                double sum = bias.getAtIndex(ValueLayout.JAVA_FLOAT, i % n);
                for (int j = 0; j < k; j++) {
                    sum += (double) a.getAtIndex(ValueLayout.JAVA_FLOAT, (long) i / n * k + j)
                            * weights.values[i % n * k + j];
                }
                expected[i] = (float) sum;
            }
            float near = 0x1p-22f * k * (1 << bits);
            DeviceRig.assertClose(
                    found.asSlice(0, 4L * m * n), rig.floats(expected), 0x1p-18f, near, m + " x " + n + " x " + k);
            assertThat(found.asSlice(4L * m * n).toArray(ValueLayout.JAVA_BYTE))
                    .as("behind the result")
                    .containsOnly(0x5a);
        }
    }

    /** In both tiles, and with its splits in turn or beside each other. */
    @Test
    void aRowIsTheSameWhateverIsMultipliedBesideIt() {
        int k = 600;
        int n = 1000;
        int m = 700;
        Weights weights = new Weights(n, k, 4, 32, true);
        MemorySegment a = rig.random(random, m * k);
        MemorySegment bias = rig.random(random, n);
        MemorySegment all = multiply(m, n, k, weights, a, bias, true);
        for (int row : new int[] {0, 63, 699}) {
            MemorySegment own = a.asSlice(4L * row * k, 4L * k);
            MemorySegment expected = all.asSlice(4L * row * n, 4L * n);
            for (boolean scratch : new boolean[] {true, false}) {
                MemorySegment alone = multiply(1, n, k, weights, own, bias, scratch);
                assertThat(expected.mismatch(alone.asSlice(0, 4L * n))).isEqualTo(-1);
            }
        }
    }

    @Test
    void refusesBlocksThatNoKernelKnows() {
        assertThatThrownBy(() -> new DeviceBlockwiseMatrix(4, 24, 0, 0, 0))
                .hasMessageContaining("24 numbers of 4 bits");
        assertThatThrownBy(() -> new DeviceBlockwiseMatrix(3, 32, 0, 0, 0))
                .hasMessageContaining("32 numbers of 3 bits");
    }
}
