package dev.nereid.cuda.driver;

import dev.nereid.cuda.device.DeviceAttention;
import dev.nereid.kernels.attention.AttentionShape;
import dev.nereid.tensor.DataType;
import java.util.Locale;

/** Starts the kernels of attention. Which one is a matter of sizes and of how operands lie, never of the batch. */
final class CudaAttention {
    /** Elements of a head that a kernel takes at most. */
    static final int MOST_SIZE = 128;

    /** The same of the smaller kernels with tensor cores. */
    private static final int SMALL_SIZE = 64;

    private static final int THREADS = 128;
    private static final int PLAIN_QUERIES = 16;
    private static final int TENSOR_QUERIES = 64;

    /** The operands of an attention by addresses; the mask's is 0 where there is none. */
    record Operands(long q, long k, long v, long mask, long y) {}

    private final Launcher launcher;

    CudaAttention(Launcher launcher) {
        this.launcher = launcher;
    }

    /** Of FP32. */
    void attend(DeviceAttention a, Operands operands) {
        arguments(a, operands);
        run("attention", a.shape(), PLAIN_QUERIES);
    }

    /** Of numbers of 16 bits. */
    void attendHalf(DataType type, DeviceAttention a, Operands operands) {
        if (suitsTensors(a, operands) && launcher.has(tensorKernel(type, a.shape()))) {
            attendByTensors(type, a, operands);
        } else {
            attendPlainly(type, a, operands);
        }
    }

    void attendPlainly(DataType type, DeviceAttention a, Operands operands) {
        arguments(a, operands);
        run("attention_" + name(type), a.shape(), PLAIN_QUERIES);
    }

    void attendByTensors(DataType type, DeviceAttention a, Operands operands) {
        arguments(a, operands);
        run(tensorKernel(type, a.shape()), a.shape(), TENSOR_QUERIES);
    }

    /** The kernel with tensor cores for heads of these sizes. */
    static String tensorKernel(DataType type, AttentionShape shape) {
        boolean small = Math.max(shape.size(), shape.valueSize()) <= SMALL_SIZE;
        return "tensor_attention_" + name(type) + (small ? "_" + SMALL_SIZE : "_" + MOST_SIZE);
    }

    /** Whether the elements of each token begin where copies of 16 bytes want it. */
    private static boolean suitsTensors(DeviceAttention a, Operands operands) {
        int each = CudaProducts.TENSOR_BYTES / Short.BYTES;
        boolean strides = true;
        for (int[] those : new int[][] {a.qStrides(), a.kStrides(), a.vStrides()}) {
            for (int stride : those) {
                strides &= stride % each == 0;
            }
        }
        long addresses = operands.q() | operands.k() | operands.v();
        return strides
                && a.shape().size() % each == 0
                && a.shape().valueSize() % each == 0
                && addresses % CudaProducts.TENSOR_BYTES == 0;
    }

    private void run(String kernel, AttentionShape shape, int queries) {
        launcher.run(
                kernel, (long) shape.batch() * Math.ceilDiv(shape.queries(), queries), shape.heads(), 1, THREADS, 1);
    }

    private void arguments(DeviceAttention a, Operands operands) {
        AttentionShape shape = a.shape();
        launcher.begin()
                .address(operands.q())
                .address(operands.k())
                .address(operands.v())
                .address(operands.mask())
                .address(operands.y())
                .number(shape.heads())
                .number(shape.queries())
                .number(shape.keys())
                .number(shape.size())
                .number(shape.valueSize())
                .real(a.scale())
                .numbers(a.qStrides(), 3)
                .numbers(a.kStrides(), 3)
                .numbers(a.vStrides(), 3)
                .numbers(a.yStrides(), 3)
                .numbers(a.maskStrides(), 4)
                .number(a.keySharing())
                .number(a.valueSharing())
                .address(a.window().allowed())
                .address(a.window().counts().address())
                .number(a.window().counts().type().bytes())
                .number(a.window().counts().more())
                .number(a.window().offset())
                .number(a.window().leastOffset())
                .number(a.window().left())
                .number(a.window().right())
                .number(a.window().hiddenIsZero())
                .number(0);
    }

    private static String name(DataType type) {
        return type.name().toLowerCase(Locale.ROOT);
    }
}
