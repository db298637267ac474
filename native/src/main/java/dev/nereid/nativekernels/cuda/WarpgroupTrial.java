package dev.nereid.nativekernels.cuda;

import dev.nereid.kernels.device.DeviceException;
import dev.nereid.memory.NativeMemory;
import dev.nereid.nativekernels.cuda.WarpgroupProducts.Tile;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.Random;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/**
 * A few small products by the kernels of warpgroups and by those of all cards with tensor cores, on the card itself. Their
 * numbers are small integers, so that no sum is rounded in any order and both must give the same bits. With numbers that are
 * rounded, both tiles must give the same. One thread.
 */
final class WarpgroupTrial implements AutoCloseable {
    private record Size(int m, int n, int k) {
        int cells() {
            return m * n;
        }
    }

    /** Rows for each multiprocessor in the largest product, so that many blocks run beside each other. */
    private static final int ROWS_EACH = 16;

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
        // One row and one chunk of k; ends inside of tiles and of stages; more stages than there are buffers, many
        // blocks.
        Size[] sizes = {new Size(1, 8, 8), new Size(70, 72, 136), new Size(rows, 264, 328)};
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
        long aBytes = aligned(2L * size.m * size.k);
        long bBytes = aligned(2L * size.k * size.n);
        long cBytes = aligned(2L * size.cells() + FENCE);
        long all = aBytes + bBytes + cBytes;
        DevicePointer memory = space.allocate(all, "trial products", stream);
        try (NativeMemory operands = NativeMemory.allocate(aBytes + bBytes);
                NativeMemory expected = NativeMemory.allocate(cBytes);
                NativeMemory actual = NativeMemory.allocate(cBytes)) {
            fill(type, operands.segment(), exact);
            device.check(
                    JCudaDriver.cuMemcpyHtoDAsync(
                            memory, new HostPointer(operands.segment().address()), aBytes + bBytes, stream),
                    "copying trial products to it");
            long a = memory.address();
            Runnable reference = exact
                    ? () -> CudaProducts.runTensors(launcher, type, size.m, size.n)
                    : () -> WarpgroupProducts.run(launcher, type, Tile.SMALL, size.m, size.n);
            multiply(size, a, a + aBytes, a + aBytes + bBytes, reference, expected.segment());
            for (Tile tile : Tile.values()) {
                Runnable start = () -> WarpgroupProducts.run(launcher, type, tile, size.m, size.n);
                multiply(size, a, a + aBytes, a + aBytes + bBytes, start, actual.segment());
                long at = expected.segment().mismatch(actual.segment());
                if (at >= 0) {
                    return Optional.of("'" + tile.kernel(type) + "' multiplies [" + size.m + ", " + size.k + "] by ["
                            + size.k + ", " + size.n + "] wrongly, from byte " + at + " on");
                }
            }
            return Optional.empty();
        } finally {
            free(memory, all);
        }
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

    private void multiply(Size size, long a, long b, long c, Runnable start, MemorySegment result) {
        long bytes = result.byteSize();
        device.check(
                JCudaDriver.cuMemsetD8Async(DevicePointer.at(c), FENCE_BYTE, bytes, stream),
                "clearing a trial product");
        launcher.begin()
                .address(a)
                .address(b)
                .address(c)
                .number(size.m)
                .number(size.n)
                .number(size.k);
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
