package dev.nereid.kernels;

import dev.nereid.memory.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;

/**
 * The base of tests that compare a kernel with its oracle. Such tests run twice: as any test, where short calls stay in
 * the interpreter, and in the execution {@code c2-only}, where {@link #warmUp} gets each kernel compiled first.
 */
@Tag("kernel")
public abstract class KernelTest {
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
    private static final int WARM_UP_CALLS = 3000;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final List<NativeMemory> memory = new ArrayList<>();

    @AfterEach
    void freeMemory() {
        memory.forEach(NativeMemory::close);
        memory.clear();
    }

    /** Native memory that lives until the test ends, zeroed. */
    protected final MemorySegment allocate(long bytes) {
        NativeMemory block = NativeMemory.allocate(bytes);
        memory.add(block);
        return block.segment();
    }

    /** The floats in native memory, from {@code offset} bytes on; the bytes around them are those of NaN. */
    protected final MemorySegment floats(float[] values, long offset) {
        MemorySegment segment = allocate(offset + 4L * values.length + 64);
        segment.fill((byte) 0xff);
        for (int i = 0; i < values.length; i++) {
            segment.set(FLOAT, offset + 4L * i, values[i]);
        }
        return segment;
    }

    /** {@code length} floats from {@code offset} bytes on. */
    protected static float[] floats(MemorySegment segment, long offset, int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = segment.get(FLOAT, offset + 4L * i);
        }
        return values;
    }

    /** Numbers evenly spread over [low, high), the same for the same arguments. */
    protected static float[] randomFloats(long seed, int length, float low, float high) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = low + (high - low) * (float) random.nextDouble();
        }
        return values;
    }

    /** In the execution {@code c2-only}, calls the kernel often enough to have it compiled; else does nothing. */
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
