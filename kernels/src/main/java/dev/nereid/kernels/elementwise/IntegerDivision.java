package dev.nereid.kernels.elementwise;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Division of 32-bit integers, for which there is no vector instruction, as doubles: the quotient of two of them is
 * further from the next integer than doubles round. What is divided by zero is zero.
 */
final class IntegerDivision {
    private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_PREFERRED;

    /** As many integers as the widest vectors have doubles. */
    static final VectorSpecies<Integer> SPECIES =
            VectorSpecies.of(int.class, VectorShape.forBitSize(DOUBLES.vectorBitSize() / 2));

    private IntegerDivision() {}

    /** Rounded towards zero. */
    static Vector<?> quotient(Vector<?> x, Vector<?> y) {
        return quotient(x.reinterpretAsInts(), y.reinterpretAsInts());
    }

    /** With the sign of the divisor. */
    static Vector<?> floorRemainder(Vector<?> x, Vector<?> y) {
        IntVector divisor = y.reinterpretAsInts();
        IntVector remainder = remainder(x.reinterpretAsInts(), divisor);
        IntVector moved = remainder.add(divisor);
        return remainder.blend(
                moved,
                remainder
                        .lanewise(VectorOperators.XOR, divisor)
                        .compare(VectorOperators.LT, 0)
                        .and(remainder.compare(VectorOperators.NE, 0)));
    }

    /** With the sign of the dividend. */
    static Vector<?> remainder(Vector<?> x, Vector<?> y) {
        return remainder(x.reinterpretAsInts(), y.reinterpretAsInts());
    }

    private static IntVector remainder(IntVector x, IntVector y) {
        return x.sub(quotient(x, y).mul(y)).blend(0, y.compare(VectorOperators.EQ, 0));
    }

    /** The lowest integer divided by -1 wraps, and does not stop at the highest as the conversion does. */
    private static IntVector quotient(IntVector x, IntVector y) {
        DoubleVector quotient = ((DoubleVector) x.convertShape(VectorOperators.I2D, DOUBLES, 0))
                .div(y.convertShape(VectorOperators.I2D, DOUBLES, 0));
        return ((IntVector) quotient.convertShape(VectorOperators.D2I, SPECIES, 0))
                .blend(x.neg(), y.compare(VectorOperators.EQ, -1))
                .blend(0, y.compare(VectorOperators.EQ, 0));
    }
}
