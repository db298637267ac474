package dev.nereid.kernels.svm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.scalar.ScalarSvm;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Support vectors side by side against the plain loops: distances bit by bit, sums to the last digits of doubles. */
class SvmKernelsTest extends KernelTest {
    private static final int ODD = 4;
    private static final List<Integer> ROWS = List.of(0, 1, 2, 3, 8, 13);
    private static final List<Integer> COUNTS =
            List.of(1, LANES - 1, LANES, LANES + 1, 3 * LANES, 4 * LANES, 4 * LANES + 1, 5 * LANES - 1, 9 * LANES + 3);

    private final SvmKernels oracle = new ScalarSvm();
    private final SvmKernels kernels = new VectorSvm();

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 20, 61})
    void distancesAreTheBitsOfTheOracle(int features) {
        for (int count : COUNTS) {
            float[] vectors = randomFloats(count, count * features, -2, 2);
            for (int rows : ROWS) {
                float[] x = randomFloats(rows, rows * features, -2, 2);
                float[] expected = distances(oracle, rows, x, vectors, count, features, -0.37f);
                assertThat(distances(kernels, rows, x, vectors, count, features, -0.37f))
                        .as("%d rows, %d vectors", rows, count)
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    void specialValuesGiveWhatTheOracleGives() {
        int count = SPECIAL_FLOATS.length;
        float[] expected = distances(oracle, count, SPECIAL_FLOATS, SPECIAL_FLOATS, count, 1, 1);
        assertThat(distances(kernels, count, SPECIAL_FLOATS, SPECIAL_FLOATS, count, 1, 1))
                .isEqualTo(expected);
    }

    /** By |x|^2 + |v|^2 - 2 x * v nothing would be left of them. */
    @Test
    void vectorsFarFromZeroAndCloseToEachOtherLoseNoDigits() {
        float[] x = {4096, 4096.5f};
        float[] v = {4096.25f, 4096.5f};
        assertThat(distances(kernels, 1, x, v, 1, 2, 1)).containsExactly(0.0625f);
    }

    @Test
    void aRowDoesNotDependOnItsPlaceOrNeighbours() {
        int features = 7;
        int count = 5 * LANES + 2;
        float[] vectors = randomFloats(1, count * features, -1, 1);
        float[] x = randomFloats(2, 9 * features, -1, 1);
        float[] together = distances(kernels, 9, x, vectors, count, features, 0.5f);
        for (int row = 0; row < 9; row++) {
            float[] one = java.util.Arrays.copyOfRange(x, row * features, (row + 1) * features);
            float[] alone = distances(kernels, 1, one, vectors, count, features, 0.5f);
            assertThat(java.util.Arrays.copyOfRange(together, row * count, (row + 1) * count))
                    .isEqualTo(alone);
        }
    }

    private float[] distances(
            SvmKernels kernels, int rows, float[] x, float[] vectors, int count, int features, float scale) {
        MemorySegment memory = allocate(kernels.packedBytes(count, features));
        PackedVectors packed = kernels.pack(floats(vectors, ODD).asSlice(ODD), count, features, memory);
        MemorySegment from = floats(x, ODD);
        MemorySegment y = allocate(2 * ODD + 4L * rows * packed.stride());
        warmUp(() -> kernels.squaredDistances(rows, from, ODD, packed, scale, y, ODD));
        long end = ODD + 4L * rows * packed.stride();
        y.set(ValueLayout.JAVA_INT_UNALIGNED, end, 77);
        kernels.squaredDistances(rows, from, ODD, packed, scale, y, ODD);
        assertThat(y.get(ValueLayout.JAVA_INT_UNALIGNED, end)).isEqualTo(77);
        float[] result = new float[rows * count];
        for (int row = 0; row < rows; row++) {
            System.arraycopy(floats(y, ODD + 4L * row * packed.stride(), count), 0, result, row * count, count);
        }
        return result;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void weighsGroupsOfAnySize(int lists) {
        int[] starts = {0, 0, 1, LANES, 2 * LANES + 1, 4 * LANES, 7 * LANES + 3, 7 * LANES + 3, 12 * LANES - 1};
        int count = starts[starts.length - 1];
        int stride = count + 5;
        float[] weights = randomFloats(lists, lists * count, -1000, 1000);
        for (int rows : ROWS) {
            float[] x = randomFloats(rows, rows * stride, 0, 1);
            double[] expected = sums(oracle, rows, x, stride, weights, lists, starts);
            double[] actual = sums(kernels, rows, x, stride, weights, lists, starts);
            assertThat(actual).hasSameSizeAs(expected);
            for (int i = 0; i < actual.length; i++) {
                assertThat(actual[i]).isCloseTo(expected[i], within(1e-9));
            }
        }
    }

    /** What nearly cancels is summed up in doubles: in floats the small term would be lost. */
    @Test
    void keepsWhatIsLeftOfLargeTermsThatCancel() {
        float[] weights = {1e8f, 1, -1e8f};
        assertThat(sums(kernels, 1, new float[] {1, 1, 1}, 3, weights, 1, 0, 3)).containsExactly(1);
    }

    @Test
    void refusesWhatDoesNotFit() {
        MemorySegment four = allocate(4 * 4).asSlice(0, 16);
        assertThatThrownBy(() -> new WeightGroups(four, 1, 0, 3, 2)).hasMessageContaining("ends before it begins");
        WeightGroups weights = new WeightGroups(four, 1, 0, 4);
        assertThatThrownBy(() -> kernels.weigh(2, four, 0, 4, weights, allocate(16), 0))
                .isInstanceOf(IndexOutOfBoundsException.class);
        PackedVectors packed = kernels.pack(four, 2, 2, allocate(kernels.packedBytes(2, 2)));
        MemorySegment y = allocate(4L * packed.stride());
        assertThatThrownBy(() -> kernels.squaredDistances(3, four, 0, packed, 1, y, 0))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    private double[] sums(
            SvmKernels kernels, int rows, float[] x, int stride, float[] weights, int lists, int... starts) {
        WeightGroups groups = new WeightGroups(floats(weights, ODD).asSlice(ODD), lists, starts);
        MemorySegment from = floats(x, ODD);
        int terms = rows * groups.groups() * lists;
        MemorySegment sums = allocate(8L + 8L * terms);
        warmUp(() -> kernels.weigh(rows, from, ODD, stride, groups, sums, 8));
        kernels.weigh(rows, from, ODD, stride, groups, sums, 8);
        double[] values = new double[terms];
        for (int i = 0; i < terms; i++) {
            values[i] = sums.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, 8 + 8L * i);
        }
        return values;
    }
}
