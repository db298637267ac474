package dev.nereid.kernels.elementwise;

import dev.nereid.memory.NativeSegments;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.Optional;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Bytes to 32-bit floats.
 *
 * @param bits of a byte, extended by its sign, that count: all of {@code INT8}, the lowest eight of {@code UINT8}, the
 *     lowest of {@code BOOL}
 */
record ByteToFloatLoop(int bits) implements UnaryKernel {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTEGERS = IntVector.SPECIES_PREFERRED;
    private static final int LANES = FLOATS.length();

    /** As many lanes; beside the narrowest floats there are none, and this loop is not for them. */
    private static final VectorSpecies<Byte> BYTES =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, FLOATS.vectorBitSize() / 4)));

    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    private static final Map<DataType, ByteToFloatLoop> LOOPS = Map.of(
            DataType.INT8, new ByteToFloatLoop(-1),
            DataType.UINT8, new ByteToFloatLoop(0xff),
            DataType.BOOL, new ByteToFloatLoop(1));

    /** The loop of a type of bytes. */
    static Optional<ByteToFloatLoop> of(DataType from) {
        return Optional.ofNullable(LOOPS.get(from));
    }

    @Override
    public void run(
            MemorySegment x, long xOffset, MemorySegment y, long yOffset, int length, double alpha, double beta) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        int counting = bits;
        int bound = FLOATS.loopBound(length);
        for (int i = 0; i < bound; i += LANES) {
            IntVector integers = (IntVector) ByteVector.fromMemorySegment(BYTES, x, xOffset + i, ORDER)
                    .convertShape(VectorOperators.B2I, INTEGERS, 0);
            ((FloatVector) integers.and(counting).convert(VectorOperators.I2F, 0))
                    .intoMemorySegment(y, yOffset + 4L * i, ORDER);
        }
        for (int i = bound; i < length; i++) {
            int value = x.get(ValueLayout.JAVA_BYTE, xOffset + i) & counting;
            y.set(ValueLayout.JAVA_FLOAT_UNALIGNED, yOffset + 4L * i, value);
        }
    }
}
