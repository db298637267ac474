package dev.nereid.kernels.quantized;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/** Operands for tests of kernels of bytes. */
abstract class ByteKernelTest extends KernelTest {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

    /** Says that it has some number of workers, and runs the tasks backwards on the caller. */
    protected record CountedWorkers(int count) implements Workers {
        @Override
        public void run(int tasks, Task task) {
            for (int i = tasks - 1; i >= 0; i--) {
                task.run(i);
            }
        }
    }

    /** Memory whose content nobody may count on. */
    protected MemorySegment dirty(long bytes) {
        MemorySegment segment = allocate(bytes);
        segment.fill((byte) 0x5a);
        return segment;
    }

    protected MemorySegment bytes(byte[] values) {
        MemorySegment segment = allocate(values.length);
        for (int i = 0; i < values.length; i++) {
            segment.set(ValueLayout.JAVA_BYTE, i, values[i]);
        }
        return segment;
    }

    /** The same integers of [from, to) for the same length. */
    protected MemorySegment ints(int length, int from, int to) {
        SplittableRandom random = new SplittableRandom(length);
        MemorySegment segment = allocate(4L * length);
        for (int i = 0; i < length; i++) {
            segment.set(INT, 4L * i, random.nextInt(from, to));
        }
        return segment;
    }

    protected static byte[] randomBytes(int length, long seed) {
        byte[] values = new byte[length];
        new SplittableRandom(seed).nextBytes(values);
        return values;
    }

    /** How large weights usually are, and one of how many is as large as it can be. */
    protected enum FewLarge {
        ONE_OF_A_HUNDRED(60, 100),
        ONE_OF_A_THOUSAND(30, 1000);

        private final int usual;
        private final int oneOf;

        FewLarge(int usual, int oneOf) {
            this.usual = usual;
            this.oneOf = oneOf;
        }
    }

    /**
     * Weights as a layer's mostly are: small ones, and a few that are large; in pairs of them in a column now and then.
     *
     * @param columns from an element to the next one of its column
     * @param signed with false, 128 more
     */
    protected static byte[] weights(int length, int columns, boolean signed, FewLarge distribution, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        byte[] values = new byte[length];
        for (int i = 0; i < length; i++) {
            values[i] = (byte) random.nextInt(-distribution.usual, distribution.usual + 1);
        }
        for (int i = 0; i < length; i++) {
            if (random.nextInt(distribution.oneOf) == 0) {
                byte large = random.nextBoolean() ? Byte.MAX_VALUE : Byte.MIN_VALUE;
                values[i] = large;
                if (random.nextInt(3) == 0 && i + columns < length) {
                    values[i + columns] = large;
                }
            }
        }
        for (int i = 0; !signed && i < length; i++) {
            values[i] ^= (byte) 0x80;
        }
        return values;
    }

    protected static byte[] copy(MemorySegment segment, int length) {
        byte[] values = new byte[length];
        for (int i = 0; i < length; i++) {
            values[i] = segment.get(ValueLayout.JAVA_BYTE, i);
        }
        return values;
    }
}
