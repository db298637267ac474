package dev.nereid.bench.models;

import java.util.Random;

/**
 * Weights as a quantiser makes them of a trained layer's: about normally distributed. Bytes of any value would be another
 * product: there ONNX Runtime's saturates on CPUs without VNNI.
 */
public enum ByteWeights {
    /** With a scale for each channel: the greatest of its few weights is four deviations away. */
    OF_CHANNEL(4),

    /** With one scale for all: in the quantised MiniLM the greatest of a layer's is 6.3 to 9.8 deviations away. */
    OF_TENSOR(6.5);

    private final double deviation;

    ByteWeights(double deviations) {
        this.deviation = Byte.MAX_VALUE / deviations;
    }

    /** The next one, between -127 and 127. */
    public byte next(Random random) {
        long weight = Math.round(random.nextGaussian() * deviation);
        return (byte) Math.clamp(weight, -Byte.MAX_VALUE, Byte.MAX_VALUE);
    }
}
