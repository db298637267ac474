package dev.nereid.kernels.matmul;

/** A range that numbers are clamped to; what is not a number stays as it is. */
public record Clamp(float low, float high) {
    /** Leaves every number as it is. */
    public static final Clamp NONE = new Clamp(Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY);

    /** What the activation clamps to; {@link #NONE} where it is something else. */
    public static Clamp of(Activation activation) {
        return switch (activation.kind()) {
            case RELU -> new Clamp(0f, Float.POSITIVE_INFINITY);
            case CLIP -> new Clamp(activation.alpha(), activation.beta());
            default -> NONE;
        };
    }

    /** What is left to do of the activation after its clamp. */
    public static Activation rest(Activation activation) {
        return switch (activation.kind()) {
            case RELU, CLIP -> Activation.NONE;
            default -> activation;
        };
    }
}
