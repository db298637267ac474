package dev.nereid.kernels.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.matmul.VectorPanelKernel;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.scalar.ScalarAttention;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

public class AttentionKernelsTest extends KernelTest {
    private static final int MOST_PAIRS = 67;

    private final AttentionKernels scalar = new ScalarAttention();
    private AttentionKernels vector;

    @BeforeEach
    void chooseKernels() {
        vector = kernels();
    }

    /** The kernels that are tested. */
    protected AttentionKernels kernels() {
        return kernels(Cpu.detect());
    }

    private static AttentionKernels kernels(Cpu cpu) {
        return new PanelAttention(new VectorPanelKernel(cpu));
    }

    static List<AttentionShape> shapes() {
        return List.of(
                new AttentionShape(1, 1, 1, 1, 1, 1),
                new AttentionShape(1, 2, 3, 0, 8, 8),
                new AttentionShape(1, 2, 0, 4, 8, 8),
                new AttentionShape(2, 3, 5, 5, 8, 8),
                new AttentionShape(1, 2, 16, 16, 32, 32),
                new AttentionShape(1, 2, 17, 33, 32, 24),
                new AttentionShape(3, 1, 7, 61, 13, 5),
                new AttentionShape(1, 2, 3, 200, 64, 64),
                new AttentionShape(1, 2, 2, 2, 31, 33),
                new AttentionShape(2, 2, 15, 15, 80, 8),
                new AttentionShape(2, 1, 31, 31, 33, 128),
                new AttentionShape(1, 2, 33, 33, 128, 31),
                new AttentionShape(1, 1, 127, 127, 64, 80),
                new AttentionShape(1, 1, 129, 129, 32, 64),
                new AttentionShape(1, 1, 1, 513, 16, 16),
                new AttentionShape(1, 1, 513, 129, 80, 33),
                new AttentionShape(1, 1, 130, 513, 64, 64));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void agreesWithTheOracle(AttentionShape shape) {
        if (shape.queries() * shape.keys() < 2000) {
            warmUp(() -> attend(vector, shape, Optional.empty(), Workers.single()));
        }
        assertClose(
                attend(vector, shape, Optional.empty(), Workers.single()),
                attend(scalar, shape, Optional.empty(), Workers.single()));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void agreesWithTheOracleUnderEveryKindOfMask(AttentionShape shape) {
        int all = shape.matrices() * shape.queries() * shape.keys();
        MemorySegment numbers = floats(randomFloats(7, all, -3f, 3f), 4);
        long matrix = (long) shape.queries() * shape.keys();
        for (AttentionMask mask : List.of(
                new AttentionMask(numbers, 1, shape.heads() * matrix, matrix, shape.keys(), 1),
                new AttentionMask(numbers, 1, shape.keys(), 0, 0, 1),
                new AttentionMask(numbers, 1, 0, 0, shape.keys(), 1),
                new AttentionMask(numbers, 1, 0, shape.queries(), 1, 0))) {
            assertClose(
                    attend(vector, shape, Optional.of(mask), Workers.single()),
                    attend(scalar, shape, Optional.of(mask), Workers.single()));
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void agreesWithTheOracleInEveryWidth(AttentionShape shape) {
        float[] expected = attend(scalar, shape, Optional.empty(), Workers.single());
        for (int bits : new int[] {128, 256, 512}) {
            AttentionKernels narrow = kernels(new Cpu(bits, 1, "any"));
            assertClose(attend(narrow, shape, Optional.empty(), Workers.single()), expected);
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {-0.5f, 0f, 3f})
    void agreesWithTheOracleWhateverTheScale(float scale) {
        for (int tokens : new int[] {16, 21}) {
            AttentionShape shape = new AttentionShape(1, 1, tokens, tokens, 16, 16);
            assertClose(attendWithScale(vector, shape, scale), attendWithScale(scalar, shape, scale));
        }
    }

    @Test
    void headsMayShareTheirKeys() {
        AttentionShape shape = new AttentionShape(2, 3, 5, 37, 32, 32);
        assertClose(attendToOneHead(vector, shape), attendToOneHead(scalar, shape));
    }

    @Test
    void someHeadsInARowMayShareTheirKeys() {
        AttentionShape shape = new AttentionShape(2, 6, 5, 37, 16, 16);
        Heads q = Heads.ofProjection(projection(1, 2, 5, 6 * 16), 5, 6, 16);
        Heads k = Heads.ofProjection(projection(2, 2, 37, 2 * 16), 37, 2, 16).sharedBy(3);
        Heads v = Heads.ofProjection(projection(3, 2, 37, 3 * 16), 37, 3, 16).sharedBy(2);
        assertClose(attend(vector, shape, q, k, v), attend(scalar, shape, q, k, v));
    }

    private float[] attend(AttentionKernels kernels, AttentionShape shape, Heads q, Heads k, Heads v) {
        int length = shape.batch() * shape.queries() * shape.heads() * shape.valueSize();
        MemorySegment y = allocate(4L * length);
        Heads to = Heads.ofProjection(y, shape.queries(), shape.heads(), shape.valueSize());
        MemorySegment scratch = allocate(kernels.scratchBytes(shape, 1));
        kernels.attend(shape, q, k, v, 0.25f, Optional.empty(), to, scratch, Workers.single());
        return floats(y, 0, length);
    }

    @ParameterizedTest
    @ValueSource(ints = {MOST_PAIRS, 0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64})
    void rotatesPairsAsTheOracleDoes(int pairs) {
        for (boolean interleaved : new boolean[] {false, true}) {
            for (int rest : new int[] {0, 1, LANES + 3}) {
                int size = 2 * pairs + rest;
                // The most have whole vectors and parts of one; what they get compiled is what all others run.
                if (pairs == MOST_PAIRS) {
                    warmUp(() -> rotate(vector, pairs, size, interleaved, false));
                }
                float[] expected = rotate(scalar, pairs, size, interleaved, false);
                assertThat(rotate(vector, pairs, size, interleaved, false)).containsExactly(expected, within(1e-6f));
                assertThat(rotate(vector, pairs, size, interleaved, true)).containsExactly(expected, within(1e-6f));
            }
        }
    }

    private float[] rotate(AttentionKernels kernels, int pairs, int size, boolean interleaved, boolean inPlace) {
        int tokens = 2;
        int heads = 3;
        int length = tokens * heads * size;
        MemorySegment x = floats(randomFloats(1, length, -1f, 1f), 4);
        MemorySegment y = inPlace ? x : allocate(4L * length + 4);
        MemorySegment cosines = floats(randomFloats(2, pairs, -1f, 1f), 12);
        MemorySegment sines = floats(randomFloats(3, pairs, -1f, 1f), 12);
        RotaryAngles angles = new RotaryAngles(cosines, sines, 3, pairs, interleaved);
        long step = (long) heads * size;
        for (int token = 0; token < tokens; token++) {
            Heads from = new Heads(x, 1, tokens * step, size, step);
            Heads to = new Heads(y, 1, tokens * step, size, step);
            kernels.rotate(from, to, 0, token, 0, 1, size, angles);
            kernels.rotate(from, to, 0, token, 1, heads - 1, size, angles);
        }
        return floats(y, 4, length);
    }

    @Test
    void queryDoesNotDependOnThoseBesideIt() {
        AttentionShape shape = new AttentionShape(1, 1, 300, 70, 32, 32);
        MemorySegment numbers = floats(randomFloats(7, 300 * 70, -3f, 3f), 0);
        MemorySegment q = projection(1, 1, 300, 32);
        MemorySegment keys = projection(2, 1, 70, 32);
        float[] all = attend(shape, q, keys, new AttentionMask(numbers, 0, 0, 0, 70, 1));
        AttentionShape alone = new AttentionShape(1, 1, 1, 70, 32, 32);
        for (int query = 0; query < 300; query += 7) {
            AttentionMask mask = new AttentionMask(numbers, query * 70L, 0, 0, 70, 1);
            assertThat(attend(alone, q.asSlice(query * 32L * 4), keys, mask))
                    .isEqualTo(Arrays.copyOfRange(all, query * 32, (query + 1) * 32));
        }
    }

    @Test
    void zerosAsAMaskDoNotChangeABit() {
        AttentionShape shape = new AttentionShape(1, 2, 32, 32, 16, 16);
        AttentionMask zeros = new AttentionMask(allocate(32 * 4), 0, 0, 0, 0, 1);
        assertThat(attend(vector, shape, Optional.of(zeros), Workers.single()))
                .isEqualTo(attend(vector, shape, Optional.empty(), Workers.single()));
    }

    @Test
    void keysWhoseMaskIsInfiniteCountForNothing() {
        AttentionShape padded = new AttentionShape(1, 1, 4, 48, 16, 16);
        MemorySegment mask = allocate(48 * 4);
        for (int key = 20; key < 48; key++) {
            mask.setAtIndex(ValueLayout.JAVA_FLOAT, key, Float.NEGATIVE_INFINITY);
        }
        assertThat(attend(vector, padded, Optional.of(new AttentionMask(mask, 0, 0, 0, 0, 1)), Workers.single()))
                .isEqualTo(attend(vector, new AttentionShape(1, 1, 4, 20, 16, 16), Optional.empty(), Workers.single()));
    }

    @Test
    void scratchMayHoldAnything() {
        AttentionShape shape = new AttentionShape(1, 1, 5, 21, 16, 16);
        float[] expected = attend(vector, shape, Optional.empty(), Workers.single());
        MemorySegment scratch = allocate(vector.scratchBytes(shape, 1));
        for (long i = 0; i < scratch.byteSize() / 4; i++) {
            scratch.setAtIndex(ValueLayout.JAVA_FLOAT, i, Float.NaN);
        }
        assertThat(attend(vector, shape, Optional.empty(), Workers.single(), scratch))
                .isEqualTo(expected);
    }

    @Test
    void refusesHeadsThatLieOutsideTheirMemory() {
        AttentionShape shape = new AttentionShape(1, 2, 4, 4, 8, 8);
        Heads whole = Heads.ofProjection(projection(1, 1, 4, 16), 4, 2, 8);
        MemorySegment small = projection(2, 1, 4, 15);
        Heads part = Heads.ofProjection(small.asSlice(0, 4 * 15 * 4), 4, 2, 8);
        for (List<Heads> heads : List.of(List.of(part, whole, whole), List.of(whole, part, whole))) {
            assertThatThrownBy(() -> vector.attend(
                            shape,
                            heads.get(0),
                            heads.get(1),
                            heads.get(2),
                            1f,
                            Optional.empty(),
                            whole,
                            allocate(vector.scratchBytes(shape, 1)),
                            Workers.single()))
                    .isInstanceOf(IndexOutOfBoundsException.class)
                    .hasMessageContaining("heads over the elements 0 to 63");
        }
    }

    @Test
    void itemDoesNotDependOnItsBatchNorOnTheWorkers() {
        AttentionShape shape = new AttentionShape(8, 12, 40, 40, 32, 32);
        float[] single = attend(vector, shape, Optional.empty(), Workers.single());
        try (WorkerPool pool = new WorkerPool(3);
                WorkerPool.Grant workers = pool.grant()) {
            assertThat(attend(vector, shape, Optional.empty(), workers)).isEqualTo(single);
        }
        AttentionShape alone = new AttentionShape(1, 12, 40, 40, 32, 32);
        assertThat(attend(vector, alone, Optional.empty(), Workers.single()))
                .isEqualTo(Arrays.copyOf(single, single.length / 8));
    }

    @Test
    void maskedKeysDoNotChangeABit() {
        AttentionShape padded = new AttentionShape(1, 2, 9, 29, 16, 16);
        MemorySegment mask = allocate(29 * 4);
        for (int key = 9; key < 29; key++) {
            mask.setAtIndex(ValueLayout.JAVA_FLOAT, key, -10000f);
        }
        float[] expected = attend(vector, new AttentionShape(1, 2, 9, 9, 16, 16), Optional.empty(), Workers.single());
        float[] actual = attend(vector, padded, Optional.of(new AttentionMask(mask, 0, 0, 0, 0, 1)), Workers.single());
        assertThat(actual).isEqualTo(expected);
    }

    private float[] attend(
            AttentionKernels kernels, AttentionShape shape, Optional<AttentionMask> mask, Workers workers) {
        return attend(kernels, shape, mask, workers, allocate(kernels.scratchBytes(shape, workers.count())));
    }

    private float[] attend(
            AttentionKernels kernels,
            AttentionShape shape,
            Optional<AttentionMask> mask,
            Workers workers,
            MemorySegment scratch) {
        MemorySegment q = projection(1, shape.batch(), shape.queries(), shape.heads() * shape.size());
        MemorySegment k = projection(2, shape.batch(), shape.keys(), shape.heads() * shape.size());
        MemorySegment v = projection(3, shape.batch(), shape.keys(), shape.heads() * shape.valueSize());
        int length = shape.batch() * shape.queries() * shape.heads() * shape.valueSize();
        MemorySegment y = allocate(4L * length);
        kernels.attend(
                shape,
                Heads.ofProjection(q, shape.queries(), shape.heads(), shape.size()),
                Heads.ofProjection(k, shape.keys(), shape.heads(), shape.size()),
                Heads.ofProjection(v, shape.keys(), shape.heads(), shape.valueSize()),
                0.25f,
                mask,
                Heads.ofProjection(y, shape.queries(), shape.heads(), shape.valueSize()),
                scratch,
                workers);
        return floats(y, 0, length);
    }

    private float[] attendWithScale(AttentionKernels kernels, AttentionShape shape, float scale) {
        Heads q = Heads.ofProjection(projection(1, 1, shape.queries(), shape.size()), shape.queries(), 1, shape.size());
        Heads k = Heads.ofProjection(projection(2, 1, shape.keys(), shape.size()), shape.keys(), 1, shape.size());
        MemorySegment y = allocate(4L * shape.queries() * shape.size());
        MemorySegment scratch = allocate(kernels.scratchBytes(shape, 1));
        Heads to = Heads.ofProjection(y, shape.queries(), 1, shape.size());
        kernels.attend(shape, q, k, k, scale, Optional.empty(), to, scratch, Workers.single());
        return floats(y, 0, shape.queries() * shape.size());
    }

    private float[] attendToOneHead(AttentionKernels kernels, AttentionShape shape) {
        int length = shape.batch() * shape.queries() * shape.heads() * shape.size();
        MemorySegment q = projection(1, shape.batch(), shape.queries(), shape.heads() * shape.size());
        MemorySegment k = projection(2, shape.batch(), shape.keys(), shape.size());
        Heads keys = new Heads(k, 0, (long) shape.keys() * shape.size(), 0, shape.size());
        MemorySegment y = allocate(4L * length);
        kernels.attend(
                shape,
                Heads.ofProjection(q, shape.queries(), shape.heads(), shape.size()),
                keys,
                keys,
                0.25f,
                Optional.empty(),
                Heads.ofProjection(y, shape.queries(), shape.heads(), shape.size()),
                allocate(kernels.scratchBytes(shape, 1)),
                Workers.single());
        return floats(y, 0, length);
    }

    /** One head of one item, its keys the values too. */
    private float[] attend(AttentionShape shape, MemorySegment q, MemorySegment keys, AttentionMask mask) {
        MemorySegment y = allocate(4L * shape.queries() * shape.size());
        Heads k = Heads.ofProjection(keys, shape.keys(), 1, shape.size());
        vector.attend(
                shape,
                Heads.ofProjection(q, shape.queries(), 1, shape.size()),
                k,
                k,
                0.25f,
                Optional.of(mask),
                Heads.ofProjection(y, shape.queries(), 1, shape.size()),
                allocate(vector.scratchBytes(shape, 1)),
                Workers.single());
        return floats(y, 0, shape.queries() * shape.size());
    }

    private MemorySegment projection(long seed, int batch, int tokens, int columns) {
        return floats(randomFloats(seed, batch * tokens * columns, -1f, 1f), 0);
    }

    private static void assertClose(float[] actual, float[] expected) {
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual[i]).describedAs("element %d", i).isCloseTo(expected[i], within(2e-6f));
        }
    }
}
