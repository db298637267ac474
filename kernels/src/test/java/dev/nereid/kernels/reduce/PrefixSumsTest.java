package dev.nereid.kernels.reduce;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.scalar.ScalarReduce;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

public class PrefixSumsTest extends KernelTest {
    private static final int BEFORE = 3;
    private static final int OUTER = 3;

    private final CumulativeKernel oracle = new ScalarReduce().cumulative(Accumulation.SUM, DataType.FP32);

    /** The kernels that are tested. */
    protected ReduceKernels kernels() {
        return new VectorReduce(new ScalarReduce());
    }

    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    void addsUpColumnsToTheLastBitOfTheOracle(boolean exclusive, boolean reverse) {
        CumulativeKernel kernel = kernels().cumulative(Accumulation.SUM, DataType.FP32);
        int[] widths = {
            1, LANES / 2 - 1, LANES / 2, LANES, 15, 2 * LANES, 2 * LANES + 3, 33, 6 * LANES + 1, 207, 512, 513, 1047
        };
        for (int inner : widths) {
            for (int length : new int[] {0, 1, 2, 5, 61}) {
                int count = OUTER * length * inner;
                MemorySegment x = floats(randomFloats(inner, count, -1e3f, 1e6f), BEFORE);
                MemorySegment expected = floats(new float[count + 1], BEFORE);
                MemorySegment actual = floats(new float[count + 1], BEFORE);
                oracle.run(x, BEFORE, expected, BEFORE, OUTER, length, inner, exclusive, reverse);
                Runnable run = () -> kernel.run(x, BEFORE, actual, BEFORE, OUTER, length, inner, exclusive, reverse);
                warmUp(run);
                run.run();
                assertThat(floats(actual, BEFORE, count + 1)).isEqualTo(floats(expected, BEFORE, count + 1));
            }
        }
    }
}
