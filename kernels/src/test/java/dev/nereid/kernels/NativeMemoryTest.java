package dev.nereid.kernels;

import dev.nereid.memory.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

/** The base of tests that work on native memory, which is freed after each. */
public abstract class NativeMemoryTest {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final List<NativeMemory> memory = new ArrayList<>();

    /** Frees what has been allocated; for tests of so many cases that a process could not map the memory of all. */
    @AfterEach
    protected final void freeMemory() {
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
}
