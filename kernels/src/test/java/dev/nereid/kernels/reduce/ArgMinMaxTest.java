package dev.nereid.kernels.reduce;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.scalar.ScalarReduce;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ArgMinMaxTest extends KernelTest {
    @ParameterizedTest
    @EnumSource(ArgMinMax.class)
    void findsWhatTheOracleFinds(ArgMinMax extreme) {
        ReduceKernels oracle = new ScalarReduce();
        ReduceKernels kernels = new VectorReduce(oracle);
        for (boolean last : new boolean[] {false, true}) {
            Reduction expected = oracle.argMinMax(extreme, last, DataType.FP32);
            Reduction kernel = kernels.argMinMax(extreme, last, DataType.FP32);
            for (int inner : new int[] {1, 3, 15, 16, 17, 67}) {
                for (int reduced : new int[] {1, 2, 19}) {
                    agree(expected, kernel, reduced, inner);
                }
            }
        }
    }

    /** Few different numbers, so that many are extreme, and some that are none. */
    private void agree(Reduction expected, Reduction kernel, int reduced, int inner) {
        int outer = 3;
        SplittableRandom random = new SplittableRandom(inner);
        MemorySegment x = allocate(4 + 4L * outer * reduced * inner);
        for (int i = 0; i < outer * reduced * inner; i++) {
            int number = random.nextInt(-4, 5);
            x.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 + 4L * i, number == 4 ? Float.NaN : number);
        }
        MemorySegment theirs = allocate(8 + 8L * outer * inner);
        MemorySegment ours = allocate(8 + 8L * outer * inner);
        expected.run(x, 4, theirs, 4, outer, reduced, inner);
        warmUp(() -> kernel.run(x, 4, ours, 4, outer, reduced, inner));
        kernel.run(x, 4, ours, 4, outer, reduced, inner);
        assertThat(ours.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(theirs.toArray(ValueLayout.JAVA_BYTE));
    }
}
