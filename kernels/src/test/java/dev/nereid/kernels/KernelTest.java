package dev.nereid.kernels;

import java.util.List;
import java.util.SplittableRandom;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Tag;

/**
 * The base of tests that compare a kernel with its oracle. The JVM of the module's tests compiles early and by C2 alone (the
 * property {@code test.compiler.flags} of its pom.xml), and {@link #warmUp} has each kernel compiled before it is compared.
 */
@Tag("kernel")
public abstract class KernelTest extends NativeMemoryTest {
    /** Lanes of the widest vectors that this JVM compiles to single instructions. */
    protected static final int LANES = FloatVector.SPECIES_PREFERRED.length();

    /** Lengths around the multiples of a vector, primes, and one beyond a page. */
    protected static final List<Integer> LENGTHS =
            List.of(0, 1, LANES - 1, LANES, LANES + 1, 2 * LANES + 3, 8 * LANES - 1, 13, 61, 207, 702, 4098);

    /** What arithmetic gets wrong first. */
    protected static final float[] SPECIAL_FLOATS = {
        0f,
        -0f,
        1f,
        -1f,
        0.5f,
        -0.5f,
        1.5f,
        -2.5f,
        Float.NaN,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY,
        Float.MAX_VALUE,
        -Float.MAX_VALUE,
        Float.MIN_VALUE,
        -Float.MIN_VALUE,
        Float.MIN_NORMAL,
        88.7f,
        -87.4f,
        -103.9f,
        8388609f,
        -16777216f,
        0x1p31f
    };

    private static final boolean WARM_UP = Boolean.getBoolean("nereid.test.warmup");
    private static final int WARM_UP_CALLS = 130;

    /** Numbers evenly spread over [low, high), the same for the same arguments. */
    protected static float[] randomFloats(long seed, int length, float low, float high) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = low + (high - low) * (float) random.nextDouble();
        }
        return values;
    }

    /** Calls the kernel often enough to have it compiled where the property {@code nereid.test.warmup} is true; else does nothing. */
    protected static void warmUp(Runnable kernel) {
        if (WARM_UP) {
            for (int i = 0; i < WARM_UP_CALLS; i++) {
                kernel.run();
            }
        }
    }

    /**
     * The distance of two floats in representable numbers between them; 0 for two NaN or two zeros, a huge number where
     * only one is NaN.
     */
    protected static long ulps(float actual, float expected) {
        if (Float.isNaN(actual) || Float.isNaN(expected)) {
            return Float.isNaN(actual) && Float.isNaN(expected) ? 0 : Long.MAX_VALUE;
        }
        return Math.abs(ordered(actual) - ordered(expected));
    }

    private static long ordered(float value) {
        int bits = Float.floatToRawIntBits(value);
        return bits < 0 ? -(long) (bits & 0x7fff_ffff) : bits;
    }
}
