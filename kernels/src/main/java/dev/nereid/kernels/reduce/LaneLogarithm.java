package dev.nereid.kernels.reduce;

import static dev.nereid.kernels.elementwise.ExpConstants.MANTISSA_BITS;
import static dev.nereid.kernels.elementwise.ExpConstants.MINUS_LN2_HIGH;
import static dev.nereid.kernels.elementwise.ExpConstants.MINUS_LN2_LOW;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.IS_NAN;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The natural logarithm in lanes, the same to the last bit whoever runs it. {@code VectorOperators.LOG} is the JVM's scalar
 * function in the interpreter and a library's when compiled, which differ by a digit: a request would be answered otherwise
 * once its model is warm.
 *
 * <p>ln x = n ln 2 + ln m with m within sqrt(1/2) and sqrt(2), and ln m = 2 artanh s with s = (m - 1) / (m + 1), |s| < 0.172:
 * the powers up to s^9 are good to 3e-9.
 */
final class LaneLogarithm {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

    /** The bits of sqrt(1/2), the least m. */
    private static final int LEAST = 0x3f3504f3;

    private static final int MANTISSA = (1 << MANTISSA_BITS) - 1;

    private LaneLogarithm() {}

    /** @param x finite numbers that are normal and positive, or NaN, which stay NaN */
    static FloatVector of(FloatVector x) {
        IntVector bits = x.reinterpretAsInts().sub(LEAST);
        FloatVector n = (FloatVector) bits.lanewise(ASHR, MANTISSA_BITS).convertShape(I2F, SPECIES, 0);
        FloatVector m = bits.and(MANTISSA).add(LEAST).reinterpretAsFloats();
        FloatVector s = m.sub(1f).div(m.add(1f));
        FloatVector square = s.mul(s);
        FloatVector p = square.fma(FloatVector.broadcast(SPECIES, 2f / 9), FloatVector.broadcast(SPECIES, 2f / 7))
                .fma(square, FloatVector.broadcast(SPECIES, 2f / 5))
                .fma(square, FloatVector.broadcast(SPECIES, 2f / 3))
                .fma(square, FloatVector.broadcast(SPECIES, 2f));
        FloatVector low = n.mul(-MINUS_LN2_LOW);
        FloatVector logarithm = n.fma(FloatVector.broadcast(SPECIES, -MINUS_LN2_HIGH), p.fma(s, low));
        return logarithm.blend(x, x.test(IS_NAN));
    }
}
