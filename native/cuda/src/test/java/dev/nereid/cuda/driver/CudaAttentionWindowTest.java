package dev.nereid.cuda.driver;

import dev.nereid.cuda.EmulatedCuda;
import dev.nereid.cuda.device.DeviceAttention;
import dev.nereid.cuda.device.DeviceAttentionWindow;
import dev.nereid.cuda.device.DeviceAttentionWindow.Counts;
import dev.nereid.kernels.attention.AttentionMask;
import dev.nereid.kernels.attention.AttentionShape;
import dev.nereid.kernels.attention.Heads;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.scalar.ScalarAttention;
import dev.nereid.models.device.DevicePrecision;
import dev.nereid.models.device.PinnedMemoryBudget;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Attention whose queries may not ask every key, beside the scalar one with a mask that says so. */
@Tag("cuda")
@Tag("nightly")
class CudaAttentionWindowTest {
    private static final float SCALE = 0.3f;

    private static DeviceRig plain;
    private static DeviceRig ampere;

    @BeforeAll
    static void open() {
        EmulatedCuda cuda =
                EmulatedCuda.find("attention on a GPU").orElseGet(() -> Assumptions.abort("no emulated GPU"));
        CudaDevice forgetful = device(cuda);
        plain = DeviceRig.on(forgetful, DevicePrecision.FP32);
        forgetful.forget("tensor_attention");
        ampere = DeviceRig.on(device(cuda), DevicePrecision.FP32);
    }

    private static CudaDevice device(EmulatedCuda cuda) {
        return (CudaDevice) cuda.devices(new PinnedMemoryBudget(0)).all().get(EmulatedCuda.AMPERE);
    }

    @AfterAll
    static void close() {
        if (plain != null) {
            plain.close();
            ampere.close();
        }
    }

    /**
     * What is to be left out.
     *
     * @param counts keys of each item, less one; empty for all
     * @param masked whether truth values forbid keys too
     */
    private record Case(
            AttentionShape shape,
            int offset,
            int least,
            int left,
            int right,
            Optional<List<Integer>> counts,
            boolean masked) {
        boolean isHidden(int item, int query, int key, MemorySegment allowed) {
            int count = counts.map(those -> those.get(item) + 1).orElse(shape.keys());
            int own = query + (offset < 0 ? Math.max(least, count - shape.queries()) : offset);
            boolean forbidden = masked && allowed.get(ValueLayout.JAVA_BYTE, (long) query * shape.keys() + key) == 0;
            return key >= count || (left >= 0 && key < own - left) || (right >= 0 && key > own + right) || forbidden;
        }
    }

    private static Case of(int batch, int queries, int keys, int size, int offset, int left, int right, int... counts) {
        AttentionShape shape = new AttentionShape(batch, 2, queries, keys, size, size);
        List<Integer> given = Arrays.stream(counts).boxed().toList();
        return new Case(
                shape,
                offset,
                DeviceAttentionWindow.ANYWHERE,
                left,
                right,
                given.isEmpty() ? Optional.empty() : Optional.of(given),
                false);
    }

    private static List<Case> cases() {
        return List.of(
                // Prompts: as many keys as queries, around the ends of tiles of both kernels.
                of(1, 1, 1, 8, 0, -1, 0),
                of(1, 70, 70, 16, 0, -1, 0),
                of(2, 129, 129, 24, 0, -1, 0, 128, 63),
                // Windows, which leave whole tiles out on both sides.
                of(1, 150, 200, 16, 50, 20, 0),
                of(1, 150, 200, 16, 0, 10, 5),
                of(1, 20, 300, 72, 100, 0, 130),
                // Tokens behind pasts of their own; one item has none, another no key at all.
                of(3, 1, 150, 16, -1, -1, 0, 149, 63, 0),
                of(2, 5, 130, 16, -1, 40, 0, 129, 64),
                of(2, 3, 70, 8, 0, -1, -1, -1, 64),
                // Queries whose places are in front of every key.
                of(1, 40, 70, 8, -1, -1, 0, 9),
                // Prompts, one of which has padding behind it: its queries are behind nothing.
                new Case(new AttentionShape(2, 2, 40, 80, 8, 8), -1, 0, -1, 0, Optional.of(List.of(39, 9)), false),
                new Case(new AttentionShape(2, 2, 67, 131, 24, 40), 64, 0, 30, 0, Optional.empty(), true),
                new Case(new AttentionShape(1, 2, 33, 70, 7, 33), 0, 0, -1, -1, Optional.empty(), true));
    }

    @ParameterizedTest
    @CsvSource({"false,FP32", "false,FP16", "false,BF16", "true,FP16", "true,BF16"})
    void aQueryAsksTheKeysAloneThatItMaySee(boolean tensors, DataType type) {
        for (Case each : cases()) {
            for (DataType counts : List.of(DataType.INT32, DataType.INT64)) {
                compare(tensors ? ampere : plain, type, each, counts);
            }
        }
    }

    private static void compare(DeviceRig rig, DataType type, Case each, DataType countType) {
        AttentionShape shape = each.shape();
        Random random = new Random(shape.keys());
        MemorySegment q = numbers(rig, type, random, shape.matrices() * shape.queries() * shape.size());
        MemorySegment k = numbers(rig, type, random, shape.matrices() * shape.keys() * shape.size());
        MemorySegment v = numbers(rig, type, random, shape.matrices() * shape.keys() * shape.valueSize());
        MemorySegment allowed = rig.memory((long) shape.queries() * shape.keys());
        for (long i = 0; i < allowed.byteSize(); i++) {
            allowed.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt(3));
        }
        MemorySegment counts = counts(rig, each, countType);
        int length = shape.matrices() * shape.queries() * shape.valueSize();
        MemorySegment y =
                rig.run((long) type.bytes() * length, List.of(q, k, v, allowed, counts), (kernels, in, out) -> {
                    Counts given = each.counts().isPresent() ? new Counts(in[4], countType, 1) : Counts.NONE;
                    DeviceAttentionWindow window = new DeviceAttentionWindow(
                            each.masked() ? in[3] : 0,
                            given,
                            each.offset(),
                            each.least(),
                            each.left(),
                            each.right(),
                            true);
                    DeviceAttention attention = attention(shape, window);
                    if (type == DataType.FP32) {
                        kernels.attend(attention, in[0], in[1], in[2], 0, out);
                    } else {
                        kernels.attendHalf(type, attention, in[0], in[1], in[2], 0, out);
                    }
                });
        MemorySegment expected =
                expected(rig, each, wide(rig, type, q), wide(rig, type, k), wide(rig, type, v), allowed);
        DeviceRig.assertClose(wide(rig, type, y), expected, 2 * unit(type), 2 * unit(type), each + " of " + type);
    }

    private static MemorySegment counts(DeviceRig rig, Case each, DataType type) {
        List<Integer> given = each.counts().orElse(List.of());
        MemorySegment counts = rig.memory((long) type.bytes() * given.size());
        for (int i = 0; i < given.size(); i++) {
            if (type == DataType.INT32) {
                counts.setAtIndex(ValueLayout.JAVA_INT, i, given.get(i));
            } else {
                counts.setAtIndex(ValueLayout.JAVA_LONG, i, given.get(i));
            }
        }
        return counts;
    }

    /** Heads lie before tokens. */
    private static DeviceAttention attention(AttentionShape shape, DeviceAttentionWindow window) {
        return new DeviceAttention(
                shape,
                SCALE,
                strides(shape, shape.queries(), shape.size()),
                strides(shape, shape.keys(), shape.size()),
                strides(shape, shape.keys(), shape.valueSize()),
                strides(shape, shape.queries(), shape.valueSize()),
                new int[] {0, 0, shape.keys(), 1},
                1,
                1,
                window);
    }

    private static int[] strides(AttentionShape shape, int tokens, int size) {
        return new int[] {shape.heads() * tokens * size, tokens * size, size};
    }

    /** By the scalar kernel, with zeros for queries that may ask nobody. */
    private static MemorySegment expected(
            DeviceRig rig, Case each, MemorySegment q, MemorySegment k, MemorySegment v, MemorySegment allowed) {
        AttentionShape shape = each.shape();
        int keys = shape.keys();
        MemorySegment mask = rig.memory(4L * shape.batch() * shape.queries() * keys);
        MemorySegment y = rig.memory(4L * shape.matrices() * shape.queries() * shape.valueSize());
        boolean[] dead = new boolean[shape.batch() * shape.queries()];
        for (int row = 0; row < dead.length; row++) {
            dead[row] = true;
            for (int key = 0; key < keys; key++) {
                boolean hidden = each.isHidden(row / shape.queries(), row % shape.queries(), key, allowed);
                dead[row] &= hidden;
                mask.setAtIndex(ValueLayout.JAVA_FLOAT, (long) row * keys + key, hidden ? Float.NEGATIVE_INFINITY : 0);
            }
        }
        ScalarAttention oracle = new ScalarAttention();
        oracle.attend(
                shape,
                heads(q, shape, shape.queries(), shape.size()),
                heads(k, shape, keys, shape.size()),
                heads(v, shape, keys, shape.valueSize()),
                SCALE,
                Optional.of(new AttentionMask(mask, 0, (long) shape.queries() * keys, 0, keys, 1)),
                heads(y, shape, shape.queries(), shape.valueSize()),
                rig.memory(oracle.scratchBytes(shape, 1)),
                Workers.single());
        long vector = 4L * shape.valueSize();
        for (int at = 0; at < shape.matrices() * shape.queries(); at++) {
            int item = at / shape.queries() / shape.heads();
            if (dead[item * shape.queries() + at % shape.queries()]) {
                y.asSlice(at * vector, vector).fill((byte) 0);
            }
        }
        return y;
    }

    private static Heads heads(MemorySegment memory, AttentionShape shape, int tokens, int size) {
        int[] strides = strides(shape, tokens, size);
        return new Heads(memory, 0, strides[0], strides[1], strides[2]);
    }

    private static MemorySegment numbers(DeviceRig rig, DataType type, Random random, int length) {
        return type == DataType.FP32
                ? rig.random(random, length)
                : HalfNumbers.fill(type, rig.memory(2L * length), () -> (float) random.nextGaussian());
    }

    private static MemorySegment wide(DeviceRig rig, DataType type, MemorySegment numbers) {
        return type == DataType.FP32 ? numbers : rig.floats(HalfNumbers.wide(type, numbers));
    }

    /** Rounding of weights and results. */
    private static float unit(DataType type) {
        return switch (type) {
            case FP16 -> 0x1p-10f;
            case BF16 -> 0x1p-7f;
            default -> 0x1p-18f;
        };
    }
}
