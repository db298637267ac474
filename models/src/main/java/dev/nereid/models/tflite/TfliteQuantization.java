package dev.nereid.models.tflite;

import dev.nereid.models.ModelFormatException;

/**
 * How the integers of a tensor are numbers: {@code real = scale * (integer - zeroPoint)}.
 *
 * @param scales none for a tensor of plain numbers, one, or one a channel of {@code axis}
 * @param zeroPoints as many as scales
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record TfliteQuantization(float[] scales, long[] zeroPoints, int axis) {
    static final TfliteQuantization NONE = new TfliteQuantization(new float[0], new long[0], 0);

    TfliteQuantization {
        if (scales.length != zeroPoints.length) {
            throw new ModelFormatException(
                    "expected as many zero points as scales, got " + zeroPoints.length + " and " + scales.length);
        }
        for (float scale : scales) {
            if (!(scale > 0) || Float.isInfinite(scale)) {
                throw new ModelFormatException("expected a scale above 0, got " + scale);
            }
        }
    }

    static TfliteQuantization read(FlatbufferTable table) {
        float[] scales = table.reals(2);
        long[] zeroPoints = table.wides(3);
        if (table.small(4, 0) != 0) {
            throw new ModelFormatException("it is quantised in a way of its own (type " + table.small(4, 0)
                    + "); only scales with zero points are read");
        }
        return new TfliteQuantization(
                scales, zeroPoints.length == 0 ? new long[scales.length] : zeroPoints, table.integer(6, 0));
    }

    boolean isPresent() {
        return scales.length > 0;
    }

    float scale(int channel) {
        return scales.length == 1 ? scales[0] : scales[channel];
    }
}
