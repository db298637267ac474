package dev.nereid.kernels.elementwise;

import dev.nereid.kernels.loop.LoopCopy;
import dev.nereid.tensor.DataType;
import java.lang.invoke.MethodHandles;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorOperators.Conversion;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * A cast that is one conversion of vectors.
 *
 * @param from types whose elements it reads
 * @param to types whose elements it writes, of the same bits whichever it is
 * @param way what is to be heeded
 */
record LaneCast<E, F>(Set<DataType> from, Set<DataType> to, Conversion<E, F> conversion, Way way) {
    /** What is to be heeded of a conversion. */
    enum Way {
        /** Nothing. */
        PLAIN,
        /** Only AVX512 has an instruction for it; the JDK's substitute is slower than scalar loops. */
        WIDEST,
        /** Floats beyond 32-bit integers wrap in the oracle and not in the conversion. */
        BOUNDED
    }

    private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();
    private static final int BITS = FloatVector.SPECIES_PREFERRED.vectorBitSize();

    private static final Set<DataType> BYTES = Set.of(DataType.INT8, DataType.UINT8);
    private static final Set<DataType> SHORTS = Set.of(DataType.INT16, DataType.UINT16);
    private static final Set<DataType> INTS = Set.of(DataType.INT32, DataType.UINT32);
    private static final Set<DataType> LONGS = Set.of(DataType.INT64, DataType.UINT64);

    private static final List<LaneCast<?, ?>> ALL = List.of(
            new LaneCast<>(Set.of(DataType.FP32), BYTES, VectorOperators.F2B, Way.BOUNDED),
            new LaneCast<>(Set.of(DataType.FP32), SHORTS, VectorOperators.F2S, Way.BOUNDED),
            new LaneCast<>(Set.of(DataType.FP32), INTS, VectorOperators.F2I, Way.BOUNDED),
            new LaneCast<>(Set.of(DataType.FP32), Set.of(DataType.INT64), VectorOperators.F2L, Way.WIDEST),
            new LaneCast<>(Set.of(DataType.FP32), Set.of(DataType.FP64), VectorOperators.F2D, Way.PLAIN),
            new LaneCast<>(Set.of(DataType.FP64), Set.of(DataType.FP32), VectorOperators.D2F, Way.PLAIN),
            new LaneCast<>(Set.of(DataType.FP64), Set.of(DataType.INT64), VectorOperators.D2L, Way.WIDEST),
            new LaneCast<>(Set.of(DataType.INT64), Set.of(DataType.FP64), VectorOperators.L2D, Way.WIDEST),
            new LaneCast<>(Set.of(DataType.INT64), Set.of(DataType.FP32), VectorOperators.L2F, Way.WIDEST),
            new LaneCast<>(Set.of(DataType.INT32), Set.of(DataType.FP32), VectorOperators.I2F, Way.PLAIN),
            new LaneCast<>(Set.of(DataType.INT32), Set.of(DataType.FP64), VectorOperators.I2D, Way.PLAIN),
            new LaneCast<>(Set.of(DataType.INT32), LONGS, VectorOperators.I2L, Way.PLAIN),
            new LaneCast<>(Set.of(DataType.UINT32), LONGS, VectorOperators.ZERO_EXTEND_I2L, Way.PLAIN),
            new LaneCast<>(LONGS, INTS, VectorOperators.L2I, Way.PLAIN),
            new LaneCast<>(INTS, BYTES, VectorOperators.I2B, Way.PLAIN),
            new LaneCast<>(Set.of(DataType.INT8), INTS, VectorOperators.B2I, Way.PLAIN),
            new LaneCast<>(Set.of(DataType.UINT8), INTS, VectorOperators.ZERO_EXTEND_B2I, Way.PLAIN));

    /** The cast between two types, if there are vectors for it. */
    static Optional<LaneCast<?, ?>> of(DataType from, DataType to) {
        return ALL.stream()
                .filter(cast -> cast.from.contains(from) && cast.to.contains(to) && cast.fits())
                .findFirst();
    }

    /** Lanes of a vector: those of the wider type fill it. */
    private int lanes() {
        return BITS / Math.max(bits(conversion.domainType()), bits(conversion.rangeType()));
    }

    private boolean fits() {
        int narrow = Math.min(bits(conversion.domainType()), bits(conversion.rangeType()));
        return narrow * lanes() >= VectorShape.S_64_BIT.vectorBitSize()
                && (way != Way.WIDEST || BITS == VectorShape.S_512_BIT.vectorBitSize());
    }

    private static int bits(Class<?> elements) {
        return VectorSpecies.elementSize(elements);
    }

    /** Vectors of the elements that are read. */
    VectorSpecies<E> source() {
        return species(conversion.domainType());
    }

    /** As many elements of those that are written. */
    VectorSpecies<F> target() {
        return species(conversion.rangeType());
    }

    private <T> VectorSpecies<T> species(Class<T> elements) {
        return VectorSpecies.of(elements, VectorShape.forBitSize(bits(elements) * lanes()));
    }

    /**
     * A fresh kernel.
     *
     * @param rest for what is no whole vector, or does not fit the conversion
     */
    UnaryKernel kernel(UnaryKernel rest) {
        return LoopCopy.of(LOOKUP, LaneCastLoop.class, new LaneCastLoop.Operation(this, rest));
    }
}
