package dev.nereid.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.cuda.EmulatedCuda;
import dev.nereid.cuda.device.DeviceProduct;
import dev.nereid.cuda.driver.WarpgroupProducts.Tile;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.scalar.ScalarMatMul;
import dev.nereid.models.device.DevicePrecision;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Products of numbers of 16 bits by the kernels for Hopper beside the scalar ones, on an emulated GPU that computes
 * {@code wgmma} from its descriptors and the bytes in shared memory.
 */
@Tag("cuda")
@Tag("nightly")
class CudaWarpgroupsTest {
    /** The k of a split, where a tile cuts them. */
    private static final int SPLIT = 128;

    @AutoClose
    private static DeviceRig rig;

    @BeforeAll
    static void open() {
        rig = DeviceRig.open("CUDA kernels of warpgroups", DevicePrecision.FP32, EmulatedCuda.HOPPER);
    }

    /** Ends of tiles, of 64 k, of 64 columns; as many stages as there are buffers, fewer and more. */
    @ParameterizedTest
    @CsvSource({
        "SMALL,1,8,8",
        "SMALL,63,64,64",
        "SMALL,64,72,256",
        "SMALL,65,136,264",
        "SMALL,3,8,1032",
        "LARGE,1,8,8",
        "LARGE,64,256,64",
        "LARGE,65,264,120",
        "LARGE,128,8,256",
        "LARGE,129,64,648",
        "SLICED,1,8,8",
        "SLICED,65,136,264",
        "SLICED,129,8,1032",
        "SLICED,3,264,256",
        "PARTS,1,8,8",
        "PARTS,65,136,264",
        "PARTS,3,8,1032",
        "PARTS,64,72,256"
    })
    void everyTileGivesTheOraclesNumbers(Tile tile, int m, int n, int k) {
        for (DataType type : WarpgroupProducts.TYPES) {
            Random random = new Random(m + n + k);
            MemorySegment a = numbers(type, m * k, () -> (float) random.nextGaussian());
            MemorySegment b = numbers(type, k * n, () -> (float) random.nextGaussian());
            float[] wanted = HalfNumbers.wide(type, oracle(type, a, b, m, n, k));
            float[] got = HalfNumbers.wide(type, multiply(type, tile, a, b, m, n, k));
            for (int i = 0; i < got.length; i++) {
                float unit = HalfNumbers.unit(type, wanted[i]) + 1e-7f * k;
                assertThat(got[i]).as("%s element %s", type, i).isBetween(wanted[i] - unit, wanted[i] + unit);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"SMALL,130,72,328", "LARGE,130,264,328", "SLICED,130,264,328", "PARTS,130,72,328"})
    void sumsThatAreExactAreTheOraclesByTheBit(Tile tile, int m, int n, int k) {
        for (DataType type : WarpgroupProducts.TYPES) {
            Random random = new Random(m + n + k);
            MemorySegment a = numbers(type, m * k, () -> (float) random.nextInt(-8, 9));
            MemorySegment b = numbers(type, k * n, () -> (float) random.nextInt(-8, 9));
            MemorySegment actual = multiply(type, tile, a, b, m, n, k);
            assertThat(actual.mismatch(oracle(type, a, b, m, n, k)))
                    .as("%s", type)
                    .isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 63, 64, 127, 128, 130})
    void aRowIsTheSameInEveryBatchAndTile(int row) {
        assertAlike(row, Tile.SMALL, Tile.LARGE);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 63, 64, 127, 128, 130})
    void aRowIsTheSameWhereverItsSlicesAreAdded(int row) {
        assertAlike(row, Tile.PARTS, Tile.SLICED);
    }

    /** A row by the first tile alone, and beside others by both. */
    private static void assertAlike(int row, Tile first, Tile second) {
        int m = 131;
        int n = 24;
        int k = 328;
        Random random = new Random(7);
        MemorySegment a = numbers(DataType.BF16, m * k, () -> (float) random.nextGaussian());
        MemorySegment b = numbers(DataType.BF16, k * n, () -> (float) random.nextGaussian());
        MemorySegment alone = multiply(DataType.BF16, first, a.asSlice(2L * row * k, 2L * k), b, 1, n, k);
        for (Tile tile : List.of(first, second)) {
            MemorySegment all = multiply(DataType.BF16, tile, a, b, m, n, k);
            assertThat(all.asSlice(2L * row * n, 2L * n).mismatch(alone))
                    .as("%s", tile)
                    .isEqualTo(-1);
        }
    }

    @Test
    void nothingIsAddedWhereThereIsNoK() {
        MemorySegment actual = rig.run(
                2L * 5 * 8,
                List.of(rig.memory(0), rig.memory(0)),
                (kernels, in, out) ->
                        kernels.multiplyHalf(DataType.FP16, DeviceProduct.plain(5, 8, 0), in[0], in[1], out, 0));
        assertThat(actual.toArray(ValueLayout.JAVA_SHORT)).containsOnly(0);
    }

    /** Enough tiles for the large one, wide and high; rows that its copies do not take; and those with an odd place. */
    @ParameterizedTest
    @CsvSource({"65,24328,8", "12200,8,8", "5,12,16", "5,16,12", "33,40,72"})
    void whateverIsChosenGivesTheOraclesBits(int m, int n, int k) {
        Random random = new Random(m + n + k);
        MemorySegment a = numbers(DataType.FP16, m * k, () -> (float) random.nextInt(-8, 9));
        MemorySegment b = numbers(DataType.FP16, k * n, () -> (float) random.nextInt(-8, 9));
        MemorySegment actual = rig.run(
                2L * m * n,
                List.of(a, b),
                (kernels, in, out) ->
                        kernels.multiplyHalf(DataType.FP16, DeviceProduct.plain(m, n, k), in[0], in[1], out, 0));
        assertThat(actual.mismatch(oracle(DataType.FP16, a, b, m, n, k))).isEqualTo(-1);
    }

    @Test
    void largeProductsTakeLargeTilesAndFewRowsNever() {
        assertThat(Tile.of(1, 4096, 4096)).isEqualTo(Tile.LARGE);
        assertThat(Tile.of(1, 64, 128_256)).isEqualTo(Tile.SMALL);
        assertThat(Tile.of(1, 512, 768)).isEqualTo(Tile.SMALL);
        assertThat(Tile.of(12, 512, 512)).isEqualTo(Tile.LARGE);
        assertThat(Tile.of(1000, 64, 64)).isEqualTo(Tile.SMALL);
        // A grid has at most 65535 tiles across.
        assertThat(Tile.of(1, 1, 64 * 65_535)).isEqualTo(Tile.SMALL);
        assertThat(Tile.of(1, 1, 64 * 65_535 + 8)).isEqualTo(Tile.LARGE);
    }

    @Test
    void infinityAndNanAreOnlyInTheirRowsAndColumns() {
        int m = 66;
        int n = 72;
        int k = 72;
        MemorySegment a = numbers(DataType.FP16, m * k, () -> 1f);
        MemorySegment b = numbers(DataType.FP16, k * n, () -> 1f);
        a.setAtIndex(ValueLayout.JAVA_SHORT, 65L * k + 71, Float.floatToFloat16(Float.POSITIVE_INFINITY));
        b.setAtIndex(ValueLayout.JAVA_SHORT, 71L * n + 71, Float.floatToFloat16(Float.NaN));
        for (Tile tile : Tile.values()) {
            float[] c = HalfNumbers.wide(DataType.FP16, multiply(DataType.FP16, tile, a, b, m, n, k));
            for (int i = 0; i < c.length; i++) {
                float expected = i % n == 71 ? Float.NaN : i / n == 65 ? Float.POSITIVE_INFINITY : k;
                assertThat(c[i]).as("%s element %s", tile, i).isEqualTo(Float.valueOf(expected));
            }
        }
    }

    private static MemorySegment numbers(DataType type, int length, Supplier<Float> numbers) {
        return HalfNumbers.fill(type, rig.memory(2L * length), numbers);
    }

    private static MemorySegment oracle(DataType type, MemorySegment a, MemorySegment b, int m, int n, int k) {
        MemorySegment expected = rig.memory(2L * m * n);
        new ScalarMatMul().multiply(type, Matrix.of(a, m, k), Matrix.of(b, k, n), Matrix.of(expected, m, n));
        return expected;
    }

    /** By a tile that is not left to choose. */
    private static MemorySegment multiply(
            DataType type, Tile tile, MemorySegment a, MemorySegment b, int m, int n, int k) {
        CudaModelResources resources = (CudaModelResources) rig.resources();
        CudaDevice device = resources.card();
        device.attach();
        CUstream stream = new CUstream();
        device.check(JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING), "making a stream");
        SplitK splits = new SplitK(Math.ceilDiv(k, SPLIT), SPLIT);
        long[] bytes = {a.byteSize(), b.byteSize(), 2L * m * n, 4L * splits.count() * m * n};
        DevicePointer[] memory = new DevicePointer[bytes.length];
        MemorySegment[] host = {a, b, rig.memory(bytes[2])};
        for (int i = 0; i < memory.length; i++) {
            memory[i] = resources.allocate(bytes[i], "a product", stream);
        }
        for (int i = 0; i < 2; i++) {
            device.check(
                    JCudaDriver.cuMemcpyHtoDAsync(memory[i], new HostPointer(host[i].address()), bytes[i], stream),
                    "in");
        }
        try (Launcher launcher = new Launcher(device, stream)) {
            DeviceProduct product = DeviceProduct.plain(m, n, k);
            long[] at = Arrays.stream(memory).mapToLong(DevicePointer::address).toArray();
            HalfProducts.arguments(launcher, product, at[0], at[1], at[2], 0, splits, at[3]);
            WarpgroupProducts.run(launcher, type, tile, product, tile == Tile.PARTS ? splits.count() : 1);
            if (tile == Tile.PARTS) {
                HalfProducts.join(launcher, type, product);
            }
        }
        device.check(
                JCudaDriver.cuMemcpyDtoHAsync(new HostPointer(host[2].address()), memory[2], bytes[2], stream), "out");
        for (int i = 0; i < memory.length; i++) {
            resources.free(memory[i], bytes[i], stream);
        }
        device.check(JCudaDriver.cuStreamSynchronize(stream), "multiplying");
        device.check(JCudaDriver.cuStreamDestroy(stream), "ending a stream");
        return host[2];
    }
}
