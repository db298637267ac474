package dev.nereid.kernels.elementwise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.scalar.ScalarElementwise;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each function's fast kernel against its scalar one; the rows of {@link UnaryOp} drive the test. */
public class FloatUnaryTest extends KernelTest {
    /**
     * How far from the oracle a function may be.
     *
     * @param ulps in units of the last place of the result
     * @param absolute or else as a difference, where a function passes through zero by cancellation
     */
    private record Tolerance(long ulps, float absolute) {}

    private static final Tolerance NEARLY_EXACT = new Tolerance(1, 0);
    private static final Map<UnaryOp, Tolerance> TOLERANCES = new EnumMap<>(Map.ofEntries(
            Map.entry(UnaryOp.EXP, new Tolerance(2, 0)),
            Map.entry(UnaryOp.SIN, new Tolerance(4, 1e-7f)),
            Map.entry(UnaryOp.COS, new Tolerance(4, 1e-7f)),
            Map.entry(UnaryOp.TAN, new Tolerance(4, 1e-7f)),
            Map.entry(UnaryOp.SINH, new Tolerance(4, 0)),
            Map.entry(UnaryOp.COSH, new Tolerance(4, 0)),
            Map.entry(UnaryOp.ASINH, new Tolerance(4, 0)),
            Map.entry(UnaryOp.ACOSH, new Tolerance(4, 0)),
            Map.entry(UnaryOp.ATANH, new Tolerance(4, 0)),
            Map.entry(UnaryOp.TANH, new Tolerance(6, 1e-41f)),
            Map.entry(UnaryOp.ERF, new Tolerance(6, 0)),
            Map.entry(UnaryOp.SIGMOID, new Tolerance(4, 5e-39f)),
            Map.entry(UnaryOp.SWISH, new Tolerance(8, 5e-9f)),
            Map.entry(UnaryOp.SOFTPLUS, new Tolerance(4, 2e-38f)),
            Map.entry(UnaryOp.MISH, new Tolerance(6, 2e-36f)),
            Map.entry(UnaryOp.GELU, new Tolerance(6, 7e-7f)),
            Map.entry(UnaryOp.GELU_TANH, new Tolerance(6, 7e-7f)),
            Map.entry(UnaryOp.HARD_SIGMOID, new Tolerance(1, 1e-7f)),
            Map.entry(UnaryOp.HARD_SWISH, new Tolerance(2, 2e-7f)),
            Map.entry(UnaryOp.ELU, new Tolerance(2, 0)),
            Map.entry(UnaryOp.SELU, new Tolerance(2, 0)),
            Map.entry(UnaryOp.CELU, new Tolerance(2, 0))));

    private final ElementwiseKernels scalar = new ScalarElementwise();

    /** What is tested. */
    protected ElementwiseKernels kernels() {
        return new VectorElementwise(new ScalarElementwise());
    }

    static Stream<UnaryOp> functions() {
        return Arrays.stream(UnaryOp.values()).filter(op -> op.takes(DataType.FP32));
    }

    @ParameterizedTest
    @MethodSource("functions")
    void agreesWithItsOracleAtEveryLength(UnaryOp op) {
        compile(op);
        for (int length : LENGTHS) {
            for (long offset : new long[] {0, 4, 7}) {
                agree(op, randomFloats(length, length, -12, 12), offset);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("functions")
    void agreesWithItsOracleOnSpecialValues(UnaryOp op) {
        compile(op);
        agree(op, SPECIAL_FLOATS, 0);
    }

    @ParameterizedTest
    @MethodSource("functions")
    void agreesWithItsOracleOnAllMagnitudes(UnaryOp op) {
        compile(op);
        float[] bits = new float[4096];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.intBitsToFloat(i * 0x000f_fff1);
        }
        agree(op, bits, 0);
    }

    @ParameterizedTest
    @MethodSource("functions")
    void givesTheSameResultAtEveryPlace(UnaryOp op) {
        compile(op);
        float[] same = new float[2 * LANES + 3];
        Arrays.fill(same, 0.3f);
        float[] results = run(kernels().unary(op, DataType.FP32), same, 0);
        assertThat(results).containsOnly(results[0]);
    }

    @ParameterizedTest
    @MethodSource("functions")
    void worksInPlaceAndTouchesNothingElse(UnaryOp op) {
        compile(op);
        float[] values = randomFloats(5, 3 * LANES + 5, 1, 2);
        UnaryKernel kernel = kernels().unary(op, DataType.FP32);
        float[] expected = run(kernel, values, 0);
        MemorySegment segment = floats(values, 8);
        kernel.run(segment, 8, segment, 8, values.length - 1, 0.75, 0.25);
        assertThat(floats(segment, 8, values.length - 1)).containsExactly(Arrays.copyOf(expected, values.length - 1));
        assertThat(floats(segment, 8, values.length)[values.length - 1]).isEqualTo(values[values.length - 1]);
        assertThat(floats(segment, 4, 1)[0]).isNaN();
    }

    private void compile(UnaryOp op) {
        UnaryKernel kernel = kernels().unary(op, DataType.FP32);
        MemorySegment segment = floats(randomFloats(1, 2 * LANES + 3, 1, 2), 0);
        MemorySegment result = allocate(segment.byteSize());
        warmUp(() -> kernel.run(segment, 0, result, 0, 2 * LANES + 3, 0.75, 0.25));
    }

    private void agree(UnaryOp op, float[] values, long offset) {
        float[] actual = run(kernels().unary(op, DataType.FP32), values, offset);
        float[] expected = run(scalar.unary(op, DataType.FP32), values, offset);
        Tolerance tolerance = TOLERANCES.getOrDefault(op, NEARLY_EXACT);
        for (int i = 0; i < values.length; i++) {
            if (Math.abs(actual[i] - expected[i]) > tolerance.absolute || Float.isNaN(actual[i] - expected[i])) {
                assertThat(ulps(actual[i], expected[i]))
                        .as(
                                "%s(%s) of %d, at %d: %s, oracle %s",
                                op, values[i], values.length, i, actual[i], expected[i])
                        .isLessThanOrEqualTo(tolerance.ulps);
            }
        }
    }

    private float[] run(UnaryKernel kernel, float[] values, long offset) {
        MemorySegment x = floats(values, offset);
        MemorySegment y = allocate(x.byteSize());
        kernel.run(x, offset, y, offset, values.length, 0.75, 0.25);
        return floats(y, offset, values.length);
    }
}
