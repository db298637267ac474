package dev.nereid.kernels.quantized;

/**
 * A linear mapping of floats to uint8: {@code round(x / scale) + zeroPoint}, saturated.
 *
 * @param scale greater than 0
 * @param zeroPoint in [0, 255]
 */
public record LinearQuantization(float scale, int zeroPoint) {
    /**
     * The mapping that ONNX's DynamicQuantizeLinear takes for values in [minimum, maximum]: the range is widened to
     * contain 0, which is then represented exactly. Where all values are 0 the scale is 1.
     */
    public static LinearQuantization ofRange(float minimum, float maximum) {
        float low = Math.min(minimum, 0);
        float high = Math.max(maximum, 0);
        float scale = (high - low) / 255;
        if (scale == 0) {
            return new LinearQuantization(1, 0);
        }
        double zeroPoint = Math.rint(-low / scale);
        return new LinearQuantization(scale, (int) Math.clamp(zeroPoint, 0, 255));
    }
}
