package dev.nereid.server.protocol;

/** Which answers HTTP gives where Triton's could be better. */
public enum Dialect {
    /** Triton's, down to what looks accidental. */
    TRITON,
    /**
     * Better ones: 400 for JSON that is malformed, FP16 and BF16 as JSON numbers, {@code binary_data_output} for outputs
     * that a request lists too, events for decoupled models, a sentence for malformed HTTP.
     */
    IMPROVED;

    /** The dialect that {@code --triton-compat} chooses. */
    public static Dialect of(boolean tritonCompatible) {
        return tritonCompatible ? TRITON : IMPROVED;
    }

    /** The HTTP status of an error. */
    public int httpStatus(InferException.Code code) {
        return this == IMPROVED && code == InferException.Code.MALFORMED
                ? InferException.Code.INVALID_ARG.httpStatus()
                : code.httpStatus();
    }
}
