package dev.nereid.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.cuda.EmulatedCuda;
import dev.nereid.cuda.device.DeviceProduct;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.models.device.DevicePrecision;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Batches, addends and splits of products of numbers of 16 bits beside plain loops, on emulated GPUs with tensor cores and with
 * warpgroups. Sizes that are no multiples of 8 go to the kernels of all cards.
 */
@Tag("cuda")
@Tag("nightly")
class CudaHalfProductsTest {
    private static final int[] ONE = {1, 1, 1};
    private static final int[] NONE = {0, 0, 0};
    private static final Activation PLAIN = Activation.NONE;

    /** The cards that tests run on. */
    enum Card {
        AMPERE,
        HOPPER;

        private DeviceRig rig() {
            return this == AMPERE ? ampere : hopper;
        }
    }

    private static DeviceRig ampere;
    private static DeviceRig hopper;

    @BeforeAll
    static void open() {
        ampere = DeviceRig.open("products of FP16 and BF16", DevicePrecision.FP32, EmulatedCuda.AMPERE);
        hopper = DeviceRig.open("products of FP16 and BF16", DevicePrecision.FP32, EmulatedCuda.HOPPER);
    }

    @AfterAll
    static void close() {
        for (DeviceRig rig : new DeviceRig[] {ampere, hopper}) {
            if (rig != null) {
                rig.close();
            }
        }
    }

    private static MemorySegment numbers(Card card, DataType type, Random random, int length) {
        return HalfNumbers.fill(type, card.rig().memory(2L * length), () -> (float) random.nextGaussian());
    }

    /** How a's and b's matrices repeat along the axes of a batch. */
    private static DeviceProduct broadcast(int m, int n, int k) {
        int[] dims = {2, 2, 2};
        int[] left = {2 * m * k, 0, m * k};
        int[] right = {0, 2 * k * n, k * n};
        return new DeviceProduct(m, n, k, k, 1, n, 1, dims, left, right, 1, 0, 0, 0, 0, PLAIN, 0);
    }

    @ParameterizedTest
    @CsvSource({
        "AMPERE,FP16,3,16,24", "AMPERE,BF16,130,8,40", "AMPERE,BF16,5,7,9", "AMPERE,FP16,2,8,1032",
                "AMPERE,FP16,2,3,1100",
        "HOPPER,FP16,3,16,24", "HOPPER,BF16,130,8,40", "HOPPER,BF16,5,7,9", "HOPPER,FP16,2,8,1032",
                "HOPPER,BF16,2,3,1100"
    })
    void everyMemberOfABatchIsWhatItsProductIsAlone(Card card, DataType type, int m, int n, int k) {
        Random random = new Random(m + n + k);
        DeviceProduct product = broadcast(m, n, k);
        MemorySegment a = numbers(card, type, random, 4 * m * k);
        MemorySegment b = numbers(card, type, random, 4 * k * n);
        MemorySegment apart = multiply(card, type, product, a, b, true);
        assertThat(multiply(card, type, product, a, b, false).mismatch(apart)).isEqualTo(-1);
        for (int item = 0; item < 8; item++) {
            int left = item / 4 * 2 + item % 2;
            int right = item / 2 % 2 * 2 + item % 2;
            MemorySegment alone = multiply(
                    card,
                    type,
                    DeviceProduct.plain(m, n, k),
                    a.asSlice(2L * left * m * k, 2L * m * k),
                    b.asSlice(2L * right * k * n, 2L * k * n),
                    true);
            assertThat(apart.asSlice(2L * item * m * n, 2L * m * n).mismatch(alone))
                    .as("product %s", item)
                    .isEqualTo(-1);
            assertNear(type, alone, sums(type, DeviceProduct.plain(m, n, k), a, left * m * k, b, right * k * n), k);
        }
    }

    /** Rows, columns, one number and a whole matrix; sizes of all kernels; long rows. */
    @ParameterizedTest
    @CsvSource({
        "AMPERE,FP16,3,16,24,0,1", "AMPERE,BF16,67,24,40,24,1", "AMPERE,FP16,5,7,9,1,0", "AMPERE,BF16,4,8,1032,0,0",
        "HOPPER,FP16,3,16,24,0,1", "HOPPER,BF16,67,24,40,24,1", "HOPPER,FP16,5,7,9,7,1", "HOPPER,BF16,4,8,1032,1,0",
        "HOPPER,FP16,131,264,24,264,1", "HOPPER,FP16,131,136,1032,1,0"
    })
    void scalesAndAddsBeforeItRounds(Card card, DataType type, int m, int n, int k, int addendRow, int addendColumn) {
        Random random = new Random(m + n + k);
        MemorySegment a = numbers(card, type, random, m * k);
        MemorySegment b = numbers(card, type, random, k * n);
        MemorySegment addend = numbers(card, type, random, (m - 1) * addendRow + (n - 1) * addendColumn + 1);
        float[] row = HalfNumbers.wide(type, addend);
        float[] expected = sums(type, DeviceProduct.plain(m, n, k), a, 0, b, 0);
        for (int i = 0; i < expected.length; i++) {
            expected[i] = 0.25f * expected[i] + 3 * row[i / n * addendRow + i % n * addendColumn];
        }
        for (boolean apart : new boolean[] {true, false}) {
            MemorySegment actual = multiply(
                    card,
                    type,
                    at -> new DeviceProduct(
                            m, n, k, k, 1, n, 1, ONE, NONE, NONE, 0.25f, 3, at, addendRow, addendColumn, PLAIN, 0),
                    List.of(a, b, addend),
                    apart);
            assertNear(type, actual, expected, k);
        }
    }

    @ParameterizedTest
    @CsvSource({"AMPERE,5,16,24", "AMPERE,66,3,1100", "HOPPER,5,16,24", "HOPPER,3,8,1032"})
    void multipliesTransposedMatrices(Card card, int m, int n, int k) {
        Random random = new Random(m + n + k);
        MemorySegment a = numbers(card, DataType.FP16, random, m * k);
        MemorySegment b = numbers(card, DataType.FP16, random, k * n);
        DeviceProduct product = new DeviceProduct(m, n, k, 1, m, 1, k, ONE, NONE, NONE, 1, 0, 0, 0, 0, PLAIN, 0);
        MemorySegment apart = multiply(card, DataType.FP16, product, a, b, true);
        assertNear(DataType.FP16, apart, sums(DataType.FP16, product, a, 0, b, 0), k);
        assertThat(multiply(card, DataType.FP16, product, a, b, false).mismatch(apart))
                .isEqualTo(-1);
    }

    /** Whole splits, ends of them, as many as there may be; by every kind of kernel. */
    @ParameterizedTest
    @CsvSource({
        "AMPERE,FP16,1,8,1024", "AMPERE,BF16,130,136,1048", "AMPERE,FP16,2,8,4616", "AMPERE,BF16,65,70,1037",
        "HOPPER,FP16,1,8,1024", "HOPPER,BF16,130,136,1048", "HOPPER,FP16,2,8,4616", "HOPPER,FP16,3,7,1300"
    })
    void addsUpSlicesOfLongRows(Card card, DataType type, int m, int n, int k) {
        assertThat(HalfProducts.splits(n, k).count()).isGreaterThan(1);
        Random random = new Random(m + n + k);
        MemorySegment a = numbers(card, type, random, m * k);
        MemorySegment b = numbers(card, type, random, k * n);
        DeviceProduct product = DeviceProduct.plain(m, n, k);
        MemorySegment apart = multiply(card, type, product, a, b, true);
        assertNear(type, apart, sums(type, product, a, 0, b, 0), k);
        assertThat(multiply(card, type, product, a, b, false).mismatch(apart)).isEqualTo(-1);
    }

    @ParameterizedTest
    @CsvSource({"AMPERE,16,1096", "AMPERE,9,1027", "HOPPER,16,1096", "HOPPER,9,1027"})
    void aRowIsTheSameWhateverIsMultipliedBesideIt(Card card, int n, int k) {
        int m = 131;
        Random random = new Random(n + k);
        MemorySegment a = numbers(card, DataType.BF16, random, m * k);
        MemorySegment b = numbers(card, DataType.BF16, random, k * n);
        MemorySegment all = multiply(card, DataType.BF16, DeviceProduct.plain(m, n, k), a, b, false);
        for (int row : new int[] {0, 63, 64, 128, 130}) {
            MemorySegment alone = a.asSlice(2L * row * k, 2L * k);
            for (boolean apart : new boolean[] {true, false}) {
                MemorySegment one = multiply(card, DataType.BF16, DeviceProduct.plain(1, n, k), alone, b, apart);
                assertThat(all.asSlice(2L * row * n, 2L * n).mismatch(one))
                        .as("row %s, %s", row, apart)
                        .isEqualTo(-1);
            }
        }
    }

    @Test
    void cutsKByNAndKAlone() {
        assertThat(HalfProducts.splits(768, 3072)).isEqualTo(new SplitK(12, 256));
        assertThat(HalfProducts.splits(1024, 1024)).isEqualTo(new SplitK(4, 256));
        // Three splits and fewer are not worth the large tile.
        assertThat(HalfProducts.splits(768, 1023)).isEqualTo(new SplitK(1, 1024));
        assertThat(HalfProducts.splits(4096, 4096)).isEqualTo(new SplitK(1, 4096));
        assertThat(HalfProducts.splits(0, 0).count()).isEqualTo(1);
        for (int k = 1; k < 9000; k += 7) {
            SplitK splits = HalfProducts.splits(100, k);
            assertThat(splits.length() % HalfProducts.DEPTH).isZero();
            assertThat((long) splits.count() * splits.length()).isGreaterThanOrEqualTo(k);
            assertThat((splits.count() - 1) * splits.length()).isLessThan(k);
        }
    }

    @Test
    void asksForMemoryForPartsWhereThereAreFewRows() {
        assertThat(HalfProducts.bytes(2, 3, 768, 3072)).isEqualTo(4L * 12 * 2 * 3 * 768);
        assertThat(HalfProducts.bytes(1, 768, 768, 3072)).isZero();
        assertThat(HalfProducts.bytes(6, 1, 768, 3072)).isZero();
        assertThat(HalfProducts.bytes(1, 3, 768, 768)).isZero();
    }

    @ParameterizedTest
    @EnumSource(Card.class)
    void addsTheAddendAloneWhereThereIsNoK(Card card) {
        MemorySegment addend = HalfNumbers.fill(DataType.FP16, card.rig().memory(16), () -> 1.5f);
        MemorySegment actual = multiply(
                card,
                DataType.FP16,
                at -> new DeviceProduct(5, 8, 0, 0, 1, 8, 1, ONE, NONE, NONE, 1, 2, at, 0, 1, PLAIN, 0),
                List.of(card.rig().memory(0), card.rig().memory(0), addend),
                true);
        assertThat(HalfNumbers.wide(DataType.FP16, actual)).containsOnly(3);
    }

    @Test
    void refusesWhatItsKernelsDoNotDo() {
        Activation relu = Activation.of(Activation.Kind.RELU);
        DeviceProduct product = new DeviceProduct(1, 8, 8, 8, 1, 8, 1, ONE, NONE, NONE, 1, 0, 0, 0, 0, relu, 0);
        MemorySegment operand = ampere.memory(128);
        assertThatThrownBy(() -> multiply(Card.AMPERE, DataType.FP16, product, operand, operand, false))
                .hasMessageContaining("activation");
    }

    /** A product of operands that lie behind the result in the rig, given the address of the third. */
    private interface Sizes {
        DeviceProduct at(long addend);
    }

    private static MemorySegment multiply(
            Card card, DataType type, DeviceProduct product, MemorySegment a, MemorySegment b, boolean apart) {
        return multiply(card, type, _ -> product, List.of(a, b), apart);
    }

    /** With splits beside each other, for which there is scratch memory behind the result, or in turn. */
    private static MemorySegment multiply(
            Card card, DataType type, Sizes sizes, List<MemorySegment> operands, boolean apart) {
        DeviceProduct shape = sizes.at(0);
        long bytes = 2L * shape.batch() * shape.m() * shape.n();
        long parts = HalfProducts.bytes(shape.batch(), shape.m(), shape.n(), shape.k());
        MemorySegment c = card.rig().run(bytes + 256 + parts, operands, (kernels, in, out) -> {
            assertThat(kernels.halfProductBytes(shape.batch(), shape.m(), shape.n(), shape.k()))
                    .isEqualTo(parts);
            long scratch = apart ? (out + bytes + 255) / 256 * 256 : 0;
            kernels.multiplyHalf(type, sizes.at(in.length > 2 ? in[2] : 0), in[0], in[1], out, scratch);
        });
        return c.asSlice(0, bytes);
    }

    /** The oracle, of one product: sums of FP64, neither rounded nor scaled. */
    private static float[] sums(DataType type, DeviceProduct p, MemorySegment a, int aAt, MemorySegment b, int bAt) {
        float[] left = HalfNumbers.wide(type, a);
        float[] right = HalfNumbers.wide(type, b);
        float[] sums = new float[p.m() * p.n()];
        for (int i = 0; i < sums.length; i++) {
            int row = aAt + i / p.n() * p.aRow();
            int column = bAt + i % p.n() * p.bColumn();
            sums[i] = (float) IntStream.range(0, p.k())
                    .mapToDouble(k -> (double) left[row + k * p.aColumn()] * right[column + k * p.bRow()])
                    .sum();
        }
        return sums;
    }

    private static void assertNear(DataType type, MemorySegment actual, float[] expected, int k) {
        float[] got = HalfNumbers.wide(type, actual);
        assertThat(got).hasSameSizeAs(expected);
        for (int i = 0; i < got.length; i++) {
            float unit = HalfNumbers.unit(type, expected[i]) + 1e-7f * k;
            assertThat(got[i]).as("element %s", i).isBetween(expected[i] - unit, expected[i] + unit);
        }
    }
}
