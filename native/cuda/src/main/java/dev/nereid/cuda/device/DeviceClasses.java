package dev.nereid.cuda.device;

import java.util.Objects;

/**
 * How sums of trees' weights become classes, by ONNX Runtime's rules; addresses.
 *
 * @param names INT64: what the classes are called; two where there are fewer
 * @param bases FP32 [baseCount], added to the sums
 * @param baseCount none, one a class, or one alone where there are at most two classes
 * @param scoresOneOfTwo whether there are two classes, and all weights are for the same one
 * @param positive whether no weight is negative
 */
public record DeviceClasses(
        long names,
        long bases,
        int classes,
        int baseCount,
        Transform transform,
        boolean scoresOneOfTwo,
        boolean positive) {
    /** What becomes of the scores of a row, ONNX's {@code post_transform}. */
    public enum Transform {
        NONE,
        SOFTMAX,
        LOGISTIC,
        SOFTMAX_ZERO,
        PROBIT
    }

    public DeviceClasses {
        Objects.requireNonNull(transform, "transform");
    }
}
