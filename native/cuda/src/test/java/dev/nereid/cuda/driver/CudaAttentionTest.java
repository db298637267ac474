package dev.nereid.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.cuda.EmulatedCuda;
import dev.nereid.cuda.device.DeviceAttention;
import dev.nereid.cuda.device.DeviceAttentionWindow;
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
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Attention of FP32, FP16 and BF16 beside the scalar one, on emulated GPUs with tensor cores and without. */
@Tag("cuda")
class CudaAttentionTest {
    /** The cards that tests run on. */
    enum Card {
        /** One that has left the kernels with tensor cores. */
        PLAIN,
        AMPERE;

        private DeviceRig rig() {
            return Objects.requireNonNull(RIGS.get(this));
        }
    }

    private static final Map<Card, DeviceRig> RIGS = new EnumMap<>(Card.class);

    @BeforeAll
    static void open() {
        EmulatedCuda cuda =
                EmulatedCuda.find("attention on a GPU").orElseGet(() -> Assumptions.abort("no emulated GPU"));
        for (Card card : Card.values()) {
            RIGS.put(card, rig(cuda, card));
        }
    }

    private static DeviceRig rig(EmulatedCuda cuda, Card card) {
        CudaDevice device =
                (CudaDevice) cuda.devices(new PinnedMemoryBudget(0)).all().get(EmulatedCuda.AMPERE);
        DeviceRig rig = DeviceRig.on(device, DevicePrecision.FP32);
        if (card == Card.PLAIN) {
            device.forget("tensor_attention");
        }
        assertThat(device.has("tensor_attention_fp16_64")).isEqualTo(card == Card.AMPERE);
        return rig;
    }

    @AfterAll
    static void close() {
        RIGS.values().forEach(DeviceRig::close);
        RIGS.clear();
    }

    /**
     * An attention whose operands are projections, or have their heads before the tokens.
     *
     * @param sharing heads that each head of k serves; one head of v serves all if it is more than 1
     */
    private record Problem(AttentionShape shape, int sharing, boolean headsFirst) {
        int keyHeads() {
            return shape.heads() / sharing;
        }

        int valueHeads() {
            return sharing > 1 ? 1 : shape.heads();
        }

        int qLength() {
            return shape.matrices() * shape.queries() * shape.size();
        }

        int kLength() {
            return shape.batch() * keyHeads() * shape.keys() * shape.size();
        }

        int vLength() {
            return shape.batch() * valueHeads() * shape.keys() * shape.valueSize();
        }

        int yLength() {
            return shape.matrices() * shape.queries() * shape.valueSize();
        }

        private int[] strides(int heads, int tokens, int size) {
            return headsFirst
                    ? new int[] {heads * tokens * size, tokens * size, size}
                    : new int[] {heads * tokens * size, size, heads * size};
        }

        private Heads heads(MemorySegment memory, int heads, int tokens, int size, int shared) {
            int[] strides = strides(heads, tokens, size);
            return new Heads(memory, 0, strides[0], strides[1], strides[2]).sharedBy(shared);
        }

        DeviceAttention onDevice(int... maskStrides) {
            return new DeviceAttention(
                    shape,
                    SCALE,
                    strides(shape.heads(), shape.queries(), shape.size()),
                    strides(keyHeads(), shape.keys(), shape.size()),
                    strides(valueHeads(), shape.keys(), shape.valueSize()),
                    strides(shape.heads(), shape.queries(), shape.valueSize()),
                    maskStrides,
                    sharing,
                    shape.heads() / valueHeads(),
                    DeviceAttentionWindow.ALL);
        }

        /** What the scalar kernel makes of operands of FP32. */
        MemorySegment expected(
                Card card, MemorySegment q, MemorySegment k, MemorySegment v, MemorySegment mask, int... at) {
            MemorySegment y = card.rig().memory(4L * yLength());
            ScalarAttention oracle = new ScalarAttention();
            oracle.attend(
                    shape,
                    heads(q, shape.heads(), shape.queries(), shape.size(), 1),
                    heads(k, keyHeads(), shape.keys(), shape.size(), sharing),
                    heads(v, valueHeads(), shape.keys(), shape.valueSize(), shape.heads() / valueHeads()),
                    SCALE,
                    Optional.of(new AttentionMask(mask, 0, at[0], at[1], at[2], at[3])),
                    heads(y, shape.heads(), shape.queries(), shape.valueSize(), 1),
                    card.rig().memory(oracle.scratchBytes(shape, 1)),
                    Workers.single());
            return y;
        }
    }

    private static final float SCALE = 0.3f;

    /** Ends of every tile, sizes of both kernels and of neither, shared heads, no queries and one; each way that heads lie. */
    private static final List<Problem> PROBLEMS = List.of(
            problem(1, 1, 1, 1, 8, 8, 1, false),
            problem(2, 3, 17, 33, 32, 16, 1, false),
            problem(1, 4, 65, 64, 64, 64, 2, true),
            problem(2, 2, 63, 130, 24, 40, 1, true),
            problem(1, 6, 5, 65, 72, 128, 3, false),
            problem(1, 2, 129, 200, 128, 8, 2, true),
            problem(1, 2, 5, 100, 7, 33, 1, false),
            problem(2, 2, 1, 63, 40, 12, 2, true));

    private static Problem problem(
            int batch, int heads, int queries, int keys, int size, int valueSize, int sharing, boolean headsFirst) {
        return new Problem(new AttentionShape(batch, heads, queries, keys, size, valueSize), sharing, headsFirst);
    }

    @ParameterizedTest
    @CsvSource({"PLAIN,FP32", "PLAIN,FP16", "PLAIN,BF16", "AMPERE,FP16", "AMPERE,BF16"})
    void attends(Card card, DataType type) {
        for (Problem problem : PROBLEMS) {
            AttentionShape shape = problem.shape();
            int square = shape.queries() * shape.keys();
            // A mask of items and keys, of queries and keys, of everything, and of heads.
            int[][] strides = {
                {shape.keys(), 0, 0, 1},
                {0, 0, shape.keys(), 1},
                {shape.heads() * square, square, shape.keys(), 1},
                {0, 1, 0, 0}
            };
            for (int[] at : strides) {
                Random random = new Random(shape.keys());
                MemorySegment q = numbers(card, type, random, problem.qLength());
                MemorySegment k = numbers(card, type, random, problem.kLength());
                MemorySegment v = numbers(card, type, random, problem.vLength());
                MemorySegment mask = mask(card, type, random, shape);
                MemorySegment actual = attend(card, type, problem.onDevice(at), q, k, v, mask, problem.yLength());
                MemorySegment expected = problem.expected(
                        card,
                        wide(card, type, q),
                        wide(card, type, k),
                        wide(card, type, v),
                        wide(card, type, mask),
                        at);
                DeviceRig.assertClose(
                        wide(card, type, actual),
                        expected,
                        2 * unit(type),
                        2 * unit(type),
                        problem + " with a mask at " + Arrays.toString(at));
            }
        }
    }

    /** Rounding of weights and results. */
    private static float unit(DataType type) {
        return switch (type) {
            case FP16 -> 0x1p-10f;
            case BF16 -> 0x1p-7f;
            default -> 0x1p-18f;
        };
    }

    /** Of scores in the millions one key alone has a weight, with masks of minus infinity among them. */
    @ParameterizedTest
    @CsvSource({"PLAIN,FP16", "PLAIN,BF16", "AMPERE,FP16", "AMPERE,BF16"})
    void findsTheGreatestScoreWhereverItIs(Card card, DataType type) {
        int keys = 150;
        AttentionShape shape = new AttentionShape(1, 1, keys, keys, 16, 16);
        Problem problem = new Problem(shape, 1, false);
        Random random = new Random(3);
        // Query i asks for a key that the mask has at i alone; values tell their key.
        MemorySegment q = numbers(card, type, random, problem.qLength()).fill((byte) 0);
        MemorySegment k = numbers(card, type, random, problem.kLength());
        MemorySegment v = card.rig().memory(2L * problem.vLength());
        int[] key = new int[keys * 16];
        HalfNumbers.fill(type, v, () -> {
            int token = key[0]++ / 16;
            return (float) token;
        });
        MemorySegment mask = card.rig().memory(2L * keys * keys);
        int[] at = {0};
        HalfNumbers.fill(
                type,
                mask,
                () -> at[0]++ % keys == (at[0] - 1) / keys * 7 % keys ? 3e4f : at[0] % 2 == 0 ? -3e4f : -1e10f);
        MemorySegment actual = attend(card, type, problem.onDevice(0, 0, keys, 1), q, k, v, mask, problem.yLength());
        float[] got = HalfNumbers.wide(type, actual);
        for (int i = 0; i < got.length; i++) {
            assertThat(got[i]).as("element %s", i).isEqualTo(i / 16 * 7 % keys);
        }
    }

    /** As the FP32 kernel has it: a query whose keys are all hidden has no weights. */
    @ParameterizedTest
    @CsvSource({"PLAIN,FP16", "AMPERE,FP16"})
    void aQueryThatMayAskNobodyGetsNoNumbers(Card card, DataType type) {
        Problem problem = problem(1, 1, 2, 70, 8, 8, 1, false);
        Random random = new Random(5);
        MemorySegment mask = card.rig().memory(2L * 2 * 70);
        int[] at = {0};
        HalfNumbers.fill(type, mask, () -> at[0]++ < 70 ? Float.NEGATIVE_INFINITY : 0);
        MemorySegment actual = attend(
                card,
                type,
                problem.onDevice(0, 0, 70, 1),
                numbers(card, type, random, problem.qLength()),
                numbers(card, type, random, problem.kLength()),
                numbers(card, type, random, problem.vLength()),
                mask,
                problem.yLength());
        float[] got = HalfNumbers.wide(type, actual);
        for (int i = 0; i < 16; i++) {
            assertThat(Float.isNaN(got[i])).as("element %s", i).isEqualTo(i < 8);
        }
    }

    /** More hidden keys than are in one tile come before the first that is not. */
    @ParameterizedTest
    @CsvSource({"PLAIN,FP32", "PLAIN,FP16", "AMPERE,FP16", "AMPERE,BF16"})
    void aQueryMayAskTheLastKeysAlone(Card card, DataType type) {
        int keys = 140;
        Problem problem = problem(1, 1, 3, keys, 8, 8, 1, false);
        Random random = new Random(6);
        MemorySegment q = numbers(card, type, random, problem.qLength());
        MemorySegment k = numbers(card, type, random, problem.kLength());
        MemorySegment v = numbers(card, type, random, problem.vLength());
        MemorySegment mask = card.rig().memory((long) type.bytes() * keys);
        for (int i = 0; i < keys; i++) {
            float hidden = i < 130 ? Float.NEGATIVE_INFINITY : 0;
            if (type == DataType.FP32) {
                mask.setAtIndex(ValueLayout.JAVA_FLOAT, i, hidden);
            } else {
                HalfNumbers.fill(type, mask.asSlice(2L * i, 2), () -> hidden);
            }
        }
        int[] at = {0, 0, 0, 1};
        MemorySegment actual = attend(card, type, problem.onDevice(at), q, k, v, mask, problem.yLength());
        MemorySegment expected = problem.expected(
                card, wide(card, type, q), wide(card, type, k), wide(card, type, v), wide(card, type, mask), at);
        DeviceRig.assertClose(
                wide(card, type, actual), expected, 2 * unit(type), 2 * unit(type), "the last ten keys alone");
    }

    @ParameterizedTest
    @CsvSource({"PLAIN,FP16", "AMPERE,FP16", "AMPERE,BF16"})
    void aQueryIsTheSameWhoeverAsksBesideIt(Card card, DataType type) {
        Problem all = problem(1, 1, 70, 130, 24, 24, 1, false);
        Random random = new Random(9);
        MemorySegment q = numbers(card, type, random, all.qLength());
        MemorySegment k = numbers(card, type, random, all.kLength());
        MemorySegment v = numbers(card, type, random, all.vLength());
        MemorySegment mask = mask(card, type, random, all.shape());
        MemorySegment together = attend(card, type, all.onDevice(0, 0, 0, 1), q, k, v, mask, all.yLength());
        Problem one = problem(1, 1, 1, 130, 24, 24, 1, false);
        for (int query : new int[] {0, 15, 16, 64, 69}) {
            MemorySegment alone =
                    attend(card, type, one.onDevice(0, 0, 0, 1), q.asSlice(48L * query, 48), k, v, mask, one.yLength());
            assertThat(together.asSlice(48L * query, 48).mismatch(alone)).isEqualTo(-1);
        }
    }

    private static MemorySegment numbers(Card card, DataType type, Random random, int length) {
        return type == DataType.FP32
                ? card.rig().random(random, length)
                : HalfNumbers.fill(type, card.rig().memory(2L * length), () -> (float) random.nextGaussian());
    }

    /** Of every head, query and key, some of which are hidden; the first key never is. */
    private static MemorySegment mask(Card card, DataType type, Random random, AttentionShape shape) {
        int length = shape.matrices() * shape.queries() * shape.keys();
        MemorySegment mask = numbers(card, type, random, length);
        for (int i = 0; i < length; i++) {
            if (i % shape.keys() != 0 && i >= shape.heads() && random.nextInt(3) == 0) {
                if (type == DataType.FP32) {
                    mask.setAtIndex(ValueLayout.JAVA_FLOAT, i, Float.NEGATIVE_INFINITY);
                } else {
                    HalfNumbers.fill(type, mask.asSlice(2L * i, 2), () -> Float.NEGATIVE_INFINITY);
                }
            }
        }
        return mask;
    }

    private static MemorySegment wide(Card card, DataType type, MemorySegment numbers) {
        return type == DataType.FP32 ? numbers : card.rig().floats(HalfNumbers.wide(type, numbers));
    }

    private static MemorySegment attend(
            Card card,
            DataType type,
            DeviceAttention attention,
            MemorySegment q,
            MemorySegment k,
            MemorySegment v,
            MemorySegment mask,
            int length) {
        long bytes = (long) type.bytes() * length;
        MemorySegment y = card.rig().run(bytes + 256, List.of(q, k, v, mask), (kernels, in, out) -> {
            kernels.fill(1, 0x5a, out + bytes, 256);
            if (type == DataType.FP32) {
                kernels.attend(attention, in[0], in[1], in[2], in[3], out);
            } else {
                kernels.attendHalf(type, attention, in[0], in[1], in[2], in[3], out);
            }
        });
        assertThat(y.asSlice(bytes).toArray(ValueLayout.JAVA_BYTE))
                .as("behind the result")
                .containsOnly(0x5a);
        return y.asSlice(0, bytes);
    }
}
