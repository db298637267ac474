package dev.nereid.bench.models;

import java.util.Random;

/**
 * Weights as a quantiser makes them of a trained layer's: about normally distributed, the greatest of them four deviations away.
 * Bytes of any value would be another product: there ONNX Runtime's saturates on CPUs without VNNI.
 */
public final class ByteWeights {
    private static final double DEVIATION = Byte.MAX_VALUE / 4.0;

    private ByteWeights() {}

    /** The next one, between -127 and 127. */
    public static byte next(Random random) {
        long weight = Math.round(random.nextGaussian() * DEVIATION);
        return (byte) Math.clamp(weight, -Byte.MAX_VALUE, Byte.MAX_VALUE);
    }
}
