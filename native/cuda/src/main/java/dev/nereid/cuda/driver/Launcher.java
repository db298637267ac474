package dev.nereid.cuda.driver;

import dev.nereid.cuda.device.BroadcastStrides;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.memory.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jcuda.Pointer;
import jcuda.driver.CUfunction;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;

/**
 * Starts kernels on one stream. The arguments of a kernel are one block, written field by field in the order of the
 * kernel's struct. One thread at a time.
 */
final class Launcher implements AutoCloseable {
    private static final int BLOCK_BYTES = 512;

    private final CudaDevice device;
    private final CUstream stream;
    private final NativeMemory memory = NativeMemory.allocate(BLOCK_BYTES + Long.BYTES);
    private final MemorySegment block = memory.segment();
    private final Pointer arguments;
    private long at;

    Launcher(CudaDevice device, CUstream stream) {
        this.device = device;
        this.stream = stream;
        block.set(ValueLayout.JAVA_LONG, BLOCK_BYTES, block.address());
        this.arguments = new HostPointer(block.address() + BLOCK_BYTES);
    }

    /** Whether this card has a kernel. */
    boolean has(String kernel) {
        return device.has(kernel);
    }

    /** Begins the arguments of the next kernel. */
    Launcher begin() {
        at = 0;
        return this;
    }

    Launcher address(long address) {
        return word(address);
    }

    /** A field of 8 bytes; the struct has it at a multiple of 8. */
    Launcher word(long value) {
        if (at % Long.BYTES != 0) {
            throw new IllegalStateException("a field of 8 bytes at " + at);
        }
        block.set(ValueLayout.JAVA_LONG, at, value);
        at += Long.BYTES;
        return this;
    }

    Launcher number(int value) {
        block.set(ValueLayout.JAVA_INT, at, value);
        at += Integer.BYTES;
        return this;
    }

    Launcher number(boolean value) {
        return number(value ? 1 : 0);
    }

    Launcher real(float value) {
        block.set(ValueLayout.JAVA_FLOAT, at, value);
        at += Float.BYTES;
        return this;
    }

    /** An array of {@code length} fields, of which the last are 0. */
    Launcher numbers(int[] values, int length) {
        for (int i = 0; i < length; i++) {
            number(i < values.length ? values[i] : 0);
        }
        return this;
    }

    /** The fields of a convolution's window over two axes. */
    Launcher window(Window window) {
        return numbers(window.input(), 2)
                .numbers(window.kernel(), 2)
                .numbers(window.stride(), 2)
                .numbers(window.dilation(), 2)
                .numbers(window.padding(), 2)
                .numbers(window.output(), 2);
    }

    /** The fields of an activation. */
    Launcher activation(Activation activation) {
        return number(code(activation.kind())).real(activation.alpha()).real(activation.beta());
    }

    /** The number that the sources have for it. */
    private static int code(Activation.Kind kind) {
        return switch (kind) {
            case NONE -> 0;
            case RELU -> 1;
            case CLIP -> 2;
            case LEAKY_RELU -> 3;
            case SIGMOID -> 4;
            case TANH -> 5;
            case GELU -> 6;
            case HARD_SWISH -> 7;
            case SWISH -> 8;
        };
    }

    /** The length of the result, its axes, and the strides of the first {@code count} operands. */
    Launcher strides(BroadcastStrides operands, int count) {
        number(operands.length()).number(operands.rank()).numbers(operands.dims(), BroadcastStrides.MOST_DIMS);
        for (int operand = 0; operand < count; operand++) {
            numbers(operands.strides()[operand], BroadcastStrides.MOST_DIMS);
        }
        return this;
    }

    /** Starts a kernel of one thread an element. */
    void elements(String kernel, long elements) {
        run(kernel, Math.ceilDiv(elements, 256), 1, 1, 256, 1);
    }

    /** Starts a kernel of one thread an element that is none of the sources'. */
    void elements(CUfunction function, String name, long elements) {
        run(function, name, Math.ceilDiv(elements, 256), 1, 1, 256, 1, 0);
    }

    /** Starts a kernel with the arguments that were written. */
    void run(String kernel, long gridX, long gridY, long gridZ, int blockX, int blockY) {
        run(device.function(kernel), kernel, gridX, gridY, gridZ, blockX, blockY, 0);
    }

    /** Starts a kernel that asks for shared memory beside what its source declares. */
    void runWith(int sharedBytes, String kernel, long gridX, long gridY, long gridZ, int block) {
        run(device.function(kernel), kernel, gridX, gridY, gridZ, block, 1, sharedBytes);
    }

    private void run(
            CUfunction function,
            String kernel,
            long gridX,
            long gridY,
            long gridZ,
            int blockX,
            int blockY,
            int sharedBytes) {
        if (gridX == 0 || gridY == 0 || gridZ == 0) {
            return;
        }
        device.check(
                JCudaDriver.cuLaunchKernel(
                        function,
                        Math.toIntExact(gridX),
                        Math.toIntExact(gridY),
                        Math.toIntExact(gridZ),
                        blockX,
                        blockY,
                        1,
                        sharedBytes,
                        stream,
                        arguments,
                        null),
                "starting kernel '" + kernel + "'");
    }

    @Override
    public void close() {
        memory.close();
    }
}
