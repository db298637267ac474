package dev.nereid.server.protocol;

import java.util.Optional;

/**
 * The request parameter by which a client asks how its answer came about, and the response parameters by which it is told.
 * Times are nanoseconds. A request that does not ask is answered as ever.
 */
public final class Timing {
    /** Boolean, of a request. */
    public static final String PARAMETER = "nereid_timing";

    /** From the arrival at the scheduler to the start of the execution, or to the answer without one. */
    public static final String QUEUE = "nereid_queue_ns";

    public static final String COMPUTE_INPUT = "nereid_compute_input_ns";
    public static final String COMPUTE_INFER = "nereid_compute_infer_ns";
    public static final String COMPUTE_OUTPUT = "nereid_compute_output_ns";

    /** Of the batch that the request was in, padding included. */
    public static final String BATCH_SIZE = "nereid_batch_size";

    public static final String BATCH_CLOSED_BY = "nereid_batch_closed_by";

    /** The name of the instance that executed it. */
    public static final String INSTANCE = "nereid_instance";

    /** {@code hit}, {@code shared} or {@code miss}; only of models that use the response cache. */
    public static final String CACHE = "nereid_cache";

    public static final String CACHE_LOOKUP = "nereid_cache_lookup_ns";
    public static final String CACHE_INSERTION = "nereid_cache_insertion_ns";

    private Timing() {}

    /** Whether the request asked. */
    public static boolean wanted(InferRequest request) {
        return request.header().parameters().get(PARAMETER) instanceof Parameter.Bool(boolean wanted) && wanted;
    }

    /**
     * Checks how a request asks.
     *
     * @throws InferException if it does not say yes or no
     */
    public static void check(InferRequest.Header header) {
        Optional<Parameter> asked = Optional.ofNullable(header.parameters().get(PARAMETER));
        if (asked.isPresent() && !(asked.get() instanceof Parameter.Bool)) {
            throw InferException.invalid(header.prefix() + "invalid value type for '" + PARAMETER
                    + "' parameter, expected a boolean, got " + text(asked.get()));
        }
    }

    private static String text(Parameter parameter) {
        return switch (parameter) {
            case Parameter.Bool bool -> String.valueOf(bool.value());
            case Parameter.Int integer -> String.valueOf(integer.value());
            case Parameter.Real real -> String.valueOf(real.value());
            case Parameter.Text text -> "'" + text.value() + "'";
        };
    }
}
