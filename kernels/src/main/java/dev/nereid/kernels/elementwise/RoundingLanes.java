package dev.nereid.kernels.elementwise;

import static jdk.incubator.vector.VectorOperators.GT;

import jdk.incubator.vector.FloatVector;

/**
 * Rounding in lanes. Adding 2^23 and taking it away again rounds a smaller magnitude to the nearest integer, halves to
 * even; a number beyond is an integer already. Signs, those of zeros too, and NaN stay.
 */
final class RoundingLanes {
    private static final float WHOLE = 0x1p23f;
    private static final int SIGN = 0x8000_0000;

    private RoundingLanes() {}

    static FloatVector round(FloatVector x, FloatVector alpha, FloatVector beta) {
        FloatVector rounded = x.abs()
                .add(WHOLE)
                .sub(WHOLE)
                .reinterpretAsInts()
                .or(x.reinterpretAsInts().and(SIGN))
                .reinterpretAsFloats();
        return x.blend(rounded, x.abs().lt(WHOLE));
    }

    static FloatVector floor(FloatVector x, FloatVector alpha, FloatVector beta) {
        FloatVector rounded = x.abs()
                .add(WHOLE)
                .sub(WHOLE)
                .reinterpretAsInts()
                .or(x.reinterpretAsInts().and(SIGN))
                .reinterpretAsFloats();
        FloatVector floor = rounded.blend(rounded.sub(1f), rounded.compare(GT, x));
        return x.blend(floor, x.abs().lt(WHOLE));
    }

    static FloatVector ceil(FloatVector x, FloatVector alpha, FloatVector beta) {
        FloatVector rounded = x.neg()
                .abs()
                .add(WHOLE)
                .sub(WHOLE)
                .reinterpretAsInts()
                .or(x.neg().reinterpretAsInts().and(SIGN))
                .reinterpretAsFloats();
        FloatVector floorOfNegative = rounded.blend(rounded.sub(1f), rounded.compare(GT, x.neg()));
        return x.blend(floorOfNegative.neg(), x.abs().lt(WHOLE));
    }

    static FloatVector sign(FloatVector x, FloatVector alpha, FloatVector beta) {
        return x.blend(1f, x.compare(GT, 0f)).blend(-1f, x.lt(0f));
    }
}
