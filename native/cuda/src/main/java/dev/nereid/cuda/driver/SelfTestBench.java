package dev.nereid.cuda.driver;

import dev.nereid.memory.NativeMemory;
import dev.nereid.models.device.DeviceException;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/** A stream and memory on a card for self-tests of kernels, whose results are compared bit by bit. One thread. */
final class SelfTestBench implements AutoCloseable {
    /** Where operands, a result and scratch memory are on the card. */
    record Places(long operands, long result, long resultBytes, long scratch) {}

    /** Bytes behind a result, at least, that no kernel may write to: they are compared too. */
    private static final int FENCE = 256;

    private static final byte FENCE_BYTE = 0x5a;

    private final CudaDevice device;
    private final CudaModelResources resources;
    private final CUstream stream = new CUstream();
    private final Launcher launcher;

    /** A bench on a card that the calling thread talks to. */
    SelfTestBench(CudaDevice device, CudaModelResources resources) {
        this.device = device;
        this.resources = resources;
        device.check(
                JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING),
                "making a stream for a self-test");
        this.launcher = new Launcher(device, stream);
    }

    Launcher launcher() {
        return launcher;
    }

    /** What operands and scratch memory begin at a multiple of. */
    static long aligned(long bytes) {
        return Math.ceilDiv(bytes, FENCE) * FENCE;
    }

    /** Integers from -most to most, whose sums no order of additions rounds, or numbers with all their bits. */
    static void fill(DataType type, MemorySegment halves, Random random, Optional<Integer> most) {
        for (long i = 0; i < halves.byteSize() / Short.BYTES; i++) {
            float value =
                    most.isPresent() ? random.nextInt(-most.get(), most.get() + 1) : (float) random.nextGaussian();
            short bits = type == DataType.FP16
                    ? Float.floatToFloat16(value)
                    : (short) (Float.floatToRawIntBits(value) >> 16);
            halves.setAtIndex(ValueLayout.JAVA_SHORT, i, bits);
        }
    }

    /**
     * Has operands on the card for the time of some work, with room behind them.
     *
     * @param operands whose size is {@link #aligned}
     */
    <T> T place(MemorySegment operands, long resultBytes, long scratchBytes, Function<Places, T> work) {
        long fenced = aligned(resultBytes + FENCE);
        long all = operands.byteSize() + fenced + scratchBytes;
        DevicePointer memory = resources.allocate(all, "a self-test of kernels", stream);
        try {
            device.check(
                    JCudaDriver.cuMemcpyHtoDAsync(
                            memory, new HostPointer(operands.address()), operands.byteSize(), stream),
                    "copying operands of a self-test to it");
            long result = memory.address() + operands.byteSize();
            return work.apply(new Places(memory.address(), result, fenced, result + fenced));
        } finally {
            free(memory, all);
        }
    }

    private void free(DevicePointer memory, long bytes) {
        try {
            resources.free(memory, bytes, stream);
        } catch (DeviceException e) {
            // A context that has failed takes its memory along, and why it failed is the better message.
        }
    }

    /** Runs what starts kernels. Returns the result and what is behind it; the caller closes it. */
    NativeMemory run(Places places, Runnable start) {
        NativeMemory result = NativeMemory.allocate(places.resultBytes());
        try {
            device.check(
                    JCudaDriver.cuMemsetD8Async(
                            DevicePointer.at(places.result()), FENCE_BYTE, places.resultBytes(), stream),
                    "clearing the result of a self-test");
            start.run();
            device.check(
                    JCudaDriver.cuMemcpyDtoHAsync(
                            new HostPointer(result.segment().address()),
                            DevicePointer.at(places.result()),
                            places.resultBytes(),
                            stream),
                    "copying the result of a self-test from it");
            device.check(JCudaDriver.cuStreamSynchronize(stream), "running a self-test");
            return result;
        } catch (RuntimeException | Error e) {
            result.close();
            throw e;
        }
    }

    @Override
    public void close() {
        launcher.close();
        int _ = JCudaDriver.cuStreamDestroy(stream);
    }
}
