package dev.nereid.cuda.driver;

import dev.nereid.cuda.device.DeviceAttention;
import dev.nereid.cuda.device.DeviceAttentionWindow;
import dev.nereid.cuda.device.DeviceAttentionWindow.Counts;
import dev.nereid.cuda.driver.CudaAttention.Operands;
import dev.nereid.kernels.attention.AttentionShape;
import dev.nereid.memory.NativeMemory;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * Self-test on the card: small attentions of FP16 and BF16 by the tensor-core kernels and by the plain ones must agree.
 * Their numbers are small integers and scores are multiples of 128, so that every weight is 1 or vanishes: nothing is
 * rounded but the result, and both must give the same bits. Numbers that are rounded must come near to each other. One
 * thread.
 */
final class AttentionSelfTest {
    /** Between two scores: the exponential of less than that is 0. */
    private static final float APART = 128;

    private static final int MOST = 2;

    /** Of the attentions of several items: each query may ask some of the keys, from within a tile on. */
    private static final DeviceAttentionWindow NEAR_KEYS =
            new DeviceAttentionWindow(0, Counts.NONE, 60, 0, 40, 0, true);

    /** Of numbers that are rounded: weights of BF16, and sums of them in another order. */
    private static final float NEAR = 0x1p-5f;

    /** Queries for each multiprocessor in the largest attention, so that many blocks run beside each other. */
    private static final int QUERIES_EACH = 32;

    private final SelfTestBench bench;
    private final CudaAttention kernels;
    private final int queries;
    private final Random random = new Random(81);

    AttentionSelfTest(SelfTestBench bench, int multiprocessors) {
        this.bench = bench;
        this.kernels = new CudaAttention(bench.launcher());
        this.queries = Math.max(70, QUERIES_EACH * multiprocessors);
    }

    /**
     * Runs the attentions.
     *
     * @return what was wrong; empty where nothing was
     * @throws dev.nereid.models.device.DeviceException if the driver refuses something, as it does after a kernel that failed
     */
    Optional<String> run() {
        // One query and key; ends of tiles, shared heads and sizes of their own; large heads, many blocks.
        AttentionShape[] shapes = {
            new AttentionShape(1, 2, 1, 1, 8, 8),
            new AttentionShape(2, 2, 67, 130, 24, 40),
            new AttentionShape(1, 1, queries, 65, 128, 128)
        };
        for (DataType type : List.of(DataType.FP16, DataType.BF16)) {
            for (AttentionShape shape : shapes) {
                for (boolean exact : new boolean[] {true, false}) {
                    Optional<String> problem = compare(type, shape, exact);
                    if (problem.isPresent()) {
                        return problem;
                    }
                }
            }
        }
        return Optional.empty();
    }

    /** Keys and values are one head's, which serves all. */
    private Optional<String> compare(DataType type, AttentionShape shape, boolean exact) {
        long qBytes = SelfTestBench.aligned(2L * shape.matrices() * shape.queries() * shape.size());
        long kBytes = SelfTestBench.aligned(2L * shape.batch() * shape.keys() * shape.size());
        long vBytes = SelfTestBench.aligned(2L * shape.batch() * shape.keys() * shape.valueSize());
        long maskBytes = SelfTestBench.aligned(2L * shape.queries() * shape.keys());
        long results = (long) shape.matrices() * shape.queries() * shape.valueSize();
        DeviceAttention attention = attention(shape, exact ? APART : 0.5f);
        try (NativeMemory operands = NativeMemory.allocate(qBytes + kBytes + vBytes + maskBytes)) {
            MemorySegment all = operands.segment();
            SelfTestBench.fill(
                    type,
                    all.asSlice(0, qBytes + kBytes + vBytes),
                    random,
                    exact ? Optional.of(MOST) : Optional.empty());
            hideSome(type, all.asSlice(qBytes + kBytes + vBytes, maskBytes), shape.keys());
            return bench.place(all, 2L * results, 0, places -> {
                long k = places.operands() + qBytes;
                long v = k + kBytes;
                Operands o = new Operands(places.operands(), k, v, v + vBytes, places.result());
                try (NativeMemory expected = bench.run(places, () -> kernels.attendPlainly(type, attention, o));
                        NativeMemory actual = bench.run(places, () -> kernels.attendByTensors(type, attention, o))) {
                    return isAlike(type, expected.segment(), actual.segment(), results, exact)
                            ? Optional.empty()
                            : Optional.of(
                                    "'" + CudaAttention.tensorKernel(type, shape) + "' computes " + shape + " wrongly");
                }
            });
        }
    }

    private static DeviceAttention attention(AttentionShape shape, float scale) {
        int heads = shape.heads();
        return new DeviceAttention(
                shape,
                scale,
                new int[] {heads * shape.queries() * shape.size(), shape.size(), heads * shape.size()},
                new int[] {shape.keys() * shape.size(), 0, shape.size()},
                new int[] {shape.keys() * shape.valueSize(), 0, shape.valueSize()},
                new int[] {heads * shape.queries() * shape.valueSize(), shape.valueSize(), heads * shape.valueSize()},
                new int[] {0, 0, shape.keys(), 1},
                heads,
                heads,
                shape.batch() > 1 ? NEAR_KEYS : DeviceAttentionWindow.ALL);
    }

    /** A mask that hides every third key or so, and never all of a query. */
    private void hideSome(DataType type, MemorySegment mask, int keys) {
        short hidden = (short) (type == DataType.FP16 ? 0xfc00 : 0xff80);
        for (long i = 0; i < mask.byteSize() / Short.BYTES; i++) {
            boolean hides = i % keys != 0 && random.nextInt(3) == 0;
            mask.setAtIndex(ValueLayout.JAVA_SHORT, i, hides ? hidden : 0);
        }
    }

    /** Whether results are alike, and what is behind them is the same. */
    private static boolean isAlike(
            DataType type, MemorySegment expected, MemorySegment actual, long results, boolean exact) {
        if (exact) {
            return expected.mismatch(actual) < 0;
        }
        long behind = Short.BYTES * results;
        if (expected.asSlice(behind).mismatch(actual.asSlice(behind)) >= 0) {
            return false;
        }
        for (long i = 0; i < results; i++) {
            float x = real(type, expected.getAtIndex(ValueLayout.JAVA_SHORT, i));
            float y = real(type, actual.getAtIndex(ValueLayout.JAVA_SHORT, i));
            if (!(Math.abs(x - y) <= NEAR)) {
                return false;
            }
        }
        return true;
    }

    private static float real(DataType type, short bits) {
        return type == DataType.FP16 ? Float.float16ToFloat(bits) : Float.intBitsToFloat(bits << 16);
    }
}
