package dev.nereid.kernels.reduce;

import static dev.nereid.memory.AddressSpace.ALL;

import dev.nereid.kernels.elementwise.FloatLanes;
import dev.nereid.kernels.elementwise.ScalarFunctions;
import dev.nereid.kernels.loop.LoopCopy;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/** The loops that put single 32-bit floats, and long blocks of them, into what is there. Copied for each accumulation. */
final class FloatScatterLoop implements ScatterKernel {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    /** What a copy computes. Short blocks are the base's. */
    record Operation(Accumulation accumulation, ScatterKernel base) {}

    private static final Operation OPERATION = LoopCopy.operation(MethodHandles.lookup(), Operation.class);
    private static final FloatLanes.Binary COMBINE = OPERATION.accumulation().lanes();
    private static final ScalarFunctions.RealBinary REAL =
            OPERATION.accumulation().real();
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    @Override
    public void run(long block, long count, MemorySegment x, MemorySegment indices, MemorySegment y) {
        if (block != 1 && block < LANES) {
            OPERATION.base().run(block, count, x, indices, y);
            return;
        }
        int length = Math.toIntExact(block);
        long bytes = Float.BYTES * block;
        long blocks = y.byteSize() / bytes;
        Objects.checkFromIndexSize(0, bytes * count, x.byteSize());
        Objects.checkFromIndexSize(0, Long.BYTES * count, indices.byteSize());
        if (block == 1) {
            putOneByOne(Math.toIntExact(count), x.address(), indices.address(), y.address(), blocks);
            return;
        }
        for (long i = 0; i < count; i++) {
            long to = Objects.checkIndex(ALL.get(LONG, indices.address() + Long.BYTES * i), blocks);
            put(x.address() + bytes * i, y.address() + bytes * to, length);
        }
    }

    private static void putOneByOne(int count, long x, long indices, long y, long extent) {
        for (int i = 0; i < count; i++) {
            long to = Float.BYTES * Objects.checkIndex(ALL.get(LONG, indices + (long) Long.BYTES * i), extent);
            float update = ALL.get(FLOAT, x + (long) Float.BYTES * i);
            ALL.set(FLOAT, y + to, (float) REAL.apply(ALL.get(FLOAT, y + to), update));
        }
    }

    private static void put(long x, long y, int length) {
        int bound = SPECIES.loopBound(length);
        for (int i = 0; i < bound; i += LANES) {
            long at = (long) Float.BYTES * i;
            FloatVector there = FloatVector.fromMemorySegment(SPECIES, ALL, y + at, ORDER);
            COMBINE.apply(there, FloatVector.fromMemorySegment(SPECIES, ALL, x + at, ORDER))
                    .intoMemorySegment(ALL, y + at, ORDER);
        }
        if (bound < length) {
            long at = (long) Float.BYTES * bound;
            VectorMask<Float> mask = SPECIES.indexInRange(bound, length);
            FloatVector there = FloatVector.fromMemorySegment(SPECIES, ALL, y + at, ORDER, mask);
            COMBINE.apply(there, FloatVector.fromMemorySegment(SPECIES, ALL, x + at, ORDER, mask))
                    .intoMemorySegment(ALL, y + at, ORDER, mask);
        }
    }
}
