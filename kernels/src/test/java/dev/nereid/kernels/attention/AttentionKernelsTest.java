package dev.nereid.kernels.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.matmul.VectorMatMul;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.scalar.ScalarAttention;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AttentionKernelsTest extends KernelTest {
    private final AttentionKernels scalar = new ScalarAttention();
    private final AttentionKernels vector = new VectorAttention(new VectorMatMul(Cpu.detect()));

    static List<AttentionShape> shapes() {
        return List.of(
                new AttentionShape(1, 1, 1, 1, 1, 1),
                new AttentionShape(2, 3, 5, 5, 8, 8),
                new AttentionShape(1, 2, 16, 16, 32, 32),
                new AttentionShape(1, 2, 17, 33, 32, 24),
                new AttentionShape(3, 1, 7, 61, 13, 5),
                new AttentionShape(1, 2, 3, 200, 64, 64));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void agreesWithTheOracle(AttentionShape shape) {
        warmUp(() -> attend(vector, shape, Optional.empty(), Workers.single()));
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
            mask.setAtIndex(java.lang.foreign.ValueLayout.JAVA_FLOAT, key, -10000f);
        }
        float[] expected = attend(vector, new AttentionShape(1, 2, 9, 9, 16, 16), Optional.empty(), Workers.single());
        float[] actual = attend(vector, padded, Optional.of(new AttentionMask(mask, 0, 0, 0, 0, 1)), Workers.single());
        assertThat(actual).isEqualTo(expected);
    }

    private float[] attend(
            AttentionKernels kernels, AttentionShape shape, Optional<AttentionMask> mask, Workers workers) {
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
                allocate(kernels.scratchBytes(shape, workers.count())),
                workers);
        return floats(y, 0, length);
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
