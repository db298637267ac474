package dev.nereid.kernels.elementwise;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Vectors of FP16 and BF16, whose bits lie in the lower halves of ints with zeros above, from and to FP32. Written flat, as
 * {@link FloatLanes}.
 */
final class HalfLanes {
    private static final int MAGNITUDE = 0x7fff_ffff;

    /** Between the exponents of the same number as FP16 and as FP32, as a factor and in bits of FP32. */
    private static final float REBIAS = 0x1p112f;

    private static final int REBIAS_BITS = 112 << 23;

    /** What the exponents of infinity and NaN are, in bits of FP32 before and after they are moved. */
    private static final int FP16_INFINITY = 0x0f80_0000;

    private static final int FP32_INFINITY = 0x7f80_0000;

    /** The least normal number of FP16, and the least power of two beyond all, in bits of FP32. */
    private static final int LEAST_NORMAL = 0x3880_0000;

    private static final int BEYOND = 0x4780_0000;

    private HalfLanes() {}

    /** From bits to numbers. */
    @FunctionalInterface
    interface Widening {
        FloatVector apply(IntVector bits);
    }

    /** From numbers to the bits of the nearest, ties to even. The upper halves hold anything. */
    @FunctionalInterface
    interface Narrowing {
        IntVector apply(FloatVector x);
    }

    static FloatVector fromFp16(IntVector bits) {
        IntVector moved = bits.and(0x7fff).lanewise(VectorOperators.LSHL, 13);
        return moved.reinterpretAsFloats()
                .mul(REBIAS)
                .reinterpretAsInts()
                .lanewise(VectorOperators.OR, FP32_INFINITY, moved.compare(VectorOperators.GE, FP16_INFINITY))
                .or(bits.and(0x8000).lanewise(VectorOperators.LSHL, 16))
                .reinterpretAsFloats();
    }

    static FloatVector fromBf16(IntVector bits) {
        return bits.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }

    /** Numbers below the normal ones are rounded by an addition, whose sum has their last place. */
    static IntVector toFp16(FloatVector x) {
        IntVector bits = x.reinterpretAsInts();
        IntVector magnitude = bits.and(MAGNITUDE);
        IntVector odd = magnitude.lanewise(VectorOperators.LSHR, 13).and(1);
        IntVector normal = magnitude.sub(REBIAS_BITS).add(0xfff).add(odd).lanewise(VectorOperators.LSHR, 13);
        IntVector tiny =
                magnitude.reinterpretAsFloats().add(0.5f).reinterpretAsInts().sub(Float.floatToRawIntBits(0.5f));
        return normal.blend(tiny, magnitude.compare(VectorOperators.LT, LEAST_NORMAL))
                .blend(0x7c00, magnitude.compare(VectorOperators.GE, BEYOND))
                .blend(0x7e00, magnitude.compare(VectorOperators.GT, FP32_INFINITY))
                .or(bits.lanewise(VectorOperators.LSHR, 16).and(0x8000));
    }

    static IntVector toBf16(FloatVector x) {
        IntVector bits = x.reinterpretAsInts();
        IntVector upper = bits.lanewise(VectorOperators.LSHR, 16);
        return bits.add(0x7fff)
                .add(upper.and(1))
                .lanewise(VectorOperators.LSHR, 16)
                .blend(upper.or(0x40), bits.and(MAGNITUDE).compare(VectorOperators.GT, FP32_INFINITY));
    }
}
