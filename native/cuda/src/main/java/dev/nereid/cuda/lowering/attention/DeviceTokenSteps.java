package dev.nereid.cuda.lowering.attention;

import dev.nereid.cuda.device.DeviceAttention;
import dev.nereid.cuda.device.DeviceAttentionWindow;
import dev.nereid.cuda.device.DeviceTokens.Growth;
import dev.nereid.cuda.device.DeviceTokens.Pasts;
import dev.nereid.cuda.lowering.DeviceRun;
import dev.nereid.kernels.attention.AttentionShape;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.DataTypes;
import dev.nereid.models.operators.attention.AttentionSizes;
import dev.nereid.models.operators.attention.KeyValueCache;
import dev.nereid.tensor.DataType;
import java.util.stream.IntStream;

/** What the attentions of this package have in common on a device. */
final class DeviceTokenSteps {
    /** More than a window that is no bound is never behind a query. */
    private static final long MOST_WINDOW = 1 << 30;

    private DeviceTokenSteps() {}

    /** Whether those of the inputs that are there are of one datatype, {@code FP32}, {@code FP16} or {@code BF16}. */
    static boolean areAlike(Inference node, int... inputs) {
        DataType type = node.type(0).dataType();
        return (type == DataType.FP32 || DataTypes.HALVES.contains(type))
                && IntStream.of(inputs)
                        .filter(node::has)
                        .allMatch(input -> node.type(input).dataType().equals(type));
    }

    /** Whether the node has this output. */
    static boolean wants(Inference node, int output) {
        return node.node().output(output).isPresent();
    }

    /** The length of a window as kernels take it. */
    static int window(long tokens) {
        return (int) Math.clamp(tokens, -1, MOST_WINDOW);
    }

    /** Bytes of scratch memory that {@link #join} needs for the keys, or the values. */
    static long joinedBytes(DeviceRun run, DataType type, int past, int present, long elements) {
        return run.has(past) && !run.wants(present) ? elements * type.bytes() : 0;
    }

    /**
     * The keys, or the values, of the past and of this run, in the memory of the node's output if anybody reads that.
     *
     * @param current of this run
     * @param past the input with the cache: [batch, heads, past, size]
     * @param present the output with the cache: [batch, heads, capacity, size]
     * @param scratch an address, where {@link #joinedBytes} asks for memory
     * @throws IllegalArgumentException if the cache is none for these heads
     */
    static DeviceVectors join(
            DeviceRun run,
            DataType type,
            DeviceVectors current,
            int batch,
            int heads,
            int size,
            int capacity,
            Pasts pasts,
            int past,
            int present,
            long scratch) {
        if (!run.has(past) && !run.wants(present)) {
            return current;
        }
        long y = run.wants(present) ? run.output(present).address() : scratch;
        return append(run, type, current, batch, heads, size, capacity, pasts, past, y);
    }

    /**
     * The keys, or the values, of the past and of this run.
     *
     * @param y the address of [batch, heads, capacity, size]
     * @throws IllegalArgumentException if the cache is none for these heads
     */
    static DeviceVectors append(
            DeviceRun run,
            DataType type,
            DeviceVectors current,
            int batch,
            int heads,
            int size,
            int capacity,
            Pasts pasts,
            int past,
            long y) {
        if (run.has(past)) {
            KeyValueCache.check(run.input(past).shape(), batch, heads, size);
        }
        int room = run.has(past) ? Math.toIntExact(run.input(past).shape().dim(2)) : 0;
        Growth growth = new Growth(batch, heads, room, capacity, size, current.strides(), pasts);
        long before = run.has(past) ? run.input(past).address() : 0;
        run.kernels().tokens().append(type.bytes(), growth, before, current.address(), y);
        return DeviceVectors.stacked(y, heads, capacity, size);
    }

    /**
     * Attends.
     *
     * @param sizes with as many keys as {@code k} and {@code v} have
     * @param window what is allowed beside the mask, without truth values
     */
    static void attend(
            DeviceRun run,
            DataType type,
            AttentionSizes sizes,
            DeviceVectors q,
            DeviceVectors k,
            DeviceVectors v,
            float scale,
            DeviceMask mask,
            DeviceAttentionWindow window,
            DeviceVectors y) {
        AttentionShape shape = new AttentionShape(
                sizes.batch(),
                sizes.heads(),
                sizes.queries(),
                Math.min(sizes.keys(), mask.keys()),
                sizes.size(),
                sizes.valueSize());
        DeviceAttention attention = new DeviceAttention(
                shape,
                scale,
                q.strides(),
                k.strides(),
                v.strides(),
                y.strides(),
                mask.strides(),
                sizes.group(),
                sizes.group(),
                window.withAllowed(mask.allowed()));
        if (type == DataType.FP32) {
            run.kernels().attend(attention, q.address(), k.address(), v.address(), mask.numbers(), y.address());
        } else {
            run.kernels()
                    .attendHalf(type, attention, q.address(), k.address(), v.address(), mask.numbers(), y.address());
        }
    }
}
