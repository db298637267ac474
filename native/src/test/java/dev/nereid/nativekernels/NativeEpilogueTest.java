package dev.nereid.nativekernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.kernels.matmul.Epilogue;
import dev.nereid.kernels.matmul.EpilogueKernel;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.matmul.VectorEpilogue;
import dev.nereid.kernels.scalar.ScalarActivation;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What follows on products in C, and by vectors of Java, beside its definition. */
class NativeEpilogueTest extends KernelTest {
    private static final int ROWS = 5;

    /** Columns before and behind those that are computed. */
    private static final int EDGE = 3;

    private static final float[] UNUSUAL = {
        0f,
        -0f,
        Float.NaN,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY,
        1e30f,
        -1e30f,
        1e-40f,
        -1e-40f,
        88.7f,
        -88.7f,
        89f,
        -89f,
        104f,
        -104f,
        -5.42f,
        5.42f,
        3f,
        -3f,
        -0.5f
    };

    @ParameterizedTest
    @EnumSource(Activation.Kind.class)
    void followsItsDefinitionAtEveryWidth(Activation.Kind kind) {
        Activation activation = new Activation(kind, -0.5f, 3f);
        for (EpilogueKernel kernel : kernels()) {
            for (int columns = 0; columns <= 50; columns++) {
                for (boolean added : new boolean[] {false, true}) {
                    for (Epilogue epilogue : epilogues(activation, columns + 2 * EDGE)) {
                        check(kernel, epilogue, added, columns);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Activation.Kind.class)
    void unusualNumbersFollowTheDefinition(Activation.Kind kind) {
        Activation activation = new Activation(kind, -0.5f, 3f);
        for (EpilogueKernel kernel : kernels()) {
            Matrix c = Matrix.of(floats(UNUSUAL, 0), 1, UNUSUAL.length);
            kernel.apply(Epilogue.NONE.withActivation(activation), true, c, 0, 1, 0, UNUSUAL.length);
            for (int i = 0; i < UNUSUAL.length; i++) {
                float expected = ScalarActivation.apply(activation, UNUSUAL[i]);
                // A limit that is found by multiplying zero by infinity is open.
                if (!Float.isNaN(expected) || Float.isNaN(UNUSUAL[i])) {
                    near(number(c, 0, i), expected, kind + " of " + UNUSUAL[i]);
                }
            }
        }
    }

    private void check(EpilogueKernel kernel, Epilogue epilogue, boolean added, int columns) {
        int width = columns + 2 * EDGE;
        float[] sums = randomFloats(7, ROWS * width, -8f, 8f);
        Matrix c = Matrix.of(floats(sums, 0), ROWS, width);
        kernel.apply(epilogue, added, c, 1, ROWS - 1, EDGE, columns);
        for (int row = 0; row < ROWS; row++) {
            for (int column = 0; column < width; column++) {
                float sum = sums[row * width + column];
                boolean computed = row >= 1 && row < ROWS - 1 && column >= EDGE && column < width - EDGE;
                float expected = computed ? expected(epilogue, added, sum, row, column) : sum;
                near(number(c, row, column), expected, epilogue + ", " + row + ", " + column + " of " + width);
            }
        }
    }

    private static float expected(Epilogue epilogue, boolean added, float sum, int row, int column) {
        float x = added || epilogue.addend().isEmpty()
                ? sum
                : sum + number(epilogue.addend().get(), row, column);
        float y = ScalarActivation.apply(epilogue.activation(), x);
        return epilogue.residual().isEmpty()
                ? y
                : y + number(epilogue.residual().get(), row, column);
    }

    private List<Epilogue> epilogues(Activation activation, int width) {
        MemorySegment numbers = floats(randomFloats(8, ROWS * width, -2f, 2f), 0);
        Matrix whole = Matrix.of(numbers, ROWS, width);
        Epilogue bare = Epilogue.NONE.withActivation(activation);
        List<Epilogue> all = new ArrayList<>();
        for (Epilogue one : List.of(
                bare,
                bare.withAddend(whole),
                bare.withAddend(Matrix.repeatedRow(numbers, 0, ROWS, width)),
                bare.withAddend(Matrix.repeatedColumn(numbers, 0, ROWS, width)))) {
            all.add(one);
            all.add(one.withResidual(whole));
        }
        return all;
    }

    private static List<EpilogueKernel> kernels() {
        List<EpilogueKernel> all = new ArrayList<>(List.of(VectorEpilogue.INSTANCE));
        all.add(calls("AVX2 with FMA", CpuFeatures::avx2, "avx2"));
        if (TestedLibrary.of("what follows on products in C", "AVX2 with FMA", CpuFeatures::avx2)
                .features()
                .avx512()) {
            all.add(calls("AVX512", CpuFeatures::avx512, "avx512"));
        }
        return all;
    }

    private static EpilogueKernel calls(String instructions, Predicate<CpuFeatures> needed, String registers) {
        return new EpilogueCalls(TestedLibrary.of("what follows on products in C", instructions, needed), registers);
    }

    private static float number(Matrix matrix, int row, int column) {
        return matrix.segment().getAtIndex(ValueLayout.JAVA_FLOAT, matrix.index(row, column));
    }

    private static void near(float actual, float expected, String what) {
        if (Float.isNaN(expected)) {
            assertThat(actual).describedAs(what).isNaN();
        } else if (actual != expected) {
            assertThat(actual)
                    .describedAs(what)
                    .isCloseTo(
                            expected, org.assertj.core.api.Assertions.within(3e-6f * Math.max(1, Math.abs(expected))));
        }
    }
}
