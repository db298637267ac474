package dev.nereid.kernels.reduce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.scalar.ScalarReduce;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ScatterTest extends KernelTest {
    private static final int BLOCKS = 5;
    private static final int COUNT = 23;

    private final ReduceKernels scalar = new ScalarReduce();
    private final ReduceKernels vector = new VectorReduce(scalar);

    @ParameterizedTest
    @EnumSource(Accumulation.class)
    void putsInWhatTheOraclePutsIn(Accumulation accumulation) {
        for (int block : LENGTHS) {
            MemorySegment indices = indices(block);
            MemorySegment x = floats(randomFloats(block, COUNT * block, -2f, 2f), 0);
            if (block > 0) {
                x.set(ValueLayout.JAVA_FLOAT, 0, Float.NaN);
            }
            float[] there = randomFloats(block + 1, BLOCKS * block, -2f, 2f);
            MemorySegment expected = floats(there, 0);
            MemorySegment actual = floats(there, 0);
            ScatterKernel kernel = vector.scatter(accumulation, DataType.FP32);
            MemorySegment other = floats(there, 0);
            warmUp(() -> kernel.run(block, COUNT, x, indices, other));
            scalar.scatter(accumulation, DataType.FP32).run(block, COUNT, x, indices, expected);
            kernel.run(block, COUNT, x, indices, actual);
            assertThat(floats(actual, 0, there.length)).isEqualTo(floats(expected, 0, there.length));
        }
    }

    @Test
    void comparesIntegersByTheirType() {
        assertThat(highest(DataType.INT64)).isEqualTo(3);
        assertThat(highest(DataType.UINT64)).isEqualTo(-1);
    }

    @Test
    void refusesBlocksThatAreNotThere() {
        MemorySegment indices = allocate(8);
        indices.set(ValueLayout.JAVA_LONG, 0, BLOCKS);
        MemorySegment y = allocate(4L * BLOCKS * LANES).asSlice(0, 4L * BLOCKS * LANES);
        ScatterKernel kernel = vector.scatter(Accumulation.SUM, DataType.FP32);
        assertThatThrownBy(() -> kernel.run(LANES, 1, y, indices, y)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    private long highest(DataType type) {
        MemorySegment x = allocate(8);
        x.set(ValueLayout.JAVA_LONG, 0, -1);
        MemorySegment y = allocate(8);
        y.set(ValueLayout.JAVA_LONG, 0, 3);
        vector.scatter(Accumulation.MAXIMUM, type).run(1, 1, x, allocate(8), y);
        return y.get(ValueLayout.JAVA_LONG, 0);
    }

    private MemorySegment indices(int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        MemorySegment indices = allocate(8 * COUNT);
        for (int i = 0; i < COUNT; i++) {
            indices.set(ValueLayout.JAVA_LONG, 8L * i, random.nextInt(BLOCKS));
        }
        return indices;
    }
}
