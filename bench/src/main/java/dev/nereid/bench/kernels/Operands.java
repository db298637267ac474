package dev.nereid.bench.kernels;

import dev.nereid.bench.models.ByteWeights;
import dev.nereid.memory.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.function.Supplier;

/** Memory of measurements. It lives as long as the process. */
final class Operands {
    private Operands() {}

    /** Floats between -1 and 1, the same for the same seed. */
    static MemorySegment floats(long seed, long count) {
        MemorySegment segment = zeros(count * Float.BYTES);
        Random random = new Random(seed);
        for (long i = 0; i < count; i++) {
            segment.setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextFloat() * 2 - 1);
        }
        return segment;
    }

    /** Bytes of any value, the same for the same seed. */
    static MemorySegment bytes(long seed, long count) {
        MemorySegment segment = zeros(count);
        Random random = new Random(seed);
        for (long i = 0; i < count; i++) {
            segment.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
        }
        return segment;
    }

    /** Weights of channels that have a scale each, the same for the same seed. */
    static MemorySegment byteWeights(long seed, long count) {
        MemorySegment segment = zeros(count);
        Random random = new Random(seed);
        for (long i = 0; i < count; i++) {
            segment.set(ValueLayout.JAVA_BYTE, i, ByteWeights.OF_CHANNEL.next(random));
        }
        return segment;
    }

    static MemorySegment zeros(long bytes) {
        return NativeMemory.allocate(bytes).segment();
    }

    /** Reads results that are floats. */
    static Supplier<double[]> readingFloats(MemorySegment memory, int count) {
        return () -> {
            double[] numbers = new double[count];
            for (int i = 0; i < count; i++) {
                numbers[i] = memory.getAtIndex(ValueLayout.JAVA_FLOAT, i);
            }
            return numbers;
        };
    }

    /** Reads results that are int32. */
    static Supplier<double[]> readingInts(MemorySegment memory, int count) {
        return () -> {
            double[] numbers = new double[count];
            for (int i = 0; i < count; i++) {
                numbers[i] = memory.getAtIndex(ValueLayout.JAVA_INT, i);
            }
            return numbers;
        };
    }
}
