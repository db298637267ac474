package dev.nereid.nativekernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nereid.kernels.reduce.FloatReduceTest;
import dev.nereid.kernels.reduce.ReduceKernels;
import dev.nereid.kernels.reduce.RowOp;
import dev.nereid.kernels.reduce.VectorReduce;
import dev.nereid.kernels.scalar.ScalarReduce;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Kernels that put numbers together, of which norms and softmax are computed in C. */
class NativeReduceTest {
    private static final String TESTED = "norms and softmax in C";

    @Nested
    class WithAvx2 extends ReduceInC {
        @Override
        protected ReduceKernels kernels() {
            NativeLibrary library = TestedLibrary.of(TESTED, "AVX2 with FMA", CpuFeatures::avx2);
            return new ReduceCalls(library, MatMulCalls.Variant.AVX2_FLOATS, new VectorReduce(new ScalarReduce()));
        }
    }

    @Nested
    class WithAvx512 extends ReduceInC {
        @Override
        protected ReduceKernels kernels() {
            NativeLibrary library = TestedLibrary.of(TESTED, "AVX512", CpuFeatures::avx512);
            return new ReduceCalls(library, MatMulCalls.Variant.AVX512_FLOATS, new VectorReduce(new ScalarReduce()));
        }
    }

    /** What both have beside floats. */
    abstract static class ReduceInC extends FloatReduceTest {
        @Test
        void softmaxOfDoublesIsNearTheOracle() {
            for (int length : new int[] {1, 3, 7, 8, 9, 10, 16, 31, 100, 1003}) {
                double[] x = new Random(length).doubles(5L * length, -20, 20).toArray();
                assertNear(softmax(kernels(), x, length), softmax(new ScalarReduce(), x, length), length);
            }
        }

        @Test
        void softmaxOfUnusualDoublesIsNearTheOracle() {
            double[][] rows = {
                {0, -700, -740, -745, -746, -800, -1e300, 0, 0},
                {1e308, -1e308, 1e308, 0, 0, 0, 0, 0, 0},
                {0, Double.NEGATIVE_INFINITY, 1, 2, 3, 4, 5, 6, 7},
                {0, Double.NaN, 1, 2, 3, 4, 5, 6, 7},
                {0, 1, 2, 3, 4, 5, 6, 7, Double.POSITIVE_INFINITY},
                {-1e-300, 1e-300, -0d, 0d, 4.9e-324, 1e-17, -1e-17, 1e-16, -1e-16}
            };
            for (double[] row : rows) {
                assertNear(softmax(kernels(), row, 9), softmax(new ScalarReduce(), row, 9), 9);
            }
        }

        private double[] softmax(ReduceKernels kernels, double[] x, int length) {
            MemorySegment from = allocate(8L * x.length);
            MemorySegment.copy(x, 0, from, ValueLayout.JAVA_DOUBLE, 0, x.length);
            MemorySegment to = allocate(8L * x.length);
            kernels.row(RowOp.SOFTMAX, DataType.FP64).run(from, 0, to, 0, x.length / length, length, 1);
            return to.toArray(ValueLayout.JAVA_DOUBLE);
        }

        /** The longer a row the more its sum depends on the order of its additions. */
        private static void assertNear(double[] actual, double[] expected, int length) {
            for (int i = 0; i < expected.length; i++) {
                if (Double.isNaN(expected[i])) {
                    assertThat(actual[i]).isNaN();
                } else {
                    // Subnormal numbers have fewer digits.
                    double tolerance = expected[i] * (1e-15 + length * Math.ulp(0.5)) + 2 * Double.MIN_VALUE;
                    assertThat(actual[i]).describedAs("element %d", i).isCloseTo(expected[i], within(tolerance));
                }
            }
        }
    }
}
