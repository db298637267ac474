package dev.nereid.nativekernels.cuda;

import dev.nereid.kernels.device.DeviceException;
import dev.nereid.kernels.device.DeviceProduct;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.memory.NativeMemory;
import dev.nereid.nativekernels.cuda.WarpgroupProducts.Tile;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/**
 * A few small products by the kernels of warpgroups and by those of all cards with tensor cores, on the card itself. Their
 * numbers are small integers, so that no sum is rounded in any order and both must give the same bits. With numbers that are
 * rounded, both tiles must give the same, and slices the same beside each other as in turn. One thread.
 */
final class WarpgroupTrial implements AutoCloseable {
    private record Size(int batch, int m, int n, int k) {
        int cells() {
            return batch * m * n;
        }

        /** Products beside each other, to each of which the same row is added. */
        DeviceProduct product(long row) {
            int[] dims = {1, 1, batch};
            int[] left = {0, 0, m * k};
            int[] right = {0, 0, k * n};
            return new DeviceProduct(m, n, k, k, 1, n, 1, dims, left, right, 1, 1, row, 0, 1, Activation.NONE, 0);
        }

        Slices slices() {
            return new Slices(Math.ceilDiv(k, SLICE), SLICE);
        }
    }

    /** Where the operands of a product are on the card, and room for its parts. */
    private record Places(long a, long b, long row, long c, long parts) {}

    /** The k of a slice: more than a stage, so that there are several and the last one is short. */
    private static final int SLICE = 128;

    /** Rows for each multiprocessor in the largest product, so that many blocks run beside each other. */
    private static final int ROWS_EACH = 16;

    /** Tiles that add in the same order. */
    private static final List<List<Tile>> ALIKE =
            List.of(List.of(Tile.SMALL, Tile.LARGE), List.of(Tile.PARTS, Tile.SLICED));

    /** Bytes behind a result, at least, that no kernel may write to: they are compared too. */
    private static final int FENCE = 256;

    private static final byte FENCE_BYTE = 0x5a;

    private final CudaDevice device;
    private final CudaSpace space;
    private final int rows;
    private final CUstream stream = new CUstream();
    private final Launcher launcher;
    private final Random random = new Random(90);

    /** A trial on a card with so many multiprocessors, which the calling thread talks to. */
    WarpgroupTrial(CudaDevice device, CudaSpace space, int multiprocessors) {
        this.device = device;
        this.space = space;
        this.rows = Math.max(70, ROWS_EACH * multiprocessors);
        device.check(
                JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING),
                "making a stream for a trial");
        this.launcher = new Launcher(device, stream);
    }

    /**
     * Runs the products.
     *
     * @return what was wrong; empty where nothing was
     * @throws DeviceException if the driver refuses something, as it does after a kernel that failed
     */
    Optional<String> run() {
        // One row and one chunk of k; ends inside of tiles and of stages, and a batch; more stages than there are
        // buffers,
        // many blocks.
        Size[] sizes = {new Size(1, 1, 8, 8), new Size(3, 70, 72, 136), new Size(1, rows, 264, 328)};
        for (DataType type : WarpgroupProducts.TYPES) {
            for (Size size : sizes) {
                Optional<String> problem = compare(type, size, true);
                if (problem.isPresent()) {
                    return problem;
                }
            }
            Optional<String> problem = compare(type, sizes[2], false);
            if (problem.isPresent()) {
                return problem;
            }
        }
        return Optional.empty();
    }

    private Optional<String> compare(DataType type, Size size, boolean exact) {
        long aBytes = aligned(2L * size.batch * size.m * size.k);
        long bBytes = aligned(2L * size.batch * size.k * size.n);
        long rowBytes = aligned(2L * size.n);
        long inBytes = aBytes + bBytes + rowBytes;
        long cBytes = aligned(2L * size.cells() + FENCE);
        long all = inBytes + cBytes + 4L * size.slices().count() * size.cells();
        DevicePointer memory = space.allocate(all, "trial products", stream);
        try (NativeMemory operands = NativeMemory.allocate(inBytes);
                NativeMemory expected = NativeMemory.allocate(cBytes);
                NativeMemory actual = NativeMemory.allocate(cBytes)) {
            fill(type, operands.segment(), exact);
            device.check(
                    JCudaDriver.cuMemcpyHtoDAsync(
                            memory, new HostPointer(operands.segment().address()), inBytes, stream),
                    "copying trial products to it");
            long a = memory.address();
            Places places = new Places(a, a + aBytes, a + aBytes + bBytes, a + inBytes, a + inBytes + cBytes);
            if (exact) {
                DeviceProduct product = size.product(places.row);
                multiply(size, places, () -> HalfProducts.runTensors(launcher, type, product), expected.segment());
                return problem(type, size, places, List.of(Tile.values()), expected, actual);
            }
            for (List<Tile> alike : ALIKE) {
                multiply(size, places, starting(type, alike.getFirst(), size, places), expected.segment());
                Optional<String> problem = problem(type, size, places, alike, expected, actual);
                if (problem.isPresent()) {
                    return problem;
                }
            }
            return Optional.empty();
        } finally {
            free(memory, all);
        }
    }

    /** What is wrong with the first tile that gives other bits than those expected. */
    private Optional<String> problem(
            DataType type, Size size, Places places, List<Tile> tiles, NativeMemory expected, NativeMemory actual) {
        for (Tile tile : tiles) {
            multiply(size, places, starting(type, tile, size, places), actual.segment());
            long at = expected.segment().mismatch(actual.segment());
            if (at >= 0) {
                return Optional.of("'" + tile.kernel(type) + "' multiplies [" + size.m + ", " + size.k + "] by ["
                        + size.k + ", " + size.n + "] wrongly, from byte " + at + " on");
            }
        }
        return Optional.empty();
    }

    private Runnable starting(DataType type, Tile tile, Size size, Places places) {
        DeviceProduct product = size.product(places.row);
        if (tile != Tile.PARTS) {
            return () -> WarpgroupProducts.run(launcher, type, tile, product, size.batch);
        }
        return () -> {
            int count = size.batch * size.slices().count();
            WarpgroupProducts.run(launcher, type, tile, product, count);
            HalfProducts.join(launcher, type, product);
        };
    }

    private void free(DevicePointer memory, long bytes) {
        try {
            space.free(memory, bytes, stream);
        } catch (DeviceException e) {
            // A context that has failed takes its memory along, and why it failed is the better message.
        }
    }

    private static long aligned(long bytes) {
        return Math.ceilDiv(bytes, FENCE) * FENCE;
    }

    /** Integers from -8 to 8, or numbers with all their bits. */
    private void fill(DataType type, MemorySegment operands, boolean exact) {
        for (long i = 0; i < operands.byteSize() / Short.BYTES; i++) {
            float value = exact ? random.nextInt(-8, 9) : (float) random.nextGaussian();
            short bits = type == DataType.FP16
                    ? Float.floatToFloat16(value)
                    : (short) (Float.floatToRawIntBits(value) >> 16);
            operands.setAtIndex(ValueLayout.JAVA_SHORT, i, bits);
        }
    }

    private void multiply(Size size, Places places, Runnable start, MemorySegment result) {
        long bytes = result.byteSize();
        long c = places.c;
        device.check(
                JCudaDriver.cuMemsetD8Async(DevicePointer.at(c), FENCE_BYTE, bytes, stream),
                "clearing a trial product");
        DeviceProduct product = size.product(places.row);
        HalfProducts.arguments(launcher, product, places.a, places.b, c, 0, size.slices(), places.parts);
        start.run();
        device.check(
                JCudaDriver.cuMemcpyDtoHAsync(new HostPointer(result.address()), DevicePointer.at(c), bytes, stream),
                "copying a trial product from it");
        device.check(JCudaDriver.cuStreamSynchronize(stream), "running a trial product");
    }

    @Override
    public void close() {
        launcher.close();
        int _ = JCudaDriver.cuStreamDestroy(stream);
    }
}
